import { Check, CopyCheck, X } from 'lucide-react';
import { useCallback, useEffect, useState } from 'react';
import { asApiError, type ApiError } from '../api/client';
import { decideQueue, listQueue, type QueuedImage } from '../api/editing';
import { WaitingCard } from '../components/editing/WaitingCard';
import { Link } from '../components/Link';
import { ErrorNote, Note } from '../components/Note';
import { photos } from '../lib/format';
import { t } from '../lib/texts';
import { useKeys } from '../state/keys';
import { asOwnChange, keepDetails, loadLibrary } from '../state/library';
import { usePlace } from '../state/router';
import { say, sayError } from '../state/toasts';
import './moderation.css';

// Uploads that wait: one at a time by keys, or many at once.
export default function ModerationView() {
  const { route } = usePlace();
  const [queue, setQueue] = useState<QueuedImage[] | null>(null);
  const [total, setTotal] = useState(0);
  const [cursor, setCursor] = useState('');
  const [error, setError] = useState<ApiError | null>(null);
  const [at, setAt] = useState(0);
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const [busy, setBusy] = useState(false);
  const load = useCallback((from: string) => listQueue(from).then((page) => {
    keepDetails(page.images);
    setQueue((before) => (from ? [...(before ?? []), ...page.images] : page.images));
    setTotal(page.total);
    setCursor(page.next_cursor ?? '');
    setError(null);
  }, (reason: unknown) => setError(asApiError(reason))), []);
  useEffect(() => void load(''), [load]);
  const current = queue?.[Math.min(at, queue.length - 1)];
  const targets = chosen.size ? [...chosen] : current ? [current.id] : [];
  const decide = async (decision: 'approve' | 'reject') => {
    if (busy || !targets.length) return;
    setBusy(true);
    try {
      await asOwnChange(() => decideQueue(targets, decision));
      const gone = new Set(targets);
      const left = queue!.filter(({ id }) => !gone.has(id));
      setQueue(left);
      setTotal((before) => before - gone.size);
      setChosen(new Set());
      setAt((before) => Math.max(0, Math.min(before, left.length - 1)));
      say(decision === 'approve' ? t('Approved: {what}', { what: photos(gone.size) }) : t('Rejected: {what}', { what: photos(gone.size) }));
      if (decision === 'approve') void loadLibrary();
      if (left.length < 10 && cursor) void load(cursor);
    } catch (reason) {
      sayError(reason);
    }
    setBusy(false);
  };
  const toggle = (id: number) => setChosen((before) => {
    const next = new Set(before);
    if (!next.delete(id)) next.add(id);
    return next;
  });
  const step = (by: number) => setAt((before) => Math.max(0, Math.min((queue?.length ?? 1) - 1, before + by)));
  useKeys({
    a: () => void decide('approve'), r: () => void decide('reject'),
    ArrowDown: () => step(1), ArrowUp: () => step(-1), ArrowRight: () => step(1), ArrowLeft: () => step(-1),
    x: () => (current ? toggle(current.id) : false), 'ctrl+a': () => setChosen(new Set(queue?.map(({ id }) => id))),
    Escape: () => (chosen.size ? setChosen(new Set()) : false),
  }, { active: route.view !== 'photo' && (queue?.length ?? 0) > 0 });
  if (error && !queue) return <div className="page"><ErrorNote error={error} onRetry={() => void load('')} /></div>;
  if (!queue) return <div className="page"><div className="skeleton waiting-card late" role="status" aria-label={t('Loading')} /></div>;
  if (!queue.length) {
    return <div className="page"><h1 className="hidden">{t('Waiting for approval')}</h1><Note icon={CopyCheck} title={t('Nothing waits for approval')} actions={<Link className="button" to={{ view: 'gallery', tag: '' }}>{t('All photos')}</Link>}>{t('Photos that users add come here first, with the copies that were found.')}</Note></div>;
  }
  return (
    <div className="page moderation">
      <header className="page-head"><h1>{t('Waiting for approval')}</h1><p role="status">{photos(total)}</p></header>
      <ol className="waiting-list">
        {queue.map((image, i) => <WaitingCard key={image.id} image={image} current={image === current} chosen={chosen.has(image.id)} onFocus={() => setAt(i)} onChoose={() => toggle(image.id)} />)}
      </ol>
      {cursor && <button type="button" className="button" onClick={() => void load(cursor)}>{t('More')}</button>}
      <div className="selection-bar" role="group" aria-label={t('Decision')}>
        <output>{chosen.size ? t('{n} selected¦{n} selected', { n: chosen.size }) : t('This one')}</output>
        <button type="button" className="button primary" aria-keyshortcuts="a" disabled={busy} onClick={() => void decide('approve')}><Check size={18} aria-hidden />{t('Approve')}<kbd>a</kbd></button>
        <button type="button" className="button bad" aria-keyshortcuts="r" disabled={busy} onClick={() => void decide('reject')}><X size={18} aria-hidden />{t('Reject')}<kbd>r</kbd></button>
      </div>
    </div>
  );
}
