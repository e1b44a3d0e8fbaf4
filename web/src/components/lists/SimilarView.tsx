import { Copy, Palette, ScanEye, Tags } from 'lucide-react';
import type { LucideIcon } from 'lucide-react';
import { wantsModel, type findSimilar } from '../../api/client';
import { SIMILAR, type SimilarBy } from '../../lib/route';
import { lookDistance } from '../../lib/search';
import { t, type PlainText } from '../../lib/texts';
import { isCopy } from '../../lib/words';
import { Results } from '../find/Results';
import { Link } from '../Link';
import { ErrorNote, Note } from '../Note';
import { Picture } from '../Picture';
import { useLoaded } from '../useLoaded';
import './similar.css';

const WAYS: Record<SimilarBy, { api: 'tags' | 'look' | 'colour' | 'copy'; icon: LucideIcon; title: PlainText; empty: PlainText }> = {
  tags: { api: 'tags', icon: Tags, title: 'Similar by tags', empty: 'No other photo shares a tag with it.' },
  look: { api: 'look', icon: ScanEye, title: 'Looks like it', empty: 'Nothing that looks like it.' },
  colour: { api: 'colour', icon: Palette, title: 'Similar by colour', empty: 'Nothing with these colours.' },
  copies: { api: 'copy', icon: Copy, title: 'Copies', empty: 'None: this is the only one of its kind here.' },
};
const COUNT = 100;

// The nearest photos to one of the library, by one of four ways.
export function SimilarView({ id, by, ask }: { id: number; by: SimilarBy; ask: typeof findSimilar }) {
  const way = WAYS[by];
  const { value, error, again } = useLoaded(() => ask(id, way.api, COUNT), `${id} ${by}`);
  const hits = value?.results.filter((hit) => by !== 'copies' || isCopy(hit.verdict?.kind)) ?? [];
  return (
    <div className="page similar">
      <header className="similar-head">
        <Link to={{ view: 'photo', id }} aria-label={t('Open {name}', { name: t('Photo {id}', { id: `${id}` }) })}><Picture id={id} alt="" className="similar-picture" /></Link>
        <div>
          <h1>{t(way.title)}</h1>
          <nav className="similar-ways" aria-label={t('Ways to be similar')}>
            {SIMILAR.map((one) => {
              const { icon: Icon, title } = WAYS[one];
              return <Link key={one} className={`chip${one === by ? ' on' : ''}`} aria-current={one === by ? 'page' : undefined} to={{ view: 'similar', id, by: one }}><Icon size={14} aria-hidden />{t(title)}</Link>;
            })}
          </nav>
        </div>
      </header>
      {error && <ErrorNote error={error} onRetry={again} more={wantsModel(error) && <Link className="button" to={{ view: 'stats' }}>{t('Models')}</Link>} />}
      {!value && !error && <div className="find-waiting late" role="status" aria-label={t('Looking')}>{[0, 1, 2, 3, 4, 5].map((i) => <span key={i} className="skeleton" />)}</div>}
      {value && (hits.length ? <Results title={t('Nearest first')} hits={hits} proof={by === 'copies'} caption={by === 'look' ? lookDistance : undefined} />
        : <Note icon={way.icon} title={t('Nothing found')}>{value.note ? `${value.note}.` : t(way.empty)}</Note>)}
    </div>
  );
}
