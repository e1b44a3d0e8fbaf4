import type { SearchHit } from '../../api/client';
import { dimensions, plural } from '../../lib/format';
import { sentence } from '../../lib/words';
import { setWalk } from '../../state/walk';
import { Link } from '../Link';
import { RegionPicture } from '../pair/RegionPicture';
import { VerdictLine } from '../pair/VerdictLine';
import { detailOf, useDetails, wantDetails } from '../../state/library';
import { useEffect } from 'react';

interface Props {
  title: string;
  hits: readonly SearchHit[];
  proof?: boolean;
  caption?: (hit: SearchHit) => string;
}

// What one kind of evidence found. Copies come with their sentence and the region; the rest are pictures in rows, with a
// caption of a few numbers where there is one.
export function Results({ title, hits, proof = false, caption }: Props) {
  useDetails();
  useEffect(() => wantDetails(hits.map((hit) => hit.id)), [hits]);
  if (!hits.length) return null;
  const walk = () => setWalk({ ids: hits.map((hit) => hit.id), of: 'among the results' });
  return (
    <section className="results" aria-label={title}>
      <h2>{title} <span className="muted small numbers">{plural(hits.length, 'photo')}</span></h2>
      <ul className={proof ? 'result-copies' : 'result-rows'}>
        {hits.map((hit) => (
          <li key={hit.id} style={proof ? undefined : { flexGrow: hit.width / hit.height, flexBasis: `${(hit.width / hit.height) * 170}px` }}>
            <Link to={{ view: 'photo', id: hit.id }} before={walk} data-tile={hit.id} title={proof ? undefined : hit.name} aria-label={proof ? `Open ${hit.name}` : [hit.name, caption?.(hit)].filter(Boolean).join(', ')}>
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
