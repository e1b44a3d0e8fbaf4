import { useEffect, useRef, type ReactNode } from 'react';
import { photos } from '../../lib/format';
import { t } from '../../lib/texts';
import type { PagedList } from '../../state/paged';
import { usePlace } from '../../state/router';
import { Grid } from '../gallery/Grid';
import { SelectionBar, type SelectionKind } from '../gallery/SelectionBar';
import { ErrorNote } from '../Note';

interface Props {
  title: string;
  paged: PagedList;
  walk: string;         // what the list is, for the photo's bar
  empty: ReactNode;
  more?: ReactNode;     // beside the title
  head?: ReactNode;     // in place of the title
  kind?: SelectionKind; // what may be done with chosen ones
  album?: number;
}

const SHAPES = [3, 2, 3, 4, 2, 3, 3, 2];

// A list in pages as justified rows, with its waiting, empty and error states.
export function PagedGrid({ title, paged, walk, empty, more, head, kind = 'list', album }: Props) {
  const { list, error } = paged;
  const { route } = usePlace();
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!end.current || !list?.cursor) return;
    const seen = new IntersectionObserver(([entry]) => entry?.isIntersecting && paged.more(), { rootMargin: '1500px' });
    seen.observe(end.current);
    return () => seen.disconnect();
  }, [list, paged.more]);
  if (error && !list) return <div className="gallery"><ErrorNote error={error} onRetry={paged.again} /></div>;
  if (!list) {
    return <div className="gallery"><div className="skeleton-rows late" role="status" aria-label={t('Loading photos')}>{SHAPES.map((shape, i) => <span key={i} style={{ flexGrow: shape, flexBasis: shape * 90 }} />)}</div></div>;
  }
  return (
    <div className="gallery">
      {head ?? <div className="filter"><h1>{title}</h1>{list.ids.length > 0 && <span className="muted small" role="status">{photos(list.total)}</span>}{more}</div>}
      {list.ids.length === 0 ? empty : <Grid ids={list.ids} ratios={list.ratios} walk={walk} label={`${title}, ${photos(list.total)}`} />}
      <div ref={end} />
      {error && <ErrorNote error={error} onRetry={list.cursor ? paged.more : paged.again} />}
      <SelectionBar active={route.view !== 'photo'} kind={kind} album={album} onGone={paged.drop} />
    </div>
  );
}
