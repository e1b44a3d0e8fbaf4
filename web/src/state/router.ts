// Where we are. A photo opens over the view it was opened from: that view stays mounted as `under`, so its scroll position
// and its work survive. The browser's history holds both.
import { flushSync } from 'react-dom';
import { parseRoute, routeUrl, type Route } from '../lib/route';
import { createStore, useStore } from './store';

interface Entry {
  under?: string;  // the address below a photo
  back?: number;   // how many steps back it lies; absent where the photo was opened by its address
}

interface Place {
  route: Route;
  under: Route;  // equals route unless a photo is open
}

const GALLERY: Route = { view: 'gallery', tag: '' };
const entry = (): Entry => (history.state as Entry | null) ?? {};
const parse = (url: string): Route => {
  const { pathname, search } = new URL(url, location.origin);
  return parseRoute(pathname, search);
};

function here(): Place {
  const route = parseRoute(location.pathname, location.search);
  if (route.view !== 'photo') return { route, under: route };
  const { under } = entry();
  return { route, under: under ? parse(under) : GALLERY };
}

const place = createStore<Place>(here());
export const usePlace = (): Place => useStore(place);
export const currentPlace = (): Place => place.get();

const underUrl = (): string => {
  const { route, under } = place.get();
  return route.view === 'photo' ? routeUrl(under) : location.pathname + location.search;
};

// Views that follow each other keep their scroll in the entry's own key, restored by the view once it can scroll that far.
const scrolls = new Map<string, number>();
const scrollKey = () => location.pathname + location.search;
export const rememberedScroll = (): number => scrolls.get(scrollKey()) ?? 0;
const rememberScroll = () => place.get().route.view !== 'photo' && scrolls.set(scrollKey(), window.scrollY);

function update() {
  const before = place.get();
  const next = here();
  const sameUnder = routeUrl(before.under) === routeUrl(next.under);
  place.set(sameUnder ? { route: next.route, under: before.under } : next);
}

export function go(route: Route, { replace = false } = {}) {
  const url = routeUrl(route);
  const inPhoto = place.get().route.view === 'photo';
  const { back } = entry();
  const steps = !inPhoto ? 1 : back === undefined ? undefined : replace ? back : back + 1;
  const state: Entry = route.view === 'photo' ? { under: underUrl(), back: steps } : {};
  rememberScroll();
  if (replace) history.replaceState(state, '', url);
  else history.pushState(state, '', url);
  const leaving = routeUrl(place.get().under);
  update();
  if (route.view !== 'photo' && routeUrl(place.get().under) !== leaving) {
    scrolls.delete(scrollKey());
    window.scrollTo(0, 0);
  }
}

// Out of a photo to what lies beneath; by history where we came that way, so that the browser's own Back agrees.
export function leavePhoto() {
  const { route, under } = place.get();
  if (route.view !== 'photo') return;
  const { back } = entry();
  if (back) history.go(-back);
  else withTransition(route.id, () => go(under, { replace: true }));
}

// Runs a change of place as the tile of photo `id` growing into the open picture or back, where the browser can and the
// person wants motion. The open picture carries the same transition name in photo.css.
export function withTransition(id: number, change: () => void) {
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  if (!document.startViewTransition || still || document.hidden) {
    change();
    return;
  }
  const name = (value: string) => {
    const tile = document.querySelector<HTMLElement>(`[data-tile="${id}"]`);
    if (tile) tile.style.viewTransitionName = value;
  };
  const opening = place.get().route.view !== 'photo';
  if (opening) name('photo');
  const transition = document.startViewTransition(() => {
    if (opening) name('');
    flushSync(change);
    if (!opening) name('photo');
  });
  transition.finished.catch(() => undefined).finally(() => name(''));
  transition.ready.catch(() => undefined);
}

history.scrollRestoration = 'manual';
window.addEventListener('popstate', () => {
  const { route } = place.get();
  if (route.view === 'photo' && here().route.view !== 'photo') withTransition(route.id, update);
  else update();
});
window.addEventListener('pagehide', rememberScroll);
window.addEventListener('scroll', rememberScroll, { passive: true });

// Plain left clicks stay in the page; everything else (new tab, download) is the browser's.
export const isPlainClick = (event: { button: number; metaKey: boolean; ctrlKey: boolean; shiftKey: boolean; altKey: boolean; defaultPrevented: boolean }) =>
  event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey && !event.defaultPrevented;
