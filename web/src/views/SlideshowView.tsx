import { ChevronLeft, ChevronRight, Maximize, Pause, Play, Presentation, X } from 'lucide-react';
import { useCallback, useEffect, useRef, useState } from 'react';
import { listAlbumImages } from '../api/albums';
import { findImages, imageUrl, listImages } from '../api/client';
import { IconButton } from '../components/IconButton';
import { Link } from '../components/Link';
import { ErrorNote, Note } from '../components/Note';
import { t } from '../lib/texts';
import { imageAlt } from '../lib/words';
import { useKeys } from '../state/keys';
import { detailOf, useDetails } from '../state/library';
import { usePaged } from '../state/paged';
import { go } from '../state/router';
import './slideshow.css';

const SECONDS = [2, 4, 8, 15, 30] as const;
const PAGE = 100, AHEAD = 10;

// Photos one after another, alone on the screen.
export default function SlideshowView({ q, album }: { q: string; album: number }) {
  const paged = usePaged(`slides ${q} ${album}`, (cursor, signal) =>
    album ? listAlbumImages(album, cursor, signal) : q ? findImages(q, { cursor, limit: PAGE }, { signal }) : listImages({ cursor, limit: PAGE }, { signal }));
  const ids = paged.list?.ids ?? [];
  const [index, setIndex] = useState(0);
  const [playing, setPlaying] = useState(true);
  const [speed, setSpeed] = useState(1);
  const [ready, setReady] = useState(0);  // the picture that is drawn
  const [awake, setAwake] = useState(true);
  const view = useRef<HTMLDivElement>(null);
  useDetails();
  const id = ids[index] ?? 0;
  const image = detailOf(id);
  const step = useCallback((by: number) => setIndex((before) => (ids.length ? (before + by + ids.length) % ids.length : 0)), [ids.length]);
  useEffect(() => {
    if (index + AHEAD > ids.length) paged.more();
    const next = ids[(index + 1) % ids.length];
    if (next) new Image().src = imageUrl(next, 'preview');
  }, [index, ids, paged.more]);
  useEffect(() => {
    if (!playing || ready !== id || ids.length < 2) return;
    const timer = window.setTimeout(() => step(1), SECONDS[speed]! * 1000);
    return () => clearTimeout(timer);
  }, [playing, ready, id, speed, step, ids.length]);
  // What lies over the picture goes while nobody moves.
  useEffect(() => {
    let timer = 0;
    const wake = () => {
      setAwake(true);
      clearTimeout(timer);
      timer = window.setTimeout(() => setAwake(false), 2500);
    };
    wake();
    for (const name of ['pointermove', 'pointerdown', 'keydown']) window.addEventListener(name, wake);
    return () => {
      clearTimeout(timer);
      for (const name of ['pointermove', 'pointerdown', 'keydown']) window.removeEventListener(name, wake);
    };
  }, []);
  const leave = () => {
    if (document.fullscreenElement) void document.exitFullscreen();
    if (history.length > 1) history.back();
    else go(album ? { view: 'album', id: album } : q ? { view: 'search', q } : { view: 'gallery', tag: '' });
  };
  const full = () => void (document.fullscreenElement ? document.exitFullscreen() : view.current?.requestFullscreen?.())?.catch(() => undefined);
  useKeys({
    ArrowRight: () => step(1), ArrowLeft: () => step(-1), Space: () => setPlaying(!playing), f: full, Escape: leave,
    '+': () => setSpeed((before) => Math.max(0, before - 1)), '=': () => setSpeed((before) => Math.max(0, before - 1)), '-': () => setSpeed((before) => Math.min(SECONDS.length - 1, before + 1)),
  });
  if (paged.error && !paged.list) return <div className="page"><ErrorNote error={paged.error} onRetry={paged.again} /></div>;
  if (paged.list && ids.length === 0) return <div className="page"><Note icon={Presentation} title={t('Nothing to show')} actions={<Link className="button" to={{ view: 'gallery', tag: '' }}>{t('All photos')}</Link>}>{t('No photo is in this list.')}</Note></div>;
  return (
    <div ref={view} className={`slides${awake || !playing ? ' awake' : ''}`} role="region" aria-roledescription={t('slideshow')} aria-label={t('Slideshow')}>
      {id > 0 && <img key={id} className={ready === id ? 'shown' : ''} src={imageUrl(id, 'preview')} alt={imageAlt(image)} draggable={false} onLoad={() => setReady(id)} onError={() => setReady(id)} onClick={() => step(1)} />}
      <div className="slides-bar">
        <IconButton icon={playing ? Pause : Play} label={playing ? t('Pause') : t('Go on')} shortcut="Space" onClick={() => setPlaying(!playing)} />
        <IconButton icon={ChevronLeft} label={t('Previous photo')} shortcut="←" onClick={() => step(-1)} />
        <IconButton icon={ChevronRight} label={t('Next photo')} shortcut="→" onClick={() => step(1)} />
        {paged.list && <span className="small numbers" aria-live={playing ? 'off' : 'polite'}>{t('{at} of {total} {where}', { at: index + 1, total: Math.max(paged.list.total, ids.length), where: '' }).trim()}</span>}
        <label className="small slides-speed">{t('Every')}
          <select aria-label={t('Seconds for each photo')} value={speed} onChange={(event) => setSpeed(Number(event.target.value))}>
            {SECONDS.map((n, i) => <option key={n} value={i}>{t('{n} second¦{n} seconds', { n })}</option>)}
          </select>
        </label>
        {id > 0 && <Link className="small slides-name ellipsis" to={{ view: 'photo', id }}>{image?.title || image?.name || t('Photo {id}', { id: `${id}` })}</Link>}
        <IconButton icon={Maximize} label={t('Full screen')} shortcut="f" onClick={full} />
        <IconButton icon={X} label={t('Close')} shortcut="Esc" onClick={leave} />
      </div>
    </div>
  );
}
