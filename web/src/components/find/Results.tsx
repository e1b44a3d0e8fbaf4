import type { SearchHit } from '../../api/client';
import { dimensions, photos } from '../../lib/format';
import { rowShares } from '../../lib/rows';
import { sentence } from '../../lib/words';
import { t } from '../../lib/texts';
import { setWalk } from '../../state/walk';
import { Link } from '../Link';
import { RegionPicture } from '../pair/RegionPicture';
import { VerdictLine } from '../pair/VerdictLine';
import { detailOf, useDetails, wantDetails } from '../../state/library';
import { useEffect, useMemo, type CSSProperties } from 'react';
import './results.css';

interface Props {
  title: string;
  hits: readonly SearchHit[];
  proof?: boolean;
  caption?: (hit: SearchHit) => string;
  perRow?: number;  // else as many as fit
}

// What one kind of evidence found. Copies come with their sentence and the region; the rest are pictures in rows, with a
// caption of a few numbers where there is one.
export function Results({ title, hits, proof = false, caption, perRow = 0 }: Props) {
  useDetails();
  const shares = useMemo(() => (perRow ? rowShares(hits.map((hit) => hit.width / hit.height), perRow) : []), [hits, perRow]);
  useEffect(() => wantDetails(hits.map((hit) => hit.id)), [hits]);
  if (!hits.length) return null;
  const walk = () => setWalk({ ids: hits.map((hit) => hit.id), of: t('among the results') });
  return (
    <section className="results" aria-label={title}>
      <h2>{title} <span className="muted small numbers">{photos(hits.length)}</span></h2>
      <ul className={proof ? 'result-copies' : 'result-rows'}>
        {hits.map((hit, i) => (
          <li key={hit.id} style={proof ? undefined : perRow ? { flex: `0 0 calc((100% - ${(perRow - 1) * 4}px) * ${shares[i]! - 1e-5})` } : { '--ratio': hit.width / hit.height } as CSSProperties}>
            <Link to={{ view: 'photo', id: hit.id }} before={walk} data-tile={hit.id} title={proof ? undefined : hit.name} aria-label={proof ? t('Open {name}', { name: hit.name }) : [hit.name, caption?.(hit)].filter(Boolean).join(', ')}>
              <RegionPicture id={hit.id} alt="" width={hit.width} height={hit.height} region={proof ? hit.verdict?.region : undefined} size={proof ? 'preview' : 'thumb'} placeholder={detailOf(hit.id)?.placeholder} lazy />
              {caption && <span className="result-caption small numbers">{caption(hit)}</span>}
            </Link>
            {proof && hit.verdict && (
              <div className="result-words">
                <VerdictLine kind={hit.verdict.kind} />
                <p>{sentence(hit.verdict.sentence)}</p>
                <p className="small muted"><span className="mono">{hit.name}</span> · {dimensions(hit.width, hit.height)}</p>
              </div>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
