import { EyeOff } from 'lucide-react';
import type { ChangedRegion } from '../../compare/core';
import { severityWords } from '../../compare/words';
import { dimensions } from '../../lib/format';
import { t, type PlainText } from '../../lib/texts';
import { IconButton } from '../IconButton';

interface Props {
  regions: readonly ChangedRegion[];
  found: number;
  chosen: number;
  onChoose: (index: number) => void;
  onIgnore: (index: number) => void;
}

const KIND_WORDS: Record<ChangedRegion['kind'], PlainText> = { added: 'Added', removed: 'Removed', moved: 'Moved', recoloured: 'Other colours', edited: 'Changed' };

// What changed, the heaviest first; a click goes there.
export function RegionList({ regions, found, chosen, onChoose, onIgnore }: Props) {
  if (regions.length === 0) return null;
  return (
    <section>
      <h3>{t('{n} change¦{n} changes', { n: found })}{found > regions.length ? t(', the {n} heaviest', { n: regions.length }) : ''}</h3>
      <ol className="cmp-regions">
        {regions.map((region, i) => (
          <li key={i} className={i === chosen ? 'chosen' : ''}>
            <button type="button" aria-pressed={i === chosen} onClick={() => onChoose(i)}>
              <span className="numbers muted">{i + 1}</span>
              <span>{t(KIND_WORDS[region.kind])}<small className="muted">, {severityWords(region.severity)}</small></span>
              <span className="numbers muted">{dimensions(region.box.width, region.box.height)}</span>
            </button>
            <IconButton icon={EyeOff} label={t('Leave out change {n}', { n: i + 1 })} onClick={() => onIgnore(i)} />
          </li>
        ))}
      </ol>
    </section>
  );
}
