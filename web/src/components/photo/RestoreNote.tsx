import { Undo2 } from 'lucide-react';
import { listDecisions, undoDecision } from '../../api/client';
import { asOwnChange, loadLibrary } from '../../state/library';
import { leavePhoto } from '../../state/router';
import { say, sayError } from '../../state/toasts';

// A photo in the trash comes back by undoing the decision that put it there.
export function RestoreNote({ id }: { id: number }) {
  const restore = async () => {
    try {
      const { decisions } = await listDecisions();
      const decision = decisions.find((one) => one.kind === 'duplicate' && one.b === id && !one.undone);
      if (!decision) {
        say('No decision put it there, so there is none to undo.');
        return;
      }
      await asOwnChange(() => undoDecision(decision.id));
      await loadLibrary();
      say('It is back in the gallery.');
      leavePhoto();
    } catch (error) {
      sayError(error);
    }
  };
  return (
    <section className="restore">
      <p className="small">In the trash: you kept another copy of it.</p>
      <button type="button" className="button small-button" onClick={() => void restore()}><Undo2 size={16} aria-hidden />Bring it back</button>
    </section>
  );
}
