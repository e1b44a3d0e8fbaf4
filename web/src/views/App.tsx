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
import { chooseFiles, help, useHelp } from '../state/shell';
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
const LostView = lazy(() => import('./LostView'));
const HelpSheet = lazy(() => import('../components/shell/HelpSheet'));
const DuplicateDialog = lazy(() => import('../components/upload/DuplicateDialog'));

const TITLES: Partial<Record<Route['view'], PlainText>> = {
  find: 'Find a picture', lucky: 'I’m lucky', duplicates: 'Duplicates', compare: 'Compare', tags: 'Tags', stats: 'Statistics', about: 'About', trash: 'Trash', lost: 'Not found',
};

function View({ route }: { route: Route }) {
  switch (route.view) {
    case 'gallery': return <GalleryView tag={route.tag} />;
    case 'search': return <SearchView key={route.q} q={route.q} />;
    case 'trash': return <GalleryView tag="" trash />;
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
  const photo = route.view === 'photo' ? route.id : 0;
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
      </Suspense>
      <Tray />
      <Toasts />
      <DropZone />
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
    u: () => chooseFiles(true, addFiles),
    g: () => { waiting.current = performance.now(); },
    d: second({ view: 'duplicates' }),
    f: second(findRoute()),
    l: second(luckyRoute()),
    h: second({ view: 'gallery', tag: '' }),
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
