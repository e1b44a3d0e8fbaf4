import { BadgeCheck, CircleSlash, Layers2 } from 'lucide-react';
import type { VerdictKind } from '../../api/client';
import { verdictTitle, verdictTone, type Tone } from '../../lib/words';

const ICONS: Record<Tone, typeof BadgeCheck> = { same: BadgeCheck, altered: Layers2, different: CircleSlash };

// The verdict's name with its icon; colour never stands alone.
export function VerdictLine({ kind, size = 18 }: { kind: VerdictKind; size?: number }) {
  const tone = verdictTone(kind);
  const Icon = ICONS[tone];
  return <span className={`verdict tone-${tone}`}><Icon size={size} strokeWidth={2} aria-hidden />{verdictTitle(kind)}</span>;
}
