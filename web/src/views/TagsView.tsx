import { Tags } from 'lucide-react';
import { useEffect, useState } from 'react';
import { asApiError, listTags, type ApiError, type TagCount } from '../api/client';
import { Link } from '../components/Link';
import { ErrorNote, Note } from '../components/Note';
import { count, plural } from '../lib/format';
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
      <header className="page-head"><h1>Tags</h1>{tags && tags.length > 0 && <p>{plural(tags.length, 'tag')}</p>}</header>
      {tags?.length === 0 && (
        <Note icon={Tags} title="No tags yet" actions={<Link className="button" to={{ view: 'gallery', tag: '' }}>All photos</Link>}>
          Open a photo and press <kbd>t</kbd> to give it its first tag. Keywords written in the files come along by themselves.
        </Note>
      )}
      {tags && tags.length > 0 && (
        <>
          <div className="tags-tools">
            <input className="field" type="search" aria-label="Filter the tags" placeholder="Filter" value={filter} onChange={(event) => setFilter(event.target.value)} />
            <button type="button" className="button" onClick={() => setOrder(order === 'count' ? 'name' : 'count')}>{order === 'count' ? 'Most used first' : 'By name'}</button>
          </div>
          {shown.length === 0 && <p className="muted">No tag has “{filter}” in it.</p>}
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
