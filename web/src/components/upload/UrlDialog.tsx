import { importFromUrl } from '../../api/albums';
import { asApiError } from '../../api/client';
import { t } from '../../lib/texts';
import { isCopy, outcomeWords, sentence } from '../../lib/words';
import { asOwnChange, loadLibrary } from '../../state/library';
import { go } from '../../state/router';
import { say } from '../../state/toasts';
import { Dialog } from '../Dialog';
import { Field, Form } from '../Form';

// A picture from a public address, which the server fetches.
export default function UrlDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title={t('Add from an address')} onClose={onClose} width={480}>
      <Form submit={t('Add')} onSubmit={async ({ url }) => {
        const outcome = await asOwnChange(() => importFromUrl(url!.trim(), 'skip'));
        if (outcome.status === 'failed' || outcome.status === 'rejected') throw asApiError(outcome.error);
        onClose();
        void loadLibrary();
        const copyOf = outcome.status === 'duplicate' && isCopy(outcome.verdict?.kind) ? outcome.verdict?.of : undefined;
        say(copyOf && outcome.verdict ? `${outcomeWords(outcome)}. ${sentence(outcome.verdict.sentence)}` : outcomeWords(outcome));
        const id = copyOf ?? outcome.id;
        if (id) go({ view: 'photo', id });
      }}>
        <Field label={t('Address of the picture')} name="url" type="url" required data-autofocus placeholder="https://" autoComplete="off" hint={t('The server fetches it; a copy of what is here is not added.')} />
      </Form>
    </Dialog>
  );
}
