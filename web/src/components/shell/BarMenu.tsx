import * as Menu from '@radix-ui/react-dropdown-menu';
import { BarChart3, Columns2, Copy, Dices, Images, Info, Keyboard, Languages, MenuIcon, Monitor, Moon, ScanSearch, Sun, Tags, Trash2, Upload } from 'lucide-react';
import type { LucideIcon } from 'lucide-react';
import { useState } from 'react';
import { findRoute, luckyRoute, routeUrl, type Route } from '../../lib/route';
import { t, type Language, type PlainText } from '../../lib/texts';
import { setLanguage, useLanguage } from '../../state/language';
import { go, isPlainClick } from '../../state/router';
import { chooseFiles, help } from '../../state/shell';
import { setTheme, useTheme, type Theme } from '../../state/theme';
import { addFiles } from '../../state/uploads';

const PLACES: [Route, LucideIcon, PlainText][] = [
  [{ view: 'gallery', tag: '' }, Images, 'All photos'],
  [findRoute(), ScanSearch, 'Find a picture'],
  [luckyRoute(), Dices, 'I’m lucky'],
  [{ view: 'duplicates' }, Copy, 'Duplicates'],
  [{ view: 'compare', a: 0, b: 0 }, Columns2, 'Compare two pictures'],
  [{ view: 'tags' }, Tags, 'Tags'],
  [{ view: 'trash' }, Trash2, 'Trash'],
  [{ view: 'stats' }, BarChart3, 'Statistics'],
  [{ view: 'about' }, Info, 'About'],
];
const LANGUAGES: [Language, string][] = [['en', 'English'], ['ru', 'Русский']];
const THEMES: [Theme, LucideIcon, PlainText][] = [['system', Monitor, 'As the system'], ['light', Sun, 'Light'], ['dark', Moon, 'Dark']];

// Not modal: the modal form locks the scroll with an inline style element, which the content security policy forbids.
export function BarMenu() {
  const theme = useTheme();
  const language = useLanguage();
  const [open, setOpen] = useState(false);
  return (
    <Menu.Root modal={false} open={open} onOpenChange={setOpen}>
      <Menu.Trigger className="icon-button" aria-label={t('Menu')}><MenuIcon size={20} strokeWidth={1.75} aria-hidden /></Menu.Trigger>
      <Menu.Portal>
        <Menu.Content className="menu" align="end" sideOffset={6} collisionPadding={8}>
          <Menu.Item className="menu-item menu-upload" onSelect={() => chooseFiles(true, addFiles)}><Upload size={18} aria-hidden />{t('Upload')}</Menu.Item>
          {PLACES.map(([route, Icon, label]) => (
            <Menu.Item key={label} asChild>
              <a className="menu-item" href={routeUrl(route)} onClick={(event) => { if (isPlainClick(event)) { event.preventDefault(); setOpen(false); go(route); } }}>
                <Icon size={18} strokeWidth={1.75} aria-hidden />{t(label)}
              </a>
            </Menu.Item>
          ))}
          <Menu.Item className="menu-item" onSelect={() => help.set(true)}>
            <Keyboard size={18} strokeWidth={1.75} aria-hidden />{t('Keys')}<kbd className="end">?</kbd>
          </Menu.Item>
          <Menu.Separator className="menu-line" />
          <Menu.Label className="menu-title">{t('Language')}</Menu.Label>
          <Menu.RadioGroup value={language} onValueChange={(value) => setLanguage(value as Language)}>
            {LANGUAGES.map(([value, label]) => (
              <Menu.RadioItem key={value} className="menu-item" value={value} lang={value}>
                <Languages size={18} strokeWidth={1.75} aria-hidden />{label}
                <Menu.ItemIndicator className="end" aria-hidden>●</Menu.ItemIndicator>
              </Menu.RadioItem>
            ))}
          </Menu.RadioGroup>
          <Menu.Separator className="menu-line" />
          <Menu.Label className="menu-title">{t('Theme')}</Menu.Label>
          <Menu.RadioGroup value={theme} onValueChange={(value) => setTheme(value as Theme)}>
            {THEMES.map(([value, Icon, label]) => (
              <Menu.RadioItem key={value} className="menu-item" value={value} onSelect={(event) => event.preventDefault()}>
                <Icon size={18} strokeWidth={1.75} aria-hidden />{t(label)}
                <Menu.ItemIndicator className="end" aria-hidden>●</Menu.ItemIndicator>
              </Menu.RadioItem>
            ))}
          </Menu.RadioGroup>
        </Menu.Content>
      </Menu.Portal>
    </Menu.Root>
  );
}
