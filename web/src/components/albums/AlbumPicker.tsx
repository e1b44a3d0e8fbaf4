import { FolderPlus, Images } from 'lucide-react';
import { changeAlbum, createAlbum, listAlbums, type Album } from '../../api/albums';
import { photos } from '../../lib/format';
import { t } from '../../lib/texts';
import { go } from '../../state/router';
import { say, sayError } from '../../state/toasts';
import { Dialog } from '../Dialog';
import { Field, Form } from '../Form';
import { ErrorNote } from '../Note';
import { Picture } from '../Picture';
import { useLoaded } from '../useLoaded';
import './albums.css';

// Which album the chosen photos go into: one of one's own, or a new one.
export default function AlbumPicker({ ids, onClose }: { ids: readonly number[]; onClose: () => void }) {
  const { value, error, again } = useLoaded(() => listAlbums());
  const albums = value?.albums.filter(({ editable, smart }) => editable && !smart) ?? [];
  const put = async (album: Album) => {
    onClose();
    await changeAlbum(album.id, { add: [...ids] });
    say(t('Added to “{album}”: {what}', { album: album.name, what: photos(ids.length) }), { undo: () => changeAlbum(album.id, { remove: [...ids] }).then(() => undefined, sayError) });
  };
  return (
    <Dialog title={t('Add to an album')} onClose={onClose} width={440}>
      <Form submit={t('New album')} className="album-new" onSubmit={async ({ name }) => {
        const album = await createAlbum({ name: name!.trim(), visibility: 'private' });
        await put(album);
        go({ view: 'album', id: album.id });
      }}>
        <Field label={t('Name of a new album')} name="name" required maxLength={200} autoComplete="off" data-autofocus />
      </Form>
      {error && <ErrorNote error={error} onRetry={again} />}
      {albums.length > 0 && (
        <ul className="album-list">
          {albums.map((album) => (
            <li key={album.id}>
              <button type="button" onClick={() => void put(album).catch(sayError)}>
                <span className="album-thumb">{album.cover_id ? <Picture id={album.cover_id} alt="" lazy /> : <Images size={20} strokeWidth={1.5} aria-hidden />}</span>
                <span className="ellipsis">{album.name}</span><span className="muted small numbers">{photos(album.count)}</span><FolderPlus size={18} strokeWidth={1.75} aria-hidden />
              </button>
            </li>
          ))}
        </ul>
      )}
    </Dialog>
  );
}
