import { Columns2, Download, Tag, Trash2, X } from 'lucide-react';
import { useState } from 'react';
import { deleteImage, downloadUrl, editImage } from '../../api/client';
import { t } from '../../lib/texts';
import { useKeys } from '../../state/keys';
import { asOwnChange, dropFromLayout, keepDetails } from '../../state/library';
import { go } from '../../state/router';
import { clearSelection, useSelection } from '../../state/selection';
import { say, sayError } from '../../state/toasts';
import { Dialog } from '../Dialog';
import { IconButton } from '../IconButton';

// What can be done with the chosen photos.
export function SelectionBar({ active }: { active: boolean }) {
  const selected = useSelection();
  const [mode, setMode] = useState<'' | 'tag' | 'delete'>('');
  const [busy, setBusy] = useState(false);
  const ids = [...selected];
  const compare = () => {
    if (ids.length !== 2) return false;
    clearSelection();
    go({ view: 'compare', a: ids[0]!, b: ids[1]! });
  };
  useKeys({ t: () => setMode('tag'), c: compare, Delete: () => setMode('delete') }, { active: active && ids.length > 0 });
  if (ids.length === 0) return null;

  const addTag = async (tag: string) => {
    setMode('');
    if (!tag) return;
    let done = 0;
    for (const id of ids) {
      try {
        keepDetails([await asOwnChange(() => editImage(id, { tags_add: [tag] }))]);
        done++;
      } catch (error) {
        sayError(error);
        break;
      }
    }
    if (done) say(t('Tagged {n} photo “{tag}”¦Tagged {n} photos “{tag}”', { n: done, tag }));
  };
  const removeAll = async () => {
    setBusy(true);
    const gone = new Set<number>();
    for (const id of ids) {
      try {
        await asOwnChange(() => deleteImage(id));
        gone.add(id);
      } catch (error) {
        sayError(error);
        break;
      }
    }
    dropFromLayout(gone);
    clearSelection();
    setBusy(false);
    setMode('');
    if (gone.size) say(`Deleted ${gone.size}`);
  };
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
        <form onSubmit={(event) => { event.preventDefault(); void addTag(String(new FormData(event.currentTarget).get('tag') ?? '').trim()); }}>
          <input className="field" name="tag" aria-label={t('Tag to add')} placeholder={t('Tag to add, then Enter')} autoFocus autoComplete="off"
            onKeyDown={(event) => event.key === 'Escape' && setMode('')} onBlur={() => setMode('')} />
        </form>
      ) : (
        <>
          <IconButton icon={Tag} label={t('Add a tag')} shortcut="t" onClick={() => setMode('tag')} />
          <IconButton icon={Columns2} label={t('Compare two')} shortcut="c" disabled={ids.length !== 2} onClick={compare} />
          <IconButton icon={Download} label={t('Download')} onClick={download} />
          <IconButton icon={Trash2} label={t('Delete')} onClick={() => setMode('delete')} />
        </>
      )}
      <IconButton icon={X} label={t('Clear the selection')} shortcut="Esc" onClick={clearSelection} />
      {mode === 'delete' && (
        <Dialog title={`Delete ${ids.length} for good?`} onClose={() => setMode('')} width={440}>
          <p>The files leave the library and every index. This cannot be undone.</p>
          <div className="dialog-actions">
            <button type="button" className="button" data-autofocus onClick={() => setMode('')}>Keep {ids.length === 1 ? 'it' : 'them'}</button>
            <button type="button" className="button bad" disabled={busy} onClick={() => void removeAll()}>Delete for good</button>
          </div>
        </Dialog>
      )}
    </section>
  );
}
