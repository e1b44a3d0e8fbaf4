import type { Album, AlbumEdit, NewAlbum } from '../../api/albums';
import { t } from '../../lib/texts';
import { VISIBILITIES, VISIBILITY_WORDS } from '../../lib/visibility';
import { Dialog } from '../Dialog';
import { Choice, Field, Form } from '../Form';
import { Link } from '../Link';
import { Rich } from '../Rich';

interface Props {
  album?: Album;  // absent: a new one
  smart: boolean;
  expression?: string;
  onSave: (values: NewAlbum & AlbumEdit) => Promise<void>;
  onClose: () => void;
}

export function AlbumForm({ album, smart, expression = '', onSave, onClose }: Props) {
  return (
    <Dialog title={album ? t('Edit the album') : smart ? t('New smart album') : t('New album')} onClose={onClose} width={480}>
      <Form submit={album ? t('Save') : t('Make the album')} onSubmit={(values) => onSave({
        name: values.name!.trim(), description: values.description!.trim(), visibility: values.visibility as Album['visibility'],
        ...(smart ? { expression: values.expression!.trim() } : {}),
      })}>
        <Field label={t('Name')} name="name" required maxLength={200} data-autofocus defaultValue={album?.name} autoComplete="off" />
        {smart && (
          <Field label={t('Expression')} name="expression" required spellCheck={false} autoCapitalize="none" className="field mono" defaultValue={album?.expression ?? expression} placeholder="sea, date:2025"
            hint={<Rich text="The album holds whatever this finds, new photos too. <a>How to write it</a>" parts={{ a: (words) => <Link to={{ view: 'help', of: 'search' }}>{words}</Link> }} />} />
        )}
        <div className="form-field">
          <label htmlFor="album-description">{t('Description')}</label>
          <textarea id="album-description" name="description" className="field" rows={2} defaultValue={album?.description} />
        </div>
        <Choice label={t('Who sees it')} name="visibility" defaultValue={album?.visibility ?? 'private'} options={VISIBILITIES.map((one) => [one, `${t(VISIBILITY_WORDS[one][0])}: ${t(VISIBILITY_WORDS[one][1])}`])} />
      </Form>
    </Dialog>
  );
}
