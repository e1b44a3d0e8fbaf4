import { CircleHelp, Presentation, SearchX, X } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { Grid } from '../components/gallery/Grid';
import { SelectionBar } from '../components/gallery/SelectionBar';
import { Link } from '../components/Link';
import { ErrorNote, Note } from '../components/Note';
import { photos } from '../lib/format';
import { t } from '../lib/texts';
import { useFound } from '../state/found';
import { usePlace } from '../state/router';

// What an expression of the search language finds. The box above holds the expression and shows what is wrong with it.
export default function SearchView({ q }: { q: string }) {
  const { route } = usePlace();
  const { found, error, more, again } = useFound(q);
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!end.current || !found?.cursor) return;
    const seen = new IntersectionObserver(([entry]) => entry?.isIntersecting && more(), { rootMargin: '1500px' });
    seen.observe(end.current);
    return () => seen.disconnect();
  }, [found, more]);

  if (error && error.position >= 0) {
    return (
      <div className="search-unread">
        <Note icon={CircleHelp} title={t('The search cannot be read')} actions={<><Link className="button primary" to={{ view: 'help', of: 'search' }}>{t('How to search')}</Link><Link className="button" to={{ view: 'gallery', tag: '' }}>{t('All photos')}</Link></>}>
          {t('The box above shows where. Join words with “,” for both and “||” for one of them; “-” leaves out; quotes take anything literally.')}
        </Note>
      </div>
    );
  }
  if (error && !found) return <ErrorNote error={error} onRetry={again} />;
  if (!found) return <div className="skeleton-rows late" role="status" aria-label={t('Looking')}>{[3, 2, 3, 4, 2, 3, 3, 2].map((shape, i) => <span key={i} style={{ flexGrow: shape, flexBasis: shape * 90 }} />)}</div>;
  const howMany = found.exact ? photos(found.total) : t('At least {n} photo¦At least {n} photos', { n: found.total });
  if (found.ids.length === 0) {
    return (
      <Note icon={SearchX} title={t('Nothing fits')} actions={<Link className="button" to={{ view: 'gallery', tag: '' }}>{t('All photos')}</Link>}>
        {found.note || t('Tags are matched whole: “forest*” finds all that begin so.')}
      </Note>
    );
  }
  return (
    <div className="gallery">
      <div className="filter">
        <h1>{q}</h1>
        <span className="muted small" role="status">{howMany}{found.note && ` · ${found.note}`}</span>
        <Link className="chip" to={{ view: 'slideshow', q, album: 0 }}><Presentation size={14} aria-hidden />{t('Slideshow')}</Link>
        <Link className="chip" to={{ view: 'gallery', tag: '' }}><X size={14} aria-hidden />{t('Show all')}</Link>
      </div>
      <Grid ids={found.ids} ratios={found.ratios} walk={t('found by {q}', { q })} label={`${q}, ${howMany}`} />
      <div ref={end} />
      {error && <ErrorNote error={error} onRetry={found.cursor ? more : again} />}
      <SelectionBar active={route.view !== 'photo'} />
    </div>
  );
}
