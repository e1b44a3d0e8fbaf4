import { Tags } from 'lucide-react';
import { useEffect, useState } from 'react';
import { asApiError, listTags, type ApiError, type TagCount } from '../api/client';
import { Link } from '../components/Link';
import { Rich } from '../components/Rich';
import { ErrorNote, Note } from '../components/Note';
import { count } from '../lib/format';
import { t } from '../lib/texts';
import './plain.css';

export default function TagsView() {
  const [tags, setTags] = useState<TagCount[] | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const [filter, setFilter] = useState('');
  const [order, setOrder] = useState<'count' | 'name'>('count');
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    setError(null);
    listTags(10000).then((answer) => setTags(answer.tags), (reason: unknown) => setError(asApiError(reason)));
  }, [attempt]);
  if (error) return <div className="page narrow"><ErrorNote error={error} onRetry={() => setAttempt(attempt + 1)} /></div>;
  const shown = (tags ?? [])
    .filter(({ tag }) => tag.toLowerCase().includes(filter.trim().toLowerCase()))
    .sort((a, b) => (order === 'name' ? a.tag.localeCompare(b.tag) : b.count - a.count || a.tag.localeCompare(b.tag)));
  const most = Math.max(1, ...shown.map((tag) => tag.count));
  return (
    <div className="page narrow">
      <header className="page-head"><h1>{t('Tags')}</h1>{tags && tags.length > 0 && <p>{t('{n} tag¦{n} tags', { n: tags.length })}</p>}</header>
      {tags?.length === 0 && (
        <Note icon={Tags} title={t('No tags yet')} actions={<Link className="button" to={{ view: 'gallery', tag: '' }}>{t('All photos')}</Link>}>
          <Rich text="Open a photo and press {key} to give it its first tag. Keywords written in the files come along by themselves." parts={{ key: <kbd>t</kbd> }} />
        </Note>
      )}
      {tags && tags.length > 0 && (
        <>
          <div className="tags-tools">
            <input className="field" type="search" aria-label={t('Filter the tags')} placeholder={t('Filter')} value={filter} onChange={(event) => setFilter(event.target.value)} />
            <button type="button" className="button" onClick={() => setOrder(order === 'count' ? 'name' : 'count')}>{order === 'count' ? t('Most used first') : t('By name')}</button>
          </div>
          {shown.length === 0 && <p className="muted">{t('No tag has “{filter}” in it.', { filter })}</p>}
          <ul className="tags">
            {shown.map(({ tag, count: amount }) => (
              <li key={tag}>
                <Link to={{ view: 'gallery', tag }}>
                  <span className="tags-bar" style={{ width: `${(amount / most) * 100}%` }} />
                  <span className="ellipsis">{tag}</span><span className="muted numbers">{count(amount)}</span>
                </Link>
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
