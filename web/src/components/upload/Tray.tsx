import { ChevronDown, CircleAlert, CircleCheck, CircleHelp, LoaderCircle, RotateCcw, Undo2, X } from 'lucide-react';
import { useState } from 'react';
import { outcomeWords, sentence } from '../../lib/words';
import { known, t } from '../../lib/texts';
import { currentSite } from '../../state/site';
import { askAbout, closeTray, isRunning, retryUpload, stopUpload, undoUpload, useUploads, type UploadItem } from '../../state/uploads';
import { IconButton } from '../IconButton';
import { Link } from '../Link';
import './tray.css';

const LINES_MAX = 200;
const AGAIN = ['unavailable', 'io', 'internal', 'cancelled'];  // what another try may mend; a file that is no picture stays none

// The tray at the bottom: one line a file, the result in words, undo.
export function Tray() {
  const items = useUploads((state) => state.items);
  const open = useUploads((state) => state.open);
  const [folded, setFolded] = useState(false);
  if (!open || items.length === 0) return null;
  const running = items.filter(isRunning).length;
  // What needs a person comes first, then what runs, then the newest results.
  const rank = (item: UploadItem) => (item.state === 'asking' ? 0 : item.state === 'failed' ? 1 : isRunning(item) ? 2 : 3);
  const lines = [...items].sort((a, b) => rank(a) - rank(b) || b.key - a.key).slice(0, LINES_MAX);
  return (
    <section className="tray" aria-label={t('Uploads')}>
      <header>
        <h2 aria-live="polite">{headline(items, running)}</h2>
        <IconButton icon={ChevronDown} label={folded ? t('Show the files') : t('Fold')} className={folded ? 'turned' : ''} aria-expanded={!folded} onClick={() => setFolded(!folded)} />
        {running === 0 && <IconButton icon={X} label={t('Close')} onClick={closeTray} />}
      </header>
      {running > 0 && <progress max={items.length} value={items.reduce((sum, item) => sum + (isRunning(item) ? item.share * 0.9 : 1), 0)} aria-label={t('Uploading')} />}
      {!folded && (
        <ul>
          {lines.map((item) => <Line key={item.key} item={item} />)}
          {items.length > LINES_MAX && <li className="muted small">{t('and {n} more file¦and {n} more files', { n: items.length - LINES_MAX })}</li>}
        </ul>
      )}
    </section>
  );
}

function headline(items: readonly UploadItem[], running: number): string {
  if (running) return t('Adding {n} photo¦Adding {n} photos', { n: running });
  const asking = items.filter((item) => item.state === 'asking').length;
  if (asking) return t('{n} copy found: what shall happen?¦{n} copies found: what shall happen?', { n: asking });
  const added = items.filter((item) => item.outcome?.status === 'imported' && item.state === 'done').length;
  const failed = items.filter((item) => item.state === 'failed').length;
  const parts = [];
  if (added) parts.push(t('{n} photo added¦{n} photos added', { n: added }));
  const here = items.filter((item) => item.outcome?.status === 'duplicate' && item.state === 'done').length;
  if (here) parts.push(t('{n} copy left out¦{n} copies left out', { n: here }));
  if (failed) parts.push(t('{n} failed¦{n} failed^files', { n: failed }));
  return parts.join(', ') || t('Nothing added');
}

function Line({ item }: { item: UploadItem }) {
  const { state, outcome, error } = item;
  const id = outcome?.status === 'imported' ? outcome.id : outcome?.verdict?.of;
  return (
    <li className={`line ${state}`}>
      <LineIcon item={item} />
      <div className="line-text">
        <span className="ellipsis mono">{item.file.name || t('pasted picture')}</span>
        <span className="line-result">{resultWords(item)}{(error?.hint || outcome?.error?.hint) && <span> {error ? known(error.hint) : outcome?.error?.hint}</span>}</span>
      </div>
      {state === 'sending' && <span className="small muted numbers">{Math.round(item.share * 100)} %</span>}
      {state === 'asking' && <button type="button" className="button small-button primary" onClick={() => askAbout(item.key)}>{t('Decide')}</button>}
      {state === 'done' && id !== undefined && id > 0 && <Link className="button small-button plain" to={{ view: 'photo', id }}>{t('Show')}</Link>}
      {state === 'done' && outcome?.status === 'imported' && !outcome.replaced && (
        <IconButton icon={Undo2} label={t('Undo adding {name}', { name: item.file.name })} onClick={() => void undoUpload(item)} />
      )}
      {state === 'failed' && AGAIN.includes(error?.code ?? outcome?.error?.code ?? '') && <IconButton icon={RotateCcw} label={t('Try {name} again', { name: item.file.name })} onClick={() => retryUpload(item)} />}
      {(state === 'waiting' || state === 'sending') && <IconButton icon={X} label={t('Stop {name}', { name: item.file.name })} onClick={() => stopUpload(item)} />}
    </li>
  );
}

function resultWords({ state, outcome, error }: UploadItem): string {
  switch (state) {
    case 'waiting': return t('Waiting');
    case 'sending': return t('On its way');
    case 'checking': return t('Looking for copies');
    case 'asking': return sentence(outcome?.verdict?.sentence ?? t('A copy is here'));
    case 'undone': return t('Taken out again');
    case 'failed': return error ? known(error.message) : (outcome ? outcomeWords(outcome) : t('It did not work'));
    case 'done': return outcome?.status === 'imported' && currentSite()?.add_waits ? t('Added; it waits for approval') : outcome ? outcomeWords(outcome) : t('Done');
  }
}

function LineIcon({ item: { state, outcome } }: { item: UploadItem }) {
  if (state === 'failed') return <CircleAlert className="tone-bad" size={18} aria-label={t('Failed')} />;
  if (state === 'asking') return <CircleHelp className="tone-altered" size={18} aria-label={t('A question')} />;
  if (state === 'done') return <CircleCheck className={outcome?.status === 'imported' ? 'tone-same' : 'muted'} size={18} aria-label={t('Done')} />;
  if (state === 'undone') return <Undo2 className="muted" size={18} aria-label={t('Undone')} />;
  return <LoaderCircle className={state === 'waiting' ? 'muted' : 'turning muted'} size={18} aria-label={t('Running')} />;
}
