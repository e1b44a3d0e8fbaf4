import { Undo2 } from 'lucide-react';
import { restoreImage } from '../../api/editing';
import { t } from '../../lib/texts';
import { asOwnChange, loadLibrary } from '../../state/library';
import { leavePhoto } from '../../state/router';
import { say, sayError } from '../../state/toasts';

// A photo in the trash, and the way back.
export function RestoreNote({ id }: { id: number }) {
  const restore = async () => {
    try {
      await asOwnChange(() => restoreImage(id));
      await loadLibrary();
      say(t('It is back in the gallery.'));
      leavePhoto();
    } catch (error) {
      sayError(error);
    }
  };
  return (
    <section className="restore">
      <p className="small">{t('In the trash.')}</p>
      <button type="button" className="button small-button" onClick={() => void restore()}><Undo2 size={16} aria-hidden />{t('Restore')}</button>
    </section>
  );
}
