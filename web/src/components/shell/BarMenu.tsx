import * as Menu from '@radix-ui/react-dropdown-menu';
import {
  BarChart3, CircleHelp, CircleUserRound, Columns2, Copy, Dices, FolderHeart, Heart, Images, Inbox, Info, Keyboard, Languages, Link2, LogIn, LogOut, MenuIcon, Monitor, Moon, Presentation,
  ScanSearch, Sun, Tags, Trash2, Upload, Users,
} from 'lucide-react';
import type { LucideIcon } from 'lucide-react';
import { useState } from 'react';
import { logOut, type May } from '../../api/people';
import { findRoute, luckyRoute, routeUrl, type Route } from '../../lib/route';
import { t, type Language, type PlainText } from '../../lib/texts';
import { setLanguage, useLanguage } from '../../state/language';
import { loadLibrary } from '../../state/library';
import { go, isPlainClick } from '../../state/router';
import { addingUrl, chooseFiles, help } from '../../state/shell';
import { loadSite, useSite } from '../../state/site';
import { setTheme, useTheme, type Theme } from '../../state/theme';
import { sayError } from '../../state/toasts';
import { addFiles } from '../../state/uploads';

type Place = [route: Route, icon: LucideIcon, label: PlainText, needs?: May];

const PHOTOS: Place[] = [
  [{ view: 'gallery', tag: '' }, Images, 'All photos'],
  [{ view: 'albums' }, FolderHeart, 'Albums'],
  [{ view: 'favourites' }, Heart, 'Favourites', 'collect'],
  [{ view: 'tags' }, Tags, 'Tags'],
  [{ view: 'slideshow', q: '', album: 0 }, Presentation, 'Slideshow'],
];
const WORK: Place[] = [
  [findRoute(), ScanSearch, 'Find a picture'],
  [luckyRoute(), Dices, 'I’m lucky'],
  [{ view: 'compare', a: 0, b: 0 }, Columns2, 'Compare two pictures'],
  [{ view: 'moderation' }, Inbox, 'Waiting for approval', 'decide'],
  [{ view: 'duplicates' }, Copy, 'Duplicates', 'decide'],
  [{ view: 'trash' }, Trash2, 'Trash', 'edit'],
];
const ABOUT: Place[] = [
  [{ view: 'help', of: 'search' }, CircleHelp, 'How to search'],
  [{ view: 'stats' }, BarChart3, 'Statistics'],
  [{ view: 'about' }, Info, 'About'],
];
const THEMES: [Theme, LucideIcon, PlainText][] = [['system', Monitor, 'As the system'], ['light', Sun, 'Light'], ['dark', Moon, 'Dark']];
const LANGUAGES: [Language, string][] = [['en', 'English'], ['ru', 'Русский']];

// Not modal: the modal form locks the scroll with an inline style element, which the content security policy forbids.
export function BarMenu() {
  const [open, setOpen] = useState(false);
  const [theme, language, site] = [useTheme(), useLanguage(), useSite()];
  const may = (what?: May) => !what || (site?.may.includes(what) ?? false);
  const places = (list: Place[]) => list.filter(([route, , , needs]) => may(needs) && (route.view !== 'moderation' || site?.accounts)).map(([route, Icon, label]) => (
    <Menu.Item key={label} asChild>
      <a className="menu-item" href={routeUrl(route)} onClick={(event) => { if (isPlainClick(event)) { event.preventDefault(); setOpen(false); go(route); } }}>
        <Icon size={18} strokeWidth={1.75} aria-hidden />{t(label)}
      </a>
    </Menu.Item>
  ));
  const leave = async () => {
    try {
      await logOut();
      await loadSite();
      void loadLibrary();
      go({ view: 'gallery', tag: '' });
    } catch (error) {
      sayError(error);
    }
  };
  return (
    <Menu.Root modal={false} open={open} onOpenChange={setOpen}>
      <Menu.Trigger className="icon-button" aria-label={t('Menu')}><MenuIcon size={20} strokeWidth={1.75} aria-hidden /></Menu.Trigger>
      <Menu.Portal>
        <Menu.Content className="menu bar-menu" align="end" sideOffset={6} collisionPadding={8}>
          {site?.user && <Menu.Label className="menu-title menu-who">{site.user.name}</Menu.Label>}
          {may('account') && places([[{ view: 'account' }, CircleUserRound, 'Your account']])}
          {may('manage') && site?.accounts && places([[{ view: 'admin' }, Users, 'Administration']])}
          {site?.user && <Menu.Item className="menu-item" onSelect={() => void leave()}><LogOut size={18} strokeWidth={1.75} aria-hidden />{t('Log out')}</Menu.Item>}
          {site?.accounts && !site.user && places([[{ view: 'login' }, LogIn, 'Log in']])}
          {(site?.user || site?.accounts) && <Menu.Separator className="menu-line" />}
          {may('add') && <Menu.Item className="menu-item menu-upload" onSelect={() => chooseFiles(true, addFiles)}><Upload size={18} strokeWidth={1.75} aria-hidden />{t('Upload')}</Menu.Item>}
          {may('add') && may('fetch') && <Menu.Item className="menu-item" onSelect={() => addingUrl.set(true)}><Link2 size={18} strokeWidth={1.75} aria-hidden />{t('Add from an address')}</Menu.Item>}
          {places(PHOTOS)}
          <Menu.Separator className="menu-line" />
          {places(WORK)}
          <Menu.Separator className="menu-line" />
          {places(ABOUT)}
          <Menu.Item className="menu-item" onSelect={() => help.set(true)}>
            <Keyboard size={18} strokeWidth={1.75} aria-hidden />{t('Keys')}<kbd className="end">?</kbd>
          </Menu.Item>
          <Menu.Separator className="menu-line" />
          <Menu.Label className="menu-title">{t('Language')}</Menu.Label>
          <Menu.RadioGroup className="menu-row" value={language} onValueChange={(value) => setLanguage(value as Language)}>
            {LANGUAGES.map(([value, label]) => (
              <Menu.RadioItem key={value} className="menu-item" value={value} lang={value}>
                <Languages size={18} strokeWidth={1.75} aria-hidden />{label}
              </Menu.RadioItem>
            ))}
          </Menu.RadioGroup>
          <Menu.Label className="menu-title">{t('Theme')}</Menu.Label>
          <Menu.RadioGroup className="menu-row" value={theme} onValueChange={(value) => setTheme(value as Theme)}>
            {THEMES.map(([value, Icon, label]) => (
              <Menu.RadioItem key={value} className="menu-item" value={value} onSelect={(event) => event.preventDefault()}>
                <Icon size={18} strokeWidth={1.75} aria-hidden />{t(label)}
              </Menu.RadioItem>
            ))}
          </Menu.RadioGroup>
        </Menu.Content>
      </Menu.Portal>
    </Menu.Root>
  );
}
