import { Columns2, Download, Eraser, FolderPlus, Heart, HeartOff, Pencil, RotateCcw, Tag, Trash2, X } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { downloadUrl } from '../../api/client';
import { photos } from '../../lib/format';
import { t } from '../../lib/texts';
import { useKeys } from '../../state/keys';
import { editAll, leaveAlbum, markAll, purgeAll, restoreAll, trashAll } from '../../state/edits';
import { go } from '../../state/router';
import { clearSelection, useSelection } from '../../state/selection';
import { useMay } from '../../state/site';
import { Dialog } from '../Dialog';
import { IconButton } from '../IconButton';

const BulkEdit = lazy(() => import('../editing/BulkEdit'));
const AlbumPicker = lazy(() => import('../albums/AlbumPicker'));

export type SelectionKind = 'list' | 'trash' | 'favourites' | 'album' | 'shared';
type Mode = '' | 'tag' | 'edit' | 'album' | 'trash' | 'forever';

interface Props {
  active: boolean;
  kind?: SelectionKind;
  album?: number;  // the album that is shown, where its pictures may be taken out
  onGone?: (ids: ReadonlySet<number>) => void;
}

// What can be done with the chosen photos, as far as whoever chose them may.
export function SelectionBar({ active, kind = 'list', album = 0, onGone }: Props) {
  const selected = useSelection();
  const [mode, setMode] = useState<Mode>('');
  const [busy, setBusy] = useState(false);
  const [mayEdit, mayCollect, mayPurge] = [useMay('edit'), useMay('collect'), useMay('manage')];
  const mayDelete = kind === 'trash' ? mayPurge : mayEdit && kind !== 'shared';
  const ids = [...selected];
  const inTrash = kind === 'trash';
  const edits = mayEdit && !inTrash && kind !== 'shared';
  const collects = mayCollect && !inTrash && kind !== 'shared';
  const run = async (work: () => Promise<ReadonlySet<number>>) => {
    setBusy(true);
    const gone = await work();
    onGone?.(gone);
    if (gone.size) clearSelection();
    setBusy(false);
    setMode('');
  };
  const compare = () => {
    if (ids.length !== 2) return false;
    clearSelection();
    go({ view: 'compare', a: ids[0]!, b: ids[1]! });
  };
  const mark = () => (collects ? void (kind === 'favourites' ? run(() => markAll(ids, false)) : markAll(ids, true)) : false);
  const when = (allowed: boolean, next: Mode) => () => (allowed ? setMode(next) : false);
  useKeys({
    t: when(edits, 'tag'), e: when(edits, 'edit'), a: when(collects, 'album'), s: mark, c: compare,
    Delete: when(mayDelete, inTrash ? 'forever' : 'trash'),
  }, { active: active && ids.length > 0 });
  if (ids.length === 0) return null;
  const close = () => setMode('');
  const download = () => {
    for (const id of ids) {
      const link = document.createElement('a');
      link.href = downloadUrl(id);
      link.download = '';
      link.click();
    }
  };
  return (
    <section className="selection-bar" aria-label={t('Selection')}>
      <output>{t('{n} selected¦{n} selected', { n: ids.length })}</output>
      {mode === 'tag' ? (
        <form onSubmit={(event) => {
          event.preventDefault();
          const tag = String(new FormData(event.currentTarget).get('tag') ?? '').trim();
          close();
          if (tag) void editAll(ids, { tags_add: [tag] });
        }}>
          <input className="field" name="tag" aria-label={t('Tag to add')} placeholder={t('Tag to add, then Enter')} autoFocus autoComplete="off"
            onKeyDown={(event) => event.key === 'Escape' && close()} onBlur={close} />
        </form>
      ) : (
        <>
          {edits && <IconButton icon={Tag} label={t('Add a tag')} shortcut="t" onClick={() => setMode('tag')} />}
          {edits && <IconButton icon={Pencil} label={t('Edit')} shortcut="e" onClick={() => setMode('edit')} />}
          {collects && <IconButton icon={FolderPlus} label={t('Add to an album')} shortcut="a" onClick={() => setMode('album')} />}
          {collects && <IconButton icon={kind === 'favourites' ? HeartOff : Heart} label={kind === 'favourites' ? t('No longer favourites') : t('Mark as favourites')} shortcut="s" onClick={mark} />}
          {album > 0 && <IconButton icon={Eraser} label={t('Take out of the album')} disabled={busy} onClick={() => void run(() => leaveAlbum(album, ids))} />}
          {!inTrash && <IconButton icon={Columns2} label={t('Compare two')} shortcut="c" disabled={ids.length !== 2} onClick={compare} />}
          <IconButton icon={Download} label={t('Download')} onClick={download} />
          {inTrash && mayEdit && <IconButton icon={RotateCcw} label={t('Restore')} disabled={busy} onClick={() => void run(() => restoreAll(ids))} />}
          {mayDelete && <IconButton icon={Trash2} label={inTrash ? t('Delete for good') : t('Into the trash')} onClick={() => setMode(inTrash ? 'forever' : 'trash')} />}
        </>
      )}
      <IconButton icon={X} label={t('Clear the selection')} shortcut="Esc" onClick={clearSelection} />
      <Suspense fallback={null}>
        {mode === 'edit' && <BulkEdit ids={ids} onClose={close} />}
        {mode === 'album' && <AlbumPicker ids={ids} onClose={close} />}
      </Suspense>
      {mode === 'trash' && (
        <Dialog title={t('Put {n} photo into the trash?¦Put {n} photos into the trash?', { n: ids.length })} onClose={close} width={440}>
          <p>{t('From there they can be brought back for a while.')}</p>
          <div className="dialog-actions">
            <button type="button" className="button" onClick={close}>{t('Cancel')}</button>
            <button type="button" className="button primary" data-autofocus disabled={busy} onClick={() => void run(() => trashAll(ids))}>{t('Into the trash')}</button>
          </div>
        </Dialog>
      )}
      {mode === 'forever' && (
        <Dialog title={t('Delete for good: {what}?', { what: photos(ids.length) })} onClose={close} width={440}>
          <p>{t('The files leave the library and every index. This cannot be undone.')}</p>
          <div className="dialog-actions">
            <button type="button" className="button" data-autofocus onClick={close}>{t('Cancel')}</button>
            <button type="button" className="button bad" disabled={busy} onClick={() => void run(() => purgeAll(ids))}>{t('Delete for good')}</button>
          </div>
        </Dialog>
      )}
    </section>
  );
}
