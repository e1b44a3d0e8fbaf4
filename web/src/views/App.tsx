import * as Tooltip from '@radix-ui/react-tooltip';
import { Component, lazy, Suspense, useEffect, useRef, type ReactNode } from 'react';
import { ApiError } from '../api/client';
import { ErrorNote } from '../components/Note';
import { Bar } from '../components/shell/Bar';
import { DropZone } from '../components/shell/DropZone';
import { Toasts } from '../components/shell/Toasts';
import { Tray } from '../components/upload/Tray';
import { findRoute, luckyRoute, type Route } from '../lib/route';
import { t, type PlainText } from '../lib/texts';
import { useKeys } from '../state/keys';
import { useLanguage } from '../state/language';
import { go, usePlace } from '../state/router';
import { addingUrl, chooseFiles, help, useHelp } from '../state/shell';
import { may, useMay } from '../state/site';
import { useStore } from '../state/store';
import { addFiles, useUploads } from '../state/uploads';
import GalleryView from './GalleryView';

const SearchView = lazy(() => import('./SearchView'));
const PhotoView = lazy(() => import('./PhotoView'));
const FindView = lazy(() => import('./FindView'));
const LuckyView = lazy(() => import('./LuckyView'));
const ReviewView = lazy(() => import('./ReviewView'));
const CompareView = lazy(() => import('./CompareView'));
const TagsView = lazy(() => import('./TagsView'));
const StatsView = lazy(() => import('./StatsView'));
const AboutView = lazy(() => import('./AboutView'));
const EntryView = lazy(() => import('./EntryView'));
const AccountView = lazy(() => import('./AccountView'));
const AdminView = lazy(() => import('./AdminView'));
const ModerationView = lazy(() => import('./ModerationView'));
const ListViews = lazy(() => import('./ListViews'));
const SlideshowView = lazy(() => import('./SlideshowView'));
const AlbumsView = lazy(() => import('./AlbumsView'));
const AlbumView = lazy(() => import('./AlbumView'));
const ShareView = lazy(() => import('./ShareView'));
const SearchHelpView = lazy(() => import('./SearchHelpView'));
const ApiHelpView = lazy(() => import('./ApiHelpView'));
const LostView = lazy(() => import('./LostView'));
const HelpSheet = lazy(() => import('../components/shell/HelpSheet'));
const DuplicateDialog = lazy(() => import('../components/upload/DuplicateDialog'));
const UrlDialog = lazy(() => import('../components/upload/UrlDialog'));

const TITLES: Partial<Record<Route['view'], PlainText>> = {
  find: 'Find a picture', lucky: 'I’m lucky', duplicates: 'Duplicates', compare: 'Compare', tags: 'Tags', stats: 'Statistics', about: 'About', trash: 'Trash', lost: 'Not found',
  login: 'Log in', signup: 'Make an account', forgot: 'Forgotten the password?', reset: 'A new password', setup: 'Set up the gallery', account: 'Your account', admin: 'Administration',
  moderation: 'Waiting for approval', albums: 'Albums', favourites: 'Favourites', slideshow: 'Slideshow', similar: 'Similar photos', help: 'Help', share: 'A shared album',
};

function View({ route }: { route: Route }) {
  switch (route.view) {
    case 'gallery': return <GalleryView tag={route.tag} />;
    case 'search': return <SearchView key={route.q} q={route.q} />;
    case 'show': case 'similar': case 'favourites': case 'trash': return <ListViews route={route as Parameters<typeof ListViews>[0]['route']} />;
    case 'slideshow': return <SlideshowView key={`${route.q} ${route.album}`} q={route.q} album={route.album} />;
    case 'albums': return <AlbumsView />;
    case 'album': return <AlbumView key={route.id} id={route.id} />;
    case 'shared': return <AlbumView key={route.id} id={route.id} shared />;
    case 'share': return <ShareView token={route.token} />;
    case 'help': return route.of === 'api' ? <ApiHelpView /> : <SearchHelpView />;
    case 'login': case 'signup': case 'forgot': case 'confirm': case 'reset': case 'setup': return <EntryView key={route.view} kind={route.view} />;
    case 'account': return <AccountView />;
    case 'admin': return <AdminView />;
    case 'moderation': return <ModerationView />;
    case 'find': return <FindView question={route} />;
    case 'lucky': return <LuckyView id={route.id} own={route.own} />;
    case 'duplicates': return <ReviewView />;
    case 'compare': return <CompareView a={route.a} b={route.b} />;
    case 'tags': return <TagsView />;
    case 'stats': return <StatsView />;
    case 'about': return <AboutView />;
    default: return <LostView />;
  }
}

// Another language draws everything anew.
export function App() {
  return <Page key={useLanguage()} />;
}

function Page() {
  const { route, under } = usePlace();
  const asking = useUploads((state) => state.asking);
  const showHelp = useHelp();
  const addUrl = useStore(addingUrl);
  const photo = route.view === 'photo' ? route.id : 0;
  const mayAdd = useMay('add');
  useEffect(() => {
    const title = under.view === 'gallery' && under.tag ? under.tag : under.view === 'search' ? under.q : t(TITLES[under.view] ?? 'All photos');
    if (!photo) document.title = under.view === 'gallery' && !under.tag ? 'Likeness' : `${title} · Likeness`;
  }, [under, photo]);
  useGlobalKeys();
  return (
    <Tooltip.Provider delayDuration={400} skipDelayDuration={200}>
      <a className="skip-link" href="#main">{t('Skip to the photos')}</a>
      <div className="under" inert={photo > 0}>
        <Bar route={under} />
        <main id="main" tabIndex={-1}>
          <Guard key={under.view}><Suspense fallback={null}><View route={under} /></Suspense></Guard>
        </main>
      </div>
      <Suspense fallback={null}>
        {photo > 0 && <Guard key="photo"><PhotoView id={photo} /></Guard>}
        {asking > 0 && <DuplicateDialog itemKey={asking} key={asking} />}
        {showHelp && <HelpSheet />}
        {addUrl && <UrlDialog onClose={() => addingUrl.set(false)} />}
      </Suspense>
      <Tray />
      <Toasts />
      {(mayAdd || under.view === 'find' || under.view === 'lucky' || under.view === 'compare') && <DropZone mayAdd={mayAdd} />}
    </Tooltip.Provider>
  );
}

function useGlobalKeys() {
  const waiting = useRef(0);
  const second = (route: Route) => () => {
    if (performance.now() - waiting.current > 1200) return false;
    waiting.current = 0;
    go(route);
  };
  useKeys({
    '?': () => help.set(true),
    u: () => (may('add') ? chooseFiles(true, addFiles) : false),
    g: () => { waiting.current = performance.now(); },
    d: second({ view: 'duplicates' }),
    f: second(findRoute()),
    l: second(luckyRoute()),
    h: second({ view: 'gallery', tag: '' }),
    a: second({ view: 'albums' }),
  });
}

// A part of the page that could not be loaded or drawn says so instead of taking the page with it.
class Guard extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };
  static getDerivedStateFromError() {
    return { failed: true };
  }
  override render() {
    if (!this.state.failed) return this.props.children;
    const error = new ApiError('internal', t('This part of the page could not be shown.'), t('Reload the page; if Likeness was just updated, that is all it needs.'));
    return <div className="page"><ErrorNote error={error} onRetry={() => location.reload()} /></div>;
  }
}
