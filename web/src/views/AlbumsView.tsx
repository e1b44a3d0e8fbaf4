import { EyeOff, FolderPlus, Images, Lock, Sparkles } from 'lucide-react';
import { useState } from 'react';
import { createAlbum, listAlbums, type Album } from '../api/albums';
import { AlbumForm } from '../components/albums/AlbumForm';
import { Link } from '../components/Link';
import { ErrorNote, Note } from '../components/Note';
import { Picture } from '../components/Picture';
import { useLoaded } from '../components/useLoaded';
import { photos } from '../lib/format';
import { t } from '../lib/texts';
import { go } from '../state/router';
import { useMay } from '../state/site';
import '../components/albums/albums.css';

export default function AlbumsView() {
  const { value, error, again } = useLoaded(() => listAlbums());
  const [making, setMaking] = useState<'' | 'plain' | 'smart'>('');
  const collects = useMay('collect');
  const albums = value?.albums;
  const make = collects && (
    <>
      <button type="button" className="button primary" onClick={() => setMaking('plain')}><FolderPlus size={18} aria-hidden />{t('New album')}</button>
      <button type="button" className="button" onClick={() => setMaking('smart')}><Sparkles size={18} aria-hidden />{t('New smart album')}</button>
    </>
  );
  return (
    <div className="page">
      <header className="page-head album-page-head"><h1>{t('Albums')}</h1>{albums && albums.length > 0 && <span className="form-end">{make}</span>}</header>
      {error && <ErrorNote error={error} onRetry={again} />}
      {!albums && !error && <div className="album-cards late" role="status" aria-label={t('Loading')}>{[0, 1, 2, 3].map((i) => <span key={i} className="skeleton album-cover" />)}</div>}
      {albums?.length === 0 && (
        <Note icon={Images} title={t('No albums yet')} actions={make || <Link className="button" to={{ view: 'gallery', tag: '' }}>{t('All photos')}</Link>}>
          {collects ? t('An album holds the photos you choose; a smart one holds whatever an expression finds.') : t('Nobody has made a public album here.')}
        </Note>
      )}
      {albums && albums.length > 0 && <ul className="album-cards">{albums.map((album) => <li key={album.id}><Card album={album} /></li>)}</ul>}
      {making && (
        <AlbumForm smart={making === 'smart'} onClose={() => setMaking('')} onSave={async (values) => {
          const album = await createAlbum(values);
          setMaking('');
          go({ view: 'album', id: album.id });
        }} />
      )}
    </div>
  );
}

function Card({ album }: { album: Album }) {
  return (
    <Link className="album-card" to={{ view: 'album', id: album.id }}>
      <span className="album-cover">{album.cover_id ? <Picture id={album.cover_id} alt="" size="preview" lazy /> : <Images size={40} strokeWidth={1.25} aria-hidden />}</span>
      <span>
        <h2>
          <span className="ellipsis">{album.name}</span>
          {album.smart && <Sparkles size={14} aria-label={t('Smart album')} />}
          {album.visibility === 'private' && <Lock size={14} aria-label={t('Private')} />}
          {album.visibility === 'unlisted' && <EyeOff size={14} aria-label={t('Unlisted')} />}
        </h2>
        <span className="muted small numbers">{[photos(album.count), album.editable ? '' : album.owner.name].filter(Boolean).join(' · ')}</span>
      </span>
    </Link>
  );
}
