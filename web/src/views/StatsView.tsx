import { useEffect, useState } from 'react';
import { asApiError, getStats, type ApiError, type Stats } from '../api/client';
import { Link } from '../components/Link';
import { ErrorNote } from '../components/Note';
import { bytes, count, photos } from '../lib/format';
import { areBusy } from '../lib/models';
import { t } from '../lib/texts';
import { ModelsSection } from '../components/ModelsSection';
import { useLibrary } from '../state/library';
import { askForModels, models, useModels } from '../state/models';
import './plain.css';

const AGAIN_MS = 5000;

export default function StatsView() {
  const [stats, setStats] = useState<Stats | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const [attempt, setAttempt] = useState(0);
  const version = useLibrary((state) => state.version);
  useEffect(() => {
    setError(null);
    getStats().then((answer) => { setStats(answer); models.set(answer.models ?? []); }, (reason: unknown) => setError(asApiError(reason)));
  }, [attempt, version]);
  // A model that cannot be opened makes no progress that the server could tell of.
  const busy = areBusy(useModels());
  useEffect(() => {
    if (!busy) return;
    const timer = window.setInterval(askForModels, AGAIN_MS);
    return () => clearInterval(timer);
  }, [busy]);
  if (error) return <div className="page narrow"><ErrorNote error={error} onRetry={() => setAttempt(attempt + 1)} /></div>;
  return <div className="page narrow"><header className="page-head"><h1>{t('Statistics')}</h1></header>{stats && <Numbers stats={stats} />}</div>;
}

function Numbers({ stats }: { stats: Stats }) {
  const inUse = useModels();
  const gallery = stats.gallery;
  const parts = ([
    [t('Originals'), stats.original_bytes, 'accent'],
    [t('Thumbnails and features'), stats.derived_bytes, 'second'],
    [t('Search indexes'), stats.index_bytes, 'third'],
    [t('Catalog'), stats.catalog_bytes, 'fourth'],
  ] as [string, number | undefined, string][]).filter((part): part is [string, number, string] => part[1] !== undefined);
  const total = parts.reduce((sum, [, size]) => sum + size, 0);
  return (
    <>
      <ul className="stat-cards">
        <Card value={count(gallery.images)} words={t('photo¦photos^counted', { n: gallery.images })} />
        <Card value={count(gallery.tags)} words={t('tag¦tags^counted', { n: gallery.tags })} />
        <Card value={count(gallery.authors)} words={t('author¦authors^counted', { n: gallery.authors })} />
        {stats.decisions !== undefined && <Card value={count(stats.decisions)} words={t('decision¦decisions^counted', { n: stats.decisions })} />}
        {parts.length > 0 && <Card value={bytes(total)} words={t('on disk')} />}
      </ul>
      {inUse && stats.models && <ModelsSection models={inUse} photos={gallery.images} />}
      {parts.length > 0 && <section className="stat-section">
        <h2>{t('Where the space goes')}</h2>
        <div className="stat-bar" aria-hidden>{parts.map(([name, size, tone]) => <span key={name} className={`part-${tone}`} style={{ flexGrow: size }} />)}</div>
        <dl className="stat-list">
          {parts.map(([name, size, tone]) => <div key={name}><dt><span className={`dot part-${tone}`} aria-hidden />{name}</dt><dd>{bytes(size)}</dd></div>)}
        </dl>
      </section>}
      <section className="stat-section">
        <h2>{t('The rest')}</h2>
        <dl className="stat-list">
          {stats.trashed !== undefined && <div><dt>{t('In the trash')}</dt><dd>{photos(stats.trashed)}</dd></div>}
          <div><dt>{t('Deleted for good')}</dt><dd>{photos(gallery.deleted)}</dd></div>
          <div><dt>{t('Number of the last photo')}</dt><dd>{gallery.last_id > 0 ? <Link to={{ view: 'photo', id: gallery.last_id }}>{gallery.last_id}</Link> : '–'}</dd></div>
          {stats.volumes !== undefined && <div><dt>{t('Volumes')}</dt><dd>{count(stats.volumes)}</dd></div>}
          {stats.indexes?.phash !== undefined && <div><dt>{t('Known by structure')}</dt><dd>{photos(stats.indexes.phash)}</dd></div>}
          {stats.indexes?.colour !== undefined && <div><dt>{t('Known by colour')}</dt><dd>{photos(stats.indexes.colour)}</dd></div>}
          {stats.indexes?.local !== undefined && <div><dt>{t('Known by local points')}</dt><dd>{photos(stats.indexes.local)}</dd></div>}
        </dl>
      </section>
    </>
  );
}

const Card = ({ value, words }: { value: string; words: string }) => <li><strong>{value}</strong><span className="muted small">{words}</span></li>;
