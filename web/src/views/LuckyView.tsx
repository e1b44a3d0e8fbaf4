import { Clipboard, Dices, ImagePlus, ImageUp, ScanSearch } from 'lucide-react';
import { useEffect, useState, type CSSProperties } from 'react';
import { getImage, wantsModel, type ImageDetail } from '../api/client';
import { Results } from '../components/find/Results';
import { Link } from '../components/Link';
import { ErrorNote, Note } from '../components/Note';
import { Rich } from '../components/Rich';
import { RegionPicture } from '../components/pair/RegionPicture';
import { pickOther } from '../lib/pick';
import { findRoute, luckyRoute } from '../lib/route';
import { lookDistance } from '../lib/search';
import { imageAlt } from '../lib/words';
import { t } from '../lib/texts';
import { useKeys } from '../state/keys';
import { useLibrary } from '../state/library';
import { useModels } from '../state/models';
import { go } from '../state/router';
import { useSearch } from '../state/search';
import { chooseFiles, luckyPicture, pastePicture, useWanted } from '../state/shell';
import { setWalk } from '../state/walk';
import './lucky.css';

const NEAREST = 9;
const choose = () => chooseFiles(false, ([file]) => file && luckyPicture(file));

// A photo that chance picked, or one's own, and the nine that look most like it.
export default function LuckyView({ id, own }: { id: number; own: boolean }) {
  const ids = useLibrary((state) => state.layout.ids);
  const status = useLibrary((state) => state.status);
  const kept = useWanted();
  const wanted = own ? kept : null;
  const search = useSearch(id || wanted ? { like: id, wanted, by: 'look', k: NEAREST } : null);
  useTryAgain(search.error?.code === 'not_found' && ids.includes(id), search.again);
  const next = () => {
    const other = pickOther(ids, id);
    if (other) go(luckyRoute(other));
  };
  useKeys({ n: next });
  useEffect(() => {
    if (!id && !own && ids.length) go(luckyRoute(pickOther(ids, 0)), { replace: true });
  }, [id, own, ids]);

  const nothing = !id && !wanted;
  if (nothing && !own && status === 'ready' && !ids.length) {
    return <div className="page"><Note icon={ImagePlus} title={t('No photo to pick from')} actions={<Link className="button primary" to={{ view: 'gallery', tag: '' }}>{t('All photos')}</Link>}>
      {t('Here chance picks one of your photos and shows the nine that look most like it.')}
    </Note></div>;
  }
  return (
    <div className="page lucky">
      <header className="page-head lucky-head">
        <h1>{t('I’m lucky')}</h1>
        <div className="lucky-actions">
          <button type="button" className="button" onClick={choose}><ImageUp size={18} aria-hidden />{t('Yours')}</button>
          <button type="button" className="button" onClick={() => void pastePicture(luckyPicture)}><Clipboard size={18} aria-hidden />{t('Paste')}</button>
          <button type="button" className="button primary" aria-keyshortcuts="n" disabled={pickOther(ids, id) === 0} onClick={next}><Dices size={18} aria-hidden />{t('Another^photo')}<kbd>n</kbd></button>
        </div>
      </header>
      {nothing && own ? (
        <Note icon={ScanSearch} title={t('What looks like your picture?')} actions={<button type="button" className="button primary" onClick={choose}><ImageUp size={18} aria-hidden />{t('Choose a picture')}</button>}>
          {t('Drop it here, paste it, or choose a file. It is only looked at, never stored, so it is forgotten when the page is left.')}
        </Note>
      ) : (
        <div className="lucky-stage">
          {id > 0 && <Chosen id={id} walk={[id, ...(search.result?.results.map((hit) => hit.id) ?? [])]} />}
          {wanted && <figure className="lucky-chosen"><img src={wanted.url} alt={t('Your picture, {name}', { name: wanted.file.name || t('pasted picture') })} /><figcaption className="mono small ellipsis">{wanted.file.name || t('pasted picture')}</figcaption></figure>}
          <div className="lucky-nearest">
            {search.busy && <div className="lucky-waiting late" role="status" aria-label={t('Looking')}>{Array.from({ length: NEAREST }, (_, i) => <span key={i} className="skeleton" />)}</div>}
            {search.error && <ErrorNote error={search.error} onRetry={search.again}
              more={wantsModel(search.error) && <Link className="button" to={{ view: 'stats' }}>{t('Models')}</Link>} />}
            {search.result && (search.result.results.length ? (
              <>
                <Results title={t('Nearest by look')} hits={search.result.results} caption={lookDistance} perRow={3} />
                <p className="small muted">{t('The number is the distance: 0 is the same look, 1 has nothing in common.')} {search.result.note && <Rich text="{note}: <a>how far it is</a>." parts={{ note: search.result.note, a: (words) => <Link to={{ view: 'stats' }}>{words}</Link> }} />}</p>
              </>
            ) : <p className="muted">{search.result.note ? `${search.result.note}.` : t('No other photo has been looked at yet.')}</p>)}
          </div>
        </div>
      )}
    </div>
  );
}

function Chosen({ id, walk }: { id: number; walk: number[] }) {
  const [detail, setDetail] = useState<ImageDetail | null>(null);
  const [gone, setGone] = useState(false);
  useEffect(() => {
    const abort = new AbortController();
    setGone(false);
    getImage(id, abort).then(setDetail, () => !abort.signal.aborted && setGone(true));
    return () => abort.abort();
  }, [id]);
  const ratio = useLibrary((state) => state.layout.ratios[state.layout.ids.indexOf(id)] ?? 1500);
  const image = detail?.id === id ? detail : undefined;
  if (gone) return null;
  return (
    <figure className="lucky-chosen" style={{ '--ratio': image ? image.width / image.height : ratio / 1000 } as CSSProperties}>
      <Link to={{ view: 'photo', id }} before={() => setWalk({ ids: walk, of: t('by look') })} data-tile={id} aria-label={t('Open {name}', { name: imageAlt(image) })}>
        <RegionPicture key={id} id={id} alt="" width={image?.width ?? ratio} height={image?.height ?? 1000} size="preview" placeholder={image?.placeholder} />
      </Link>
      <figcaption>
        <span className="mono small ellipsis">{image?.title || image?.name || '\u00a0'}</span>
        <Link className="small" to={findRoute({ like: id })}>{t('Copies and more')}</Link>
      </figcaption>
    </figure>
  );
}

// A photo that no model had looked at is asked for again when one has gone on.
function useTryAgain(waits: boolean, again: () => void) {
  const models = useModels();
  useEffect(() => {
    if (waits) again();
    // Only news of the models counts: an answer that is the same again must not ask at once.
  }, [models]);
}
