import type { ReactNode } from 'react';
import { FIRST_CHOICES, rulesFor, type Choices, type Fit, type Rules, type Style } from '../../compare/options';

const RULE_WORDS: [Rules, string, string][] = [
  ['nothing', 'Nothing', 'Every pixel that is not the same counts'],
  ['less', 'Less', 'Small steps of colour do not count'],
  ['colours', 'Colours', 'Only brightness counts'],
  ['antialiasing', 'Smooth edges', 'Edges drawn smoother or harder do not count'],
  ['alpha', 'Transparency', 'Transparency does not count'],
  ['eye', 'What no eye sees', 'Colours as far apart as the eye finds them'],
];
const FIT_WORDS: [Fit, string, string][] = [
  ['original', 'Original size', 'Pixel on pixel from the top left'],
  ['scale', 'Scale the second', 'To the size of the first'],
  ['align', 'Align', 'Find crop, turn, mirror and light first, then compare what both show'],
];
const STYLE_WORDS: [Style, string][] = [
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
      <Group title="Ignore">
        {RULE_WORDS.map(([rules, label, what]) => <Choice key={rules} name="ignore" label={label} what={what} on={chosen === rules} onPick={() => onChange({ rules })} />)}
      </Group>
      {chosen === 'eye' && (
        <label className="cmp-range">Tolerance<input type="range" min={0} max={0.5} step={0.01} value={choices.threshold} onChange={(event) => onChange({ threshold: Number(event.target.value) })} /><output>{Math.round(choices.threshold * 100)} %</output></label>
      )}
      <Group title="Lay over each other">
        {FIT_WORDS.map(([value, label, what]) => <Choice key={value} name="fit" label={label} what={what} on={fit === value} onPick={() => onChange({ fit: value, boxes: [] })} />)}
      </Group>
      <Group title="Difference">
        {STYLE_WORDS.map(([style, label]) => <Choice key={style} name="style" label={label} on={choices.style === style} onPick={() => onChange({ style })} />)}
      </Group>
      <div className="cmp-colours" role="group" aria-label="Colour of what differs">
        {COLOURS.map(([colour, name]) => <button key={colour} type="button" className="cmp-swatch" aria-label={name} title={name} aria-pressed={choices.colour === colour} style={{ background: colour }} onClick={() => onChange({ colour })} />)}
        <input type="color" value={choices.colour} onChange={(event) => onChange({ colour: event.target.value })} aria-label="Another colour" />
        <label className="cmp-range">Equal parts<input type="range" min={0} max={1} step={0.05} value={choices.opacity} onChange={(event) => onChange({ opacity: Number(event.target.value) })} /><output>{Math.round(choices.opacity * 100)} %</output></label>
      </div>
      {choices.boxes.length > 0 && (
        <p className="small">
          {choices.boxes.length === 1 ? 'One box is' : `${choices.boxes.length} boxes are`} left out. <button type="button" className="button small-button" onClick={() => onChange({ boxes: [] })}>Count all again</button>
        </p>
      )}
      <button type="button" className="button plain small-button cmp-reset" onClick={() => onChange(FIRST_CHOICES)}>All as at first</button>
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
