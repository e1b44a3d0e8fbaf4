import { Undo2 } from 'lucide-react';
import { useState } from 'react';
import { getImage, type ImageDetail } from '../../api/client';
import { historyOf, undoEdit, type PastEdit } from '../../api/editing';
import { changeWords } from '../../lib/history';
import { t } from '../../lib/texts';
import { exactTime, relativeTime } from '../../lib/time';
import { asOwnChange } from '../../state/library';
import { say, sayError } from '../../state/toasts';
import { ErrorNote } from '../Note';
import { useLoaded } from '../useLoaded';

// Who changed what and when, with the way back. Asked for when it is opened.
export function History({ detail, mayUndo, onChange }: { detail: ImageDetail; mayUndo: boolean; onChange: (detail: ImageDetail) => void }) {
  const [open, setOpen] = useState(false);
  return (
    <section>
      <details className="history" onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary><h3>{t('History')}</h3></summary>
        {open && <Edits detail={detail} mayUndo={mayUndo} onChange={onChange} />}
      </details>
    </section>
  );
}

function Edits({ detail, mayUndo, onChange }: { detail: ImageDetail; mayUndo: boolean; onChange: (detail: ImageDetail) => void }) {
  const { id } = detail;
  const { value, error, again } = useLoaded(() => historyOf(id), JSON.stringify([id, detail.title, detail.description, detail.tags, detail.rating, detail.author, detail.visibility, detail.source_url]));
  const undo = async (edit: PastEdit) => {
    try {
      await asOwnChange(() => undoEdit(edit.id));
      onChange(await getImage(id));
      say(t('Undone'));
      again();
    } catch (reason) {
      sayError(reason);
    }
  };
  if (error) return <ErrorNote error={error} onRetry={again} />;
  if (value?.edits.length === 0) return <p className="small muted">{t('Nothing was changed since it was added.')}</p>;
  return (
    <ol className="history-list">
      {value?.edits.map((edit) => (
        <li key={edit.id} className={edit.undone ? 'undone' : ''}>
          <div>
            <p className="small muted"><time dateTime={edit.at} title={exactTime(edit.at)}>{relativeTime(edit.at)}</time> · {edit.user.name || t('the owner')}{edit.undone && ` · ${t('taken back')}`}</p>
            <ul className="small">{changeWords(edit.changes).map((line) => <li key={line}>{line}</li>)}</ul>
          </div>
          {mayUndo && !edit.undone && <button type="button" className="icon-button" aria-label={t('Undo this change')} title={t('Undo this change')} onClick={() => void undo(edit)}><Undo2 size={18} strokeWidth={1.75} aria-hidden /></button>}
        </li>
      ))}
    </ol>
  );
}
