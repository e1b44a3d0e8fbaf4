import { Columns2 } from 'lucide-react';
import type { SearchHit } from '../../api/client';
import { dimensions } from '../../lib/format';
import { sentence } from '../../lib/words';
import { t } from '../../lib/texts';
import { setWalk } from '../../state/walk';
import { Link } from '../Link';
import { RegionPicture } from '../pair/RegionPicture';
import { VerdictLine } from '../pair/VerdictLine';

// Copies and near-copies in the library, each with its sentence and the matched region.
export function Copies({ of, hits }: { of: number; hits: SearchHit[] | null }) {
  const title = hits?.length ? t('{n} copy found¦{n} copies found', { n: hits.length }) : t('Copies');
  return (
    <section aria-label={t('Copies')}>
      <h3>{title}</h3>
      {hits === null && <div className="skeleton late copies-waiting" role="status" aria-label={t('Looking for copies')} />}
      {hits?.length === 0 && <p className="small muted">{t('None: this is the only one of its kind here.')}</p>}
      <ul className="copies">
        {hits?.map((hit) => (
          <li key={hit.id}>
            <Link className="copies-picture" to={{ view: 'photo', id: hit.id }} before={() => setWalk({ ids: [of, ...hits.map((one) => one.id)], of: t('among the copies') })} aria-label={t('Open {name}', { name: hit.name })}>
              <RegionPicture id={hit.id} alt="" width={hit.width} height={hit.height} region={hit.verdict?.region} lazy />
            </Link>
            <div>
              <VerdictLine kind={hit.verdict!.kind} size={15} />
              <p className="small">{sentence(hit.verdict!.sentence)}</p>
              <p className="small muted"><span className="mono">{hit.name}</span> · {dimensions(hit.width, hit.height)}</p>
              <Link className="chip" to={{ view: 'compare', a: of, b: hit.id }}><Columns2 size={14} aria-hidden />{t('Compare')}</Link>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
