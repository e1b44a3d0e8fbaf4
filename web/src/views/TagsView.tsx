import { Tags } from 'lucide-react';
import { useState } from 'react';
import { listTagGroups } from '../api/editing';
import { Link } from '../components/Link';
import { ErrorNote, Note } from '../components/Note';
import { Rich } from '../components/Rich';
import { useLoaded } from '../components/useLoaded';
import { count } from '../lib/format';
import { groupTags, type TagGroupName } from '../lib/tags';
import { t, type PlainText } from '../lib/texts';
import { useLibrary } from '../state/library';
import './plain.css';

const TITLES: Record<TagGroupName, PlainText> = { orientation: 'Orientation', authors: 'Authors', other: 'Other' };
const SHOWN_MAX = 500;

export default function TagsView() {
  const version = useLibrary((state) => state.version);
  const { value, error, again } = useLoaded(listTagGroups, version);
  const [filter, setFilter] = useState('');
  const [order, setOrder] = useState<'count' | 'name'>('count');
  const [whole, setWhole] = useState<ReadonlySet<string>>(new Set());
  if (error) return <div className="page narrow"><ErrorNote error={error} onRetry={again} /></div>;
  const groups = value ? groupTags(value) : null;
  const total = groups?.reduce((sum, { tags }) => sum + tags.length, 0) ?? 0;
  const wanted = filter.trim().toLowerCase();
  const shown = groups?.map(({ group, tags }) => ({
    group,
    tags: tags.filter(({ tag }) => tag.toLowerCase().includes(wanted)).sort((a, b) => (order === 'name' ? a.tag.localeCompare(b.tag) : b.count - a.count || a.tag.localeCompare(b.tag))),
  })).filter(({ tags }) => tags.length > 0) ?? [];
  return (
    <div className="page narrow">
      <header className="page-head"><h1>{t('Tags')}</h1>{total > 0 && <p>{t('{n} tag¦{n} tags', { n: total })}</p>}</header>
      {!groups && <div className="tag-cloud late" role="status" aria-label={t('Loading')}>{[90, 130, 70, 110, 150, 80].map((width, i) => <span key={i} className="skeleton" style={{ width, height: 32 }} />)}</div>}
      {groups && total === 0 && (
        <Note icon={Tags} title={t('No tags yet')} actions={<Link className="button" to={{ view: 'gallery', tag: '' }}>{t('All photos')}</Link>}>
          <Rich text="Open a photo and press {key} to give it its first tag. Keywords written in the files come along by themselves." parts={{ key: <kbd>t</kbd> }} />
        </Note>
      )}
      {total > 0 && (
        <>
          <div className="tags-tools">
            <input className="field" type="search" aria-label={t('Filter the tags')} placeholder={t('Filter')} value={filter} onChange={(event) => setFilter(event.target.value)} />
            <button type="button" className="button" onClick={() => setOrder(order === 'count' ? 'name' : 'count')}>{order === 'count' ? t('Most used first') : t('By name')}</button>
          </div>
          {shown.length === 0 && <p className="muted">{t('No tag has “{filter}” in it.', { filter })}</p>}
          {shown.map(({ group, tags }) => (
            <section key={group} className="tag-group" aria-labelledby={`tags-${group}`}>
              <h2 id={`tags-${group}`}>{t(TITLES[group])} <span className="muted small numbers">{count(tags.length)}</span></h2>
              <ul className="tag-cloud">
                {(whole.has(group) ? tags : tags.slice(0, SHOWN_MAX)).map(({ tag, expression, count: amount }) => (
                  <li key={tag}><Link className="chip" to={{ view: 'search', q: expression || tag }}><span className="ellipsis">{tag}</span><span className="muted numbers">{count(amount)}</span></Link></li>
                ))}
              </ul>
              {tags.length > SHOWN_MAX && !whole.has(group) && <button type="button" className="button" onClick={() => setWhole(new Set([...whole, group]))}>{t('Show all')}</button>}
            </section>
          ))}
        </>
      )}
    </div>
  );
}
