import { Check, Copy, FileImage, Plus, SquareDashedMousePointer, Trash2, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { Box } from '../../compare/core';
import { dimensions } from '../../lib/format';
import { known, t } from '../../lib/texts';
import { chooseFiles, copyText } from '../../state/shell';
import { IconButton, Tip } from '../IconButton';
import type { Mask } from './useComparison';
import type { Areas } from './useAreas';

const SIDES = [['x', 'Left edge of area {n}'], ['y', 'Upper edge of area {n}'], ['width', 'Width of area {n}'], ['height', 'Height of area {n}']] as const;
const SIDE_MAX = 1 << 24;

interface Props {
  areas: Areas;
  mask: Mask | null;
  isMaskUsed: boolean | undefined;  // undefined: not known yet
  command: string;
  onMask: (file: File | null) => void;
  onClear: () => void;
}

// What is left out: areas with their places, and a mask.
export function AreaList({ areas, mask, isMaskUsed, command, onMask, onClear }: Props) {
  const { on, boxes, chosen } = areas;
  const [copied, setCopied] = useState('');
  const list = useRef<HTMLOListElement>(null);
  // Who drew or chose one may go on with keys.
  useEffect(() => {
    if (on && chosen >= 0) list.current?.querySelectorAll<HTMLElement>('.cmp-area-number')[chosen]?.focus({ preventScroll: true });
  }, [on, chosen]);
  return (
    <section className="cmp-left-out" aria-label={t('Left out')}>
      <h3>{t('Left out')}</h3>
      <div className="cmp-left-out-ways">
        <Tip label={t('Draw on the pictures what does not count')} shortcut="i"><button type="button" className="chip" aria-pressed={on} onClick={() => areas.setOn(!on)}><SquareDashedMousePointer size={15} aria-hidden />{t('Ignore areas')}</button></Tip>
        <button type="button" className="chip" onClick={() => { areas.setOn(true); areas.addFresh(); }}><Plus size={15} aria-hidden />{t('Add an area')}</button>
        <Tip label={t('A picture in which what is light does not count')}><button type="button" className="chip" onClick={() => chooseFiles(false, ([file]) => file && onMask(file))}><FileImage size={15} aria-hidden />{t('Mask…')}</button></Tip>
      </div>
      {on && <p className="small muted">{t('Drag over a picture to draw an area. Arrow keys move the chosen one, with Shift they size it, Delete removes it.')}</p>}
      {boxes.length > 0 && (
        <>
          <div className="cmp-areas-heads" aria-hidden><span /><span>x</span><span>y</span><span>{t('Width')}</span><span>{t('Height')}</span></div>
          <ol className="cmp-areas-list" ref={list}>
            {boxes.map((box, i) => (
              <li key={i} className={i === chosen ? 'chosen' : ''}>
                <button type="button" className="cmp-area-number numbers" aria-pressed={i === chosen} aria-label={t('Area {n}', { n: i + 1 })} onClick={() => areas.choose(i)} onFocus={() => areas.choose(i)} onKeyDown={(event) => areas.onKeyDown(i, event)}>{i + 1}</button>
                {SIDES.map(([side, label]) => <Place key={side} side={side} label={t(label, { n: i + 1 })} box={box} onPut={(next) => areas.put(i, next)} />)}
                <IconButton icon={Trash2} label={t('Remove area {n}', { n: i + 1 })} onClick={() => areas.remove(i)} />
              </li>
            ))}
          </ol>
        </>
      )}
      {mask && (
        <div className="cmp-mask">
          <FileImage size={16} aria-hidden />
          <span className="mono ellipsis">{mask.name}</span>
          <span className="muted numbers">{mask.veil ? dimensions(mask.veil.width, mask.veil.height) : mask.error ? '' : t('Reading…')}</span>
          <IconButton icon={X} label={t('Take the mask away')} onClick={() => onMask(null)} />
        </div>
      )}
      {mask?.error && <p className="small cmp-note" role="alert"><strong>{known(mask.error.message)}</strong> {known(mask.error.hint ?? '')}</p>}
      {mask?.veil && isMaskUsed === false && <p className="small cmp-note" role="alert">{t('The mask is not used: it has neither the size of the first picture nor the larger width and height of both.')}</p>}
      {(boxes.length > 0 || mask) && (
        <div className="cmp-left-out-ways">
          <button type="button" className="button small-button" onClick={onClear}>{t('Count all again')}</button>
          <button type="button" className="button small-button" onClick={() => void copyText(command).then((done) => done && setCopied(command))}>{copied === command ? <Check size={15} aria-hidden /> : <Copy size={15} aria-hidden />}{copied === command ? t('Copied') : t('Copy as a command')}</button>
        </div>
      )}
    </section>
  );
}

// What is typed counts as soon as it is a number that can be.
function Place({ side, label, box, onPut }: { side: keyof Box; label: string; box: Box; onPut: (box: Box) => void }) {
  const [typed, setTyped] = useState<string | null>(null);
  const least = side === 'x' || side === 'y' ? -SIDE_MAX : 1;
  return (
    <input
      className="field numbers" type="text" inputMode="numeric" aria-label={label} title={label} value={typed ?? box[side]} onBlur={() => setTyped(null)}
      onChange={(event) => {
        setTyped(event.target.value);
        const value = /^-?\d+$/.test(event.target.value.trim()) ? Number(event.target.value) : NaN;
        if (value >= least && value <= SIDE_MAX) onPut({ ...box, [side]: value });
      }}
    />
  );
}
