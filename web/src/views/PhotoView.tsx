import { ArrowLeft, ChevronLeft, ChevronRight, Columns2, Download, Info, Maximize, Minimize, Star } from 'lucide-react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { asApiError, downloadUrl, editImage, getImage, imageUrl, type ApiError, type ImageDetail } from '../api/client';
import { IconButton } from '../components/IconButton';
import { ErrorNote } from '../components/Note';
import { InfoPanel } from '../components/photo/InfoPanel';
import { PhotoStage } from '../components/photo/PhotoStage';
import { imageAlt } from '../lib/words';
import { t } from '../lib/texts';
import { useKeys } from '../state/keys';
import { asOwnChange, detailOf, keepDetails, useDetails, useLibrary, wantDetails } from '../state/library';
import { go, leavePhoto } from '../state/router';
import { sayError } from '../state/toasts';
import { useWalk } from '../state/walk';
import './photo.css';

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
    if (!detail) return;
    try {
      const next = await asOwnChange(() => editImage(id, { rating: (detail.rating ?? 0) >= 5 ? 0 : 5 }));
      setDetail(next);
      keepDetails([next]);
    } catch (reason) {
      sayError(reason);
    }
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
    t: () => { setInfo(true); setTagging(true); },
    c: () => go({ view: 'compare', a: id, b: compare }),
    Escape: () => (zoom ? setZoom(false) : leavePhoto()),
  });

  const liked = (image?.rating ?? 0) >= 5;
  return (
    <div ref={view} className={`photo-view${info ? ' with-info' : ''}`} role="dialog" aria-modal="true" aria-label={image ? imageAlt(image) : t('Photo {id}', { id: `${id}` })} tabIndex={-1}>
      <div className="photo-main">
        <header className="photo-bar">
          <IconButton icon={ArrowLeft} label={t('Back')} shortcut="Esc" onClick={leavePhoto} />
          <div className="photo-title">
            {image?.title ? <span className="ellipsis">{image.title}</span> : <span className="ellipsis mono">{image?.name}</span>}
            {index >= 0 && <span className="muted small numbers photo-count">{t('{at} of {total} {where}', { at: index + 1, total: ids.length, where: walk && ids === walk.ids ? walk.of : '' }).trim()}</span>}
          </div>
          {image && <IconButton icon={Star} label={liked ? t('No longer a favourite') : t('Favourite')} shortcut="s" aria-pressed={liked} className={liked ? 'liked' : ''} onClick={() => void favourite()} />}
          {image && <a className="icon-button" href={downloadUrl(id)} download aria-label={t('Download the original')} title={t('Download the original')}><Download size={20} strokeWidth={1.75} aria-hidden /></a>}
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
        <InfoPanel key={id} id={id} detail={detail?.id === id ? detail : null} tagging={tagging}
          onChange={(next) => { setDetail(next); keepDetails([next]); }} onClose={() => showInfo(false)} onNearest={setCompare} />
      )}
    </div>
  );
}
