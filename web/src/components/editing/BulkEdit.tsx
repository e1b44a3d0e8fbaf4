import { photos } from '../../lib/format';
import { t } from '../../lib/texts';
import { VISIBILITIES, VISIBILITY_WORDS } from '../../lib/visibility';
import type { ImageEdit } from '../../api/client';
import { editAll } from '../../state/edits';
import { Dialog } from '../Dialog';
import { Choice, Field, Form } from '../Form';

const listOf = (text: string | undefined) => (text ?? '').split(',').map((tag) => tag.trim()).filter(Boolean);

// The same change for all chosen photos; what is left empty stays as it is.
export default function BulkEdit({ ids, onClose }: { ids: readonly number[]; onClose: () => void }) {
  return (
    <Dialog title={t('Edit {what}', { what: photos(ids.length) })} onClose={onClose} width={480}>
      <Form submit={t('Save')} more={<span className="muted small">{t('What is left empty stays as it is.')}</span>} onSubmit={async (values) => {
        const edit: ImageEdit = {};
        const [add, remove] = [listOf(values.add), listOf(values.remove)];
        if (add.length) edit.tags_add = add;
        if (remove.length) edit.tags_remove = remove;
        if (values.author!.trim()) edit.author = values.author!.trim();
        if (values.visibility) edit.visibility = values.visibility as ImageEdit['visibility'];
        if (Object.keys(edit).length === 0 || (await editAll(ids, edit))) onClose();
      }}>
        <Field label={t('Tags to add')} name="add" data-autofocus placeholder={t('sea, winter')} autoComplete="off" autoCapitalize="none" hint={t('Separated by commas.')} />
        <Field label={t('Tags to remove')} name="remove" autoComplete="off" autoCapitalize="none" />
        <Field label={t('Author')} name="author" autoComplete="off" />
        <Choice label={t('Who sees them')} name="visibility" defaultValue="" options={[['', t('As it is')], ...VISIBILITIES.map((one) => [one, `${t(VISIBILITY_WORDS[one][0])}: ${t(VISIBILITY_WORDS[one][1])}`] as const)]} />
      </Form>
    </Dialog>
  );
}
