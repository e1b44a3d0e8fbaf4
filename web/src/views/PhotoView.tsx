import { ArrowLeft, ChevronLeft, ChevronRight, Columns2, Download, FolderPlus, Heart, Info, Maximize, Minimize, Trash2 } from 'lucide-react';
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { setFavourite } from '../api/albums';
import { asApiError, downloadUrl, getImage, imageUrl, type ApiError, type ImageDetail } from '../api/client';
import { IconButton } from '../components/IconButton';
import { ErrorNote } from '../components/Note';
import { InfoPanel } from '../components/photo/InfoPanel';
import { PhotoStage } from '../components/photo/PhotoStage';
import { mayEdit } from '../lib/standing';
import { imageAlt } from '../lib/words';
import { t } from '../lib/texts';
import { useKeys } from '../state/keys';
import { asOwnChange, detailOf, keepDetails, useDetails, useLibrary, wantDetails } from '../state/library';
import { go, leavePhoto } from '../state/router';
import { trashAll } from '../state/edits';
import { useMay, useSite } from '../state/site';
import { sayError } from '../state/toasts';
import { useWalk } from '../state/walk';
import './photo.css';

const AlbumPicker = lazy(() => import('../components/albums/AlbumPicker'));
const INFO_KEY = 'likeness.info';
const readInfo = () => {
  try {
    return localStorage.getItem(INFO_KEY) === 'open' && innerWidth > 900;
  } catch {
    return false;
  }
};

export default function PhotoView({ id }: { id: number }) {
  const libraryIds = useLibrary((state) => state.layout.ids);
  const walk = useWalk();
  const ids = walk?.ids.includes(id) ? walk.ids : libraryIds;
  const index = useMemo(() => ids.indexOf(id), [ids, id]);
  const [detail, setDetail] = useState<ImageDetail | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const [info, setInfo] = useState(readInfo);
  const [tagging, setTagging] = useState(false);
  const [editing, setEditing] = useState(false);
  const [picking, setPicking] = useState(false);  // an album
  const site = useSite();
  const collects = useMay('collect');
  const [zoom, setZoom] = useState(false);
  const [full, setFull] = useState(false);
  const view = useRef<HTMLDivElement>(null);
  useDetails();
  const image = detail?.id === id ? detail : detailOf(id);

  const load = useCallback(() => {
    const abort = new AbortController();
    setError(null);
    getImage(id, abort).then((answer) => {
      setDetail(answer);
      keepDetails([answer]);
    }, (reason: unknown) => !abort.signal.aborted && setError(asApiError(reason)));
    return () => abort.abort();
  }, [id]);
  useEffect(() => load(), [load]);
  useEffect(() => {
    setZoom(false);
    // The neighbours are at hand before they are asked for.
    const near = [ids[index + 1], ids[index - 1]].filter((one) => one !== undefined && index >= 0) as number[];
    wantDetails(near);
    const timer = window.setTimeout(() => near.forEach((one) => { new Image().src = imageUrl(one, 'preview'); }), 150);
    return () => clearTimeout(timer);
  }, [id, ids, index]);
  useEffect(() => {
    if (image) document.title = `${image.title || image.name} · Likeness`;
  }, [image]);
  useEffect(() => {
    const before = document.activeElement;
    view.current?.focus({ preventScroll: true });
    const onFull = () => setFull(document.fullscreenElement !== null);
    document.addEventListener('fullscreenchange', onFull);
    return () => {
      document.removeEventListener('fullscreenchange', onFull);
      if (document.fullscreenElement) void document.exitFullscreen();
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, []);

  const showInfo = (next: boolean) => {
    setInfo(next);
    setTagging(false);
    setEditing(false);
    try {
      localStorage.setItem(INFO_KEY, next ? 'open' : '');
    } catch {
      // Not remembered then.
    }
  };
  const step = (by: number) => {
    const next = ids[index + by];
    if (index >= 0 && next !== undefined) go({ view: 'photo', id: next }, { replace: true });
  };
  const favourite = async () => {
    if (!detail || !collects) return;
    try {
      const next = { ...detail, favourite: !detail.favourite };
      await asOwnChange(() => setFavourite(id, next.favourite));
      setDetail(next);
      keepDetails([next]);
    } catch (reason) {
      sayError(reason);
    }
  };
  const editable = mayEdit(site, detail?.id === id ? detail : undefined);
  const trash = async () => {
    const next = ids[index + 1] ?? ids[index - 1];
    if (!(await trashAll([id])).size) return;
    if (next !== undefined && index >= 0) go({ view: 'photo', id: next }, { replace: true });
    else leavePhoto();
  };
  const toggleFull = () => void (document.fullscreenElement ? document.exitFullscreen() : view.current?.requestFullscreen?.())?.catch(() => undefined);
  const [compare, setCompare] = useState(0);
  useKeys({
    ArrowLeft: () => step(-1),
    ArrowRight: () => step(1),
    Home: () => step(-index),
    End: () => step(ids.length - 1 - index),
    i: () => showInfo(!info),
    z: () => setZoom(!zoom),
    f: toggleFull,
    s: () => void favourite(),
    t: () => { if (!editable) return false; setInfo(true); setTagging(true); },
    e: () => { if (!editable) return false; setInfo(true); setEditing(!editing); },
    a: () => (collects ? setPicking(true) : false),
    Delete: () => (editable && !detail?.trashed ? void trash() : false),
    c: () => go({ view: 'compare', a: id, b: compare }),
    Escape: () => (zoom ? setZoom(false) : leavePhoto()),
  });

  const liked = image?.favourite ?? false;
  return (
    <div ref={view} className={`photo-view${info ? ' with-info' : ''}`} role="dialog" aria-modal="true" aria-label={image ? imageAlt(image) : t('Photo {id}', { id: `${id}` })} tabIndex={-1}>
      <div className="photo-main">
        <header className="photo-bar">
          <IconButton icon={ArrowLeft} label={t('Back')} shortcut="Esc" onClick={leavePhoto} />
          <div className="photo-title">
            {image?.title ? <span className="ellipsis">{image.title}</span> : <span className="ellipsis mono">{image?.name}</span>}
            {index >= 0 && <span className="muted small numbers photo-count">{t('{at} of {total} {where}', { at: index + 1, total: ids.length, where: walk && ids === walk.ids ? walk.of : '' }).trim()}</span>}
          </div>
          {image && collects && <IconButton icon={Heart} label={liked ? t('No longer a favourite') : t('Favourite')} shortcut="s" aria-pressed={liked} className={liked ? 'liked' : ''} onClick={() => void favourite()} />}
          {image && <a className="icon-button" href={downloadUrl(id)} download aria-label={t('Download the original')} title={t('Download the original')}><Download size={20} strokeWidth={1.75} aria-hidden /></a>}
          {image && collects && <IconButton icon={FolderPlus} label={t('Add to an album')} shortcut="a" onClick={() => setPicking(true)} />}
          {editable && !detail?.trashed && <IconButton icon={Trash2} label={t('Into the trash')} shortcut="Delete" onClick={() => void trash()} />}
          <IconButton icon={Columns2} label={t('Compare with…')} shortcut="c" onClick={() => go({ view: 'compare', a: id, b: compare })} />
          <IconButton icon={full ? Minimize : Maximize} label={t('Full screen')} shortcut="f" className="photo-full" onClick={toggleFull} />
          <IconButton icon={Info} label={t('Facts, copies and similar')} shortcut="i" aria-pressed={info} onClick={() => showInfo(!info)} />
        </header>
        {error && !image ? (
          <ErrorNote error={error} onRetry={load} />
        ) : image ? (
          <PhotoStage key={id} image={image} zoomed={zoom} onZoom={setZoom} onStep={step} onClose={leavePhoto} />
        ) : (
          <div className="photo-stage" />
        )}
        {index > 0 && <button type="button" className="photo-step left" aria-label={t('Previous photo')} onClick={() => step(-1)}><ChevronLeft size={28} aria-hidden /></button>}
        {index >= 0 && index < ids.length - 1 && <button type="button" className="photo-step right" aria-label={t('Next photo')} onClick={() => step(1)}><ChevronRight size={28} aria-hidden /></button>}
      </div>
      {info && (image || !error) && (
        <InfoPanel key={id} id={id} detail={detail?.id === id ? detail : null} tagging={tagging} editing={editing} onEdit={setEditing}
          onChange={(next) => { setDetail(next); keepDetails([next]); }} onClose={() => showInfo(false)} onNearest={setCompare} />
      )}
      {picking && <Suspense fallback={null}><AlbumPicker ids={[id]} onClose={() => setPicking(false)} /></Suspense>}
    </div>
  );
}
