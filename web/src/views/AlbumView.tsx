import { Images, Pencil, Presentation, Share2, Sparkles, Trash2 } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { deleteAlbum, editAlbum, getAlbum, getShared, listAlbumImages, listSharedImages, type Album } from '../api/albums';
import { AlbumForm } from '../components/albums/AlbumForm';
import { Dialog } from '../components/Dialog';
import { Link } from '../components/Link';
import { PagedGrid } from '../components/lists/PagedGrid';
import { ErrorNote, Note } from '../components/Note';
import { useLoaded } from '../components/useLoaded';
import { photos } from '../lib/format';
import { t } from '../lib/texts';
import { VISIBILITY_WORDS } from '../lib/visibility';
import { usePaged } from '../state/paged';
import { go } from '../state/router';
import { say, sayError } from '../state/toasts';
import { useSelection } from '../state/selection';
import '../components/albums/albums.css';
import './settings.css';

const ShareDialog = lazy(() => import('../components/albums/ShareDialog'));

// One album; `shared`: by a link that was opened in this browser.
export default function AlbumView({ id, shared = false }: { id: number; shared?: boolean }) {
  const { value: album, error, set, again } = useLoaded(() => (shared ? getShared(id) : getAlbum(id)), `${id} ${shared}`);
  const paged = usePaged(`album ${id} ${shared} ${album?.expression ?? ''}`, (cursor, signal) => (shared ? listSharedImages : listAlbumImages)(id, cursor, signal));
  const [dialog, setDialog] = useState<'' | 'edit' | 'share' | 'delete'>('');
  if (error) {
    return <div className="page"><ErrorNote error={error} onRetry={again} more={<Link className="button" to={{ view: 'albums' }}>{t('Albums')}</Link>} /></div>;
  }
  if (!album) return <div className="page" role="status" aria-label={t('Loading')} />;
  const editable = album.editable && !shared;
  const empty = (
    <Note icon={Images} title={t('Nothing in this album')} actions={<Link className="button" to={{ view: 'gallery', tag: '' }}>{t('All photos')}</Link>}>
      {album.smart ? t('Its expression finds nothing now; new photos come in by themselves.') : editable ? t('Choose photos with x, then press a to add them to an album.') : t('Or nothing in it is for you.')}
    </Note>
  );
  return (
    <>
      <PagedGrid title={album.name} paged={paged} walk={t('in “{album}”', { album: album.name })} empty={empty} kind={shared ? 'shared' : 'album'} album={editable && !album.smart ? id : 0}
        head={<Head album={album} count={paged.list?.total ?? album.count} shared={shared} editable={editable} onDialog={setDialog} onChange={set} />} />
      {dialog === 'edit' && <AlbumForm album={album} smart={album.smart} onClose={() => setDialog('')} onSave={async (values) => { set(await editAlbum(id, values)); setDialog(''); }} />}
      {dialog === 'share' && <Suspense fallback={null}><ShareDialog album={id} name={album.name} onClose={() => setDialog('')} /></Suspense>}
      {dialog === 'delete' && (
        <Dialog title={t('Delete the album “{album}”?', { album: album.name })} onClose={() => setDialog('')} width={440}>
          <p>{t('Its links end. The photos stay.')}</p>
          <div className="dialog-actions">
            <button type="button" className="button" data-autofocus onClick={() => setDialog('')}>{t('Cancel')}</button>
            <button type="button" className="button bad" onClick={() => void deleteAlbum(id).then(() => { say(t('The album is deleted')); go({ view: 'albums' }, { replace: true }); }, sayError)}>{t('Delete the album')}</button>
          </div>
        </Dialog>
      )}
    </>
  );
}

interface HeadProps {
  album: Album;
  count: number;
  shared: boolean;
  editable: boolean;
  onDialog: (dialog: 'edit' | 'share' | 'delete') => void;
  onChange: (album: Album) => void;
}

function Head({ album, count, shared, editable, onDialog, onChange }: HeadProps) {
  const chosen = [...useSelection()];
  const cover = () => editAlbum(album.id, { cover_id: chosen[0] }).then((next) => { onChange(next); say(t('It is the cover now')); }, sayError);
  return (
    <header className="album-head">
      <div className="album-head-line">
        <h1>{album.name}</h1>
        <div className="album-actions">
          {editable && chosen.length === 1 && <button type="button" className="button" onClick={() => void cover()}><Images size={16} aria-hidden />{t('Make it the cover')}</button>}
          {count > 0 && !shared && <Link className="button" to={{ view: 'slideshow', q: '', album: album.id }}><Presentation size={16} aria-hidden />{t('Slideshow')}</Link>}
          {editable && <button type="button" className="button" onClick={() => onDialog('share')}><Share2 size={16} aria-hidden />{t('Share')}</button>}
          {editable && <button type="button" className="button" onClick={() => onDialog('edit')}><Pencil size={16} aria-hidden />{t('Edit')}</button>}
          {editable && <button type="button" className="button bad" onClick={() => onDialog('delete')}><Trash2 size={16} aria-hidden />{t('Delete')}</button>}
        </div>
      </div>
      {album.description && <p>{album.description}</p>}
      <p className="album-facts">
        <span role="status">{photos(count)}</span>
        {album.owner.name && <span>{t('by {name}', { name: album.owner.name })}</span>}
        {!shared && <span>{t(VISIBILITY_WORDS[album.visibility][0])}</span>}
        {album.smart && <Link to={{ view: 'search', q: album.expression ?? '' }}><Sparkles size={14} aria-hidden className="inline-icon" /> <span className="mono">{album.expression}</span></Link>}
      </p>
    </header>
  );
}
