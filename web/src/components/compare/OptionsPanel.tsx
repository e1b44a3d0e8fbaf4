import type { ReactNode } from 'react';
import { FIRST_CHOICES, rulesFor, type Choices, type Fit, type Rules, type Style } from '../../compare/options';
import { t, type PlainText } from '../../lib/texts';

const RULE_WORDS: [Rules, PlainText, PlainText][] = [
  ['nothing', 'Nothing', 'Every pixel that is not the same counts'],
  ['less', 'Less', 'Small steps of colour do not count'],
  ['colours', 'Colours', 'Only brightness counts'],
  ['antialiasing', 'Smooth edges', 'Edges drawn smoother or harder do not count'],
  ['alpha', 'Transparency', 'Transparency does not count'],
  ['eye', 'What no eye sees', 'Colours as far apart as the eye finds them'],
];
const FIT_WORDS: [Fit, PlainText, PlainText][] = [
  ['original', 'Original size', 'Pixel on pixel from the top left'],
  ['scale', 'Scale the second', 'To the size of the first'],
  ['align', 'Align', 'Find crop, turn, mirror and light first, then compare what both show'],
];
const STYLE_WORDS: [Style, PlainText][] = [
  ['flat', 'Flat'],
  ['movement', 'Movement'],
  ['flat-intensity', 'Flat, by intensity'],
  ['movement-intensity', 'Movement, by intensity'],
  ['only', 'Only what differs'],
  ['grey', 'On grey'],
];
const COLOURS = [['#ff00ff', 'Pink'], ['#ffff00', 'Yellow'], ['#ff3b30', 'Red']] as const;

interface Props {
  choices: Choices;
  fit: Fit;
  onChange: (part: Partial<Choices>) => void;
}

// What counts, how the two lie over each other, and how the difference is drawn.
export function OptionsPanel({ choices, fit, onChange }: Props) {
  const chosen = rulesFor(choices, fit);
  return (
    <div className="cmp-options">
      <Group title={t('Ignore')}>
        {RULE_WORDS.map(([rules, label, what]) => <Choice key={rules} name="ignore" label={t(label)} what={t(what)} on={chosen === rules} onPick={() => onChange({ rules })} />)}
      </Group>
      {chosen === 'eye' && (
        <label className="cmp-range">{t('Tolerance')}<input type="range" min={0} max={0.5} step={0.01} value={choices.threshold} onChange={(event) => onChange({ threshold: Number(event.target.value) })} /><output>{Math.round(choices.threshold * 100)} %</output></label>
      )}
      <Group title={t('Lay over each other')}>
        {FIT_WORDS.map(([value, label, what]) => <Choice key={value} name="fit" label={t(label)} what={t(what)} on={fit === value} onPick={() => onChange({ fit: value })} />)}
      </Group>
      <Group title={t('Difference')}>
        {STYLE_WORDS.map(([style, label]) => <Choice key={style} name="style" label={t(label)} on={choices.style === style} onPick={() => onChange({ style })} />)}
      </Group>
      <div className="cmp-colours" role="group" aria-label={t('Colour of what differs')}>
        {COLOURS.map(([colour, name]) => <button key={colour} type="button" className="cmp-swatch" aria-label={t(name)} title={t(name)} aria-pressed={choices.colour === colour} style={{ background: colour }} onClick={() => onChange({ colour })} />)}
        <input type="color" value={choices.colour} onChange={(event) => onChange({ colour: event.target.value })} aria-label={t('Another colour')} />
        <label className="cmp-range">{t('Equal parts')}<input type="range" min={0} max={1} step={0.05} value={choices.opacity} onChange={(event) => onChange({ opacity: Number(event.target.value) })} /><output>{Math.round(choices.opacity * 100)} %</output></label>
      </div>
      <button type="button" className="button plain small-button cmp-reset" onClick={() => onChange({ ...FIRST_CHOICES, boxes: choices.boxes })}>{t('All as at first')}</button>
    </div>
  );
}

function Group({ title, children }: { title: string; children: ReactNode }) {
  return <fieldset className="cmp-group"><legend>{title}</legend><div>{children}</div></fieldset>;
}

function Choice({ name, label, what, on, onPick }: { name: string; label: string; what?: string; on: boolean; onPick: () => void }) {
  return (
    <label className={`chip${on ? ' on' : ''}`} title={what}>
      <input type="radio" className="hidden" name={`cmp-${name}`} checked={on} onChange={onPick} />{label}
    </label>
  );
}
