import { Star } from 'lucide-react';
import type { ImageDetail, ImageEdit } from '../../api/client';
import { t } from '../../lib/texts';
import { VISIBILITIES, VISIBILITY_WORDS } from '../../lib/visibility';
import { editOne } from '../../state/edits';
import { Choice, Field, Form } from '../Form';

// What a person may write about one photo. Only what was changed is sent.
export function EditForm({ detail, onChange, onClose }: { detail: ImageDetail; onChange: (detail: ImageDetail) => void; onClose: () => void }) {
  const rating = Math.max(0, detail.rating ?? 0);
  return (
    <section className="edit" aria-label={t('Edit')}>
      <Form submit={t('Save')} more={<button type="button" className="button plain" onClick={onClose}>{t('Cancel')}</button>} onSubmit={async (values) => {
        const edit: ImageEdit = {};
        const differs = (now: string | undefined, before: string | undefined) => now !== undefined && now.trim() !== (before ?? '');
        if (differs(values.title, detail.title)) edit.title = values.title!.trim();
        if (differs(values.description, detail.description)) edit.description = values.description!.trim();
        if (differs(values.source, detail.source_url)) edit.source_url = values.source!.trim();
        if (differs(values.author, detail.author)) edit.author = values.author!.trim();
        if (Number(values.rating) !== rating) edit.rating = Number(values.rating);
        if (detail.visibility && values.visibility !== detail.visibility) edit.visibility = values.visibility as ImageEdit['visibility'];
        if (Object.keys(edit).length) onChange(await editOne(detail.id, edit, onChange));
        onClose();
      }}>
        <Field label={t('Title')} name="title" defaultValue={detail.title} autoFocus autoComplete="off" />
        <div className="form-field">
          <label htmlFor="edit-description">{t('Description')}</label>
          <textarea id="edit-description" name="description" className="field" rows={3} defaultValue={detail.description} />
        </div>
        <Field label={t('Author')} name="author" defaultValue={detail.author} autoComplete="off" />
        <Field label={t('Source')} name="source" type="url" defaultValue={detail.source_url} placeholder="https://" autoComplete="off" />
        <fieldset className="plain-group stars">
          <legend className="form-legend">{t('Rating')}</legend>
          {[0, 1, 2, 3, 4, 5].map((n) => (
            <label key={n} title={n ? t('{n} star¦{n} stars', { n }) : t('None')}>
              <input type="radio" name="rating" value={n} defaultChecked={rating === n} aria-label={n ? t('{n} star¦{n} stars', { n }) : t('None')} />
              {n ? <Star size={20} strokeWidth={1.75} aria-hidden /> : <span aria-hidden>–</span>}
            </label>
          ))}
        </fieldset>
        {detail.visibility && (
          <Choice label={t('Who sees it')} name="visibility" defaultValue={detail.visibility} options={VISIBILITIES.map((one) => [one, `${t(VISIBILITY_WORDS[one][0])}: ${t(VISIBILITY_WORDS[one][1])}`])} />
        )}
      </Form>
    </section>
  );
}
