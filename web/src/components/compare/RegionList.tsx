import { EyeOff } from 'lucide-react';
import type { ChangedRegion } from '../../compare/core';
import { severityWords } from '../../compare/words';
import { dimensions, plural } from '../../lib/format';
import { IconButton } from '../IconButton';

interface Props {
  regions: readonly ChangedRegion[];
  found: number;
  chosen: number;
  onChoose: (index: number) => void;
  onIgnore: (index: number) => void;
}

const KIND_WORDS: Record<ChangedRegion['kind'], string> = { added: 'Added', removed: 'Removed', moved: 'Moved', recoloured: 'Other colours', edited: 'Changed' };

// What changed, the heaviest first; a click goes there.
export function RegionList({ regions, found, chosen, onChoose, onIgnore }: Props) {
  if (regions.length === 0) return null;
  return (
    <section>
      <h3>{plural(found, 'change')}{found > regions.length ? `, the ${regions.length} heaviest` : ''}</h3>
      <ol className="cmp-regions">
        {regions.map((region, i) => (
          <li key={i} className={i === chosen ? 'chosen' : ''}>
            <button type="button" aria-pressed={i === chosen} onClick={() => onChoose(i)}>
              <span className="numbers muted">{i + 1}</span>
              <span>{KIND_WORDS[region.kind]}<small className="muted">, {severityWords(region.severity)}</small></span>
              <span className="numbers muted">{dimensions(region.box.width, region.box.height)}</span>
            </button>
            <IconButton icon={EyeOff} label={`Leave out change ${i + 1}`} onClick={() => onIgnore(i)} />
          </li>
        ))}
      </ol>
    </section>
  );
}
