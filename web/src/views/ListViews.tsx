import { Heart, Images, Trash2 } from 'lucide-react';
import { findSimilar, listByIds, listImages } from '../api/client';
import { listFavourites } from '../api/albums';
import { Link } from '../components/Link';
import { PagedGrid } from '../components/lists/PagedGrid';
import { SimilarView } from '../components/lists/SimilarView';
import { Note } from '../components/Note';
import { t } from '../lib/texts';
import type { Route } from '../lib/route';
import { usePaged } from '../state/paged';

const AllPhotos = () => <Link className="button" to={{ view: 'gallery', tag: '' }}>{t('All photos')}</Link>;

// Lists that are nothing but lists: photos by their numbers, similar ones, favourites, the trash.
export default function ListViews({ route }: { route: Extract<Route, { view: 'show' | 'similar' }> | { view: 'favourites' | 'trash' } }) {
  switch (route.view) {
    case 'show': return <Show ids={'ids' in route ? route.ids : []} />;
    case 'similar': return 'by' in route ? <SimilarView key={`${route.id}-${route.by}`} id={route.id} by={route.by} ask={findSimilar} /> : null;
    case 'favourites': return <Favourites />;
    default: return <Trash />;
  }
}

function Show({ ids }: { ids: number[] }) {
  const paged = usePaged(`show ${ids.join()}`, () => listByIds(ids));
  return (
    <PagedGrid title={t('{n} chosen photo¦{n} chosen photos', { n: ids.length })} paged={paged} walk={t('of the chosen ones')}
      empty={<Note icon={Images} title={t('None of these photos is here')} actions={<AllPhotos />}>{t('They may have been deleted, or are not for everybody.')}</Note>} />
  );
}

function Favourites() {
  const paged = usePaged('favourites', listFavourites);
  return (
    <PagedGrid title={t('Favourites')} paged={paged} walk={t('of your favourites')} kind="favourites"
      empty={<Note icon={Heart} title={t('No favourites yet')} actions={<AllPhotos />}>{t('Open a photo and press s, or choose several and press s.')}</Note>} />
  );
}

function Trash() {
  const paged = usePaged('trash', (cursor, signal) => listImages({ trashed: true, cursor, limit: 200 }, { signal }));
  return (
    <PagedGrid title={t('Trash')} paged={paged} walk={t('in the trash')} kind="trash"
      empty={<Note icon={Trash2} title={t('The trash is empty')} actions={<AllPhotos />}>{t('What you delete waits here for a while, and so do copies that you decided against.')}</Note>} />
  );
}
