import { useEffect, useRef, useState } from 'react';
import { t } from '../../lib/texts';

const SWATCHES = ['#1b1b1f', '#f4f4f2', '#c0392b', '#e67e22', '#f1c40f', '#5b8c3a', '#2a7f7a', '#3a7bd5', '#28345f', '#8e5aa8', '#d98ca0', '#8a6a4a'];
const NAMES = ['Black', 'White', 'Red', 'Orange', 'Yellow', 'Green', 'Teal', 'Blue', 'Navy', 'Violet', 'Pink', 'Brown'] as const;
const SETTLED_MS = 250;

export function ColourPicker({ value, onPick }: { value: string; onPick: (colour: string) => void }) {
  const [own, setOwn] = useState(value || '#3a7bd5');
  const timer = useRef(0);
  useEffect(() => {
    if (value) setOwn(value);
  }, [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    <section className="colour-picker" aria-label={t('By colour')}>
      <h2>{t('Or by colour')}</h2>
      <div className="swatches">
        {SWATCHES.map((colour, i) => (
          <button key={colour} type="button" className="swatch-button" style={{ background: colour }} aria-label={t(NAMES[i]!)} title={t(NAMES[i]!)} aria-pressed={value === colour} onClick={() => onPick(colour)} />
        ))}
        <label className="swatch-own" title={t('Any colour')}>
          <input type="color" value={own} aria-label={t('Any colour')} onChange={(event) => {
            const colour = event.target.value;
            setOwn(colour);
            clearTimeout(timer.current);
            timer.current = window.setTimeout(() => onPick(colour), SETTLED_MS);
          }} />
          <span className="mono small">{own}</span>
        </label>
      </div>
    </section>
  );
}
