import { ArrowUp, ImagePlus, LockKeyhole, Presentation, RefreshCw, SearchX, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { asApiError, listImages, type ApiError } from '../api/client';
import { Grid } from '../components/gallery/Grid';
import { SelectionBar } from '../components/gallery/SelectionBar';
import { Link } from '../components/Link';
import { Rich } from '../components/Rich';
import { ErrorNote, Note } from '../components/Note';
import { photos } from '../lib/format';
import { findRoute, tagExpression } from '../lib/route';
import { newPhotos } from '../lib/words';
import { t } from '../lib/texts';
import { keepDetails, loadLibrary, showWaiting, useLibrary } from '../state/library';
import { usePlace } from '../state/router';
import { chooseFiles, forgetPicture } from '../state/shell';
import { useMay } from '../state/site';
import { addFiles } from '../state/uploads';

export default function GalleryView({ tag }: { tag: string }) {
  const { route } = usePlace();
  return (
    <div className="gallery">
      {tag ? <Filtered key={tag} tag={tag} /> : <Everything />}
      <SelectionBar active={route.view !== 'photo'} />
    </div>
  );
}

function Everything() {
  const status = useLibrary((state) => state.status);
  const error = useLibrary((state) => state.error);
  const layout = useLibrary((state) => state.layout);
  const mayAdd = useMay('add');
  if (status === 'error' && error?.code === 'unauthenticated') return <LogInFirst />;
  if (status === 'error' && error) return <ErrorNote error={error} onRetry={() => void loadLibrary()} />;
  if (status === 'loading') return <Waiting />;
  return (
    <>
      <h1 className="hidden">{t('All photos')}</h1>
      <News />
      {layout.total === 0 ? (
        <Note
          icon={ImagePlus}
          title={mayAdd ? t('Your photos go here') : t('No photos yet')}
          actions={mayAdd && <button type="button" className="button primary" onClick={() => chooseFiles(true, addFiles)}>{t('Choose photos')}</button>}
        >
          {mayAdd ? <Rich text="Drop pictures anywhere, paste one, or import a folder with {command}. Copies are found as they come in." parts={{ command: <span className="mono">likeness import</span> }} /> : t('Whoever runs this gallery has not added any for everybody.')}
        </Note>
      ) : (
        <Grid ids={layout.ids} ratios={layout.ratios} months={layout.months} label={t('{n} photo, newest first¦{n} photos, newest first', { n: layout.total })} />
      )}
    </>
  );
}

// A gallery that is not for everybody.
function LogInFirst() {
  return (
    <Note icon={LockKeyhole} title={t('These photos are not for everybody')} actions={<Link className="button primary" to={{ view: 'login' }}>{t('Log in')}</Link>}>
      {t('Who has an account sees them after logging in.')}
    </Note>
  );
}

// What others added, quietly.
function News() {
  const fresh = useLibrary((state) => state.fresh);
  const progress = useLibrary((state) => state.progress);
  if (progress && progress.total > 0) {
    return <div className="pill" role="status"><RefreshCw size={16} aria-hidden />{t('Importing {done} of {total}', { done: progress.done, total: progress.total })}</div>;
  }
  if (!fresh) return null;
  return (
    <button type="button" className="pill" onClick={() => { showWaiting(); window.scrollTo(0, 0); }}>
      <ArrowUp size={16} aria-hidden />{newPhotos(fresh)}
    </button>
  );
}

const SHAPES = [3, 2, 3, 4, 2, 3, 3, 2, 4, 3, 3, 2, 3, 4, 3, 2, 3, 3];
function Waiting() {
  return (
    <div className="skeleton-rows late" role="status" aria-label={t('Loading photos')}>
      {SHAPES.map((shape, i) => <span key={i} style={{ flexGrow: shape, flexBasis: shape * 90 }} />)}
    </div>
  );
}

interface Listed {
  ids: number[];
  ratios: number[];
  done: boolean;
  error: ApiError | null;
}

const NOTHING: Listed = { ids: [], ratios: [], done: false, error: null };

function Filtered({ tag }: { tag: string }) {
  const [list, setList] = useState(NOTHING);
  const [attempt, setAttempt] = useState(0);
  const version = useLibrary((state) => state.version);
  useEffect(() => {
    const abort = new AbortController();
    void (async () => {
      const found: Listed = { ids: [], ratios: [], done: false, error: null };
      let cursor: string | undefined;
      try {
        do {
          const page = await listImages({ tag, cursor, limit: 1000 }, abort);
          keepDetails(page.images);
          for (const { id, width, height } of page.images) {
            found.ids.push(id);
            found.ratios.push(Math.round((width / height) * 1000));
          }
          cursor = page.next_cursor || undefined;
          setList({ ...found, ids: [...found.ids], ratios: [...found.ratios], done: !cursor });
        } while (cursor);
      } catch (error) {
        if (!abort.signal.aborted) setList((before) => ({ ...before, done: true, error: asApiError(error) }));
      }
    })();
    return () => abort.abort();
  }, [tag, attempt, version]);

  if (list.error) return <ErrorNote error={list.error} onRetry={() => setAttempt(attempt + 1)} />;
  if (!list.done && list.ids.length === 0) return <Waiting />;
  if (list.ids.length === 0) {
    return (
      <Note icon={SearchX} title={t('Nothing is tagged “{tag}”', { tag })}
        actions={<><Link className="button primary" to={findRoute({ text: tag })} before={forgetPicture}>{t('Photos that show it')}</Link><Link className="button" to={{ view: 'gallery', tag: '' }}>{t('All photos')}</Link></>}>
        {t('Tags are matched whole. The list of all tags shows how they are written.')}
      </Note>
    );
  }
  return (
    <>
      <div className="filter">
        <h1>{tag}</h1>
        <span className="muted small">{photos(list.ids.length)}</span>
        <Link className="chip" to={{ view: 'slideshow', q: tagExpression(tag), album: 0 }}><Presentation size={14} aria-hidden />{t('Slideshow')}</Link>
        <Link className="chip" to={{ view: 'gallery', tag: '' }}><X size={14} aria-hidden />{t('Show all')}</Link>
      </div>
      <Grid ids={list.ids} ratios={list.ratios} walk={t('tagged {tag}', { tag })} label={`${tag}, ${photos(list.ids.length)}`} />
    </>
  );
}
