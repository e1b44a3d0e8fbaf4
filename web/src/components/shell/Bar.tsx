import { Upload } from 'lucide-react';
import type { Route } from '../../lib/route';
import { t } from '../../lib/texts';
import { chooseFiles } from '../../state/shell';
import { useMay, useSite } from '../../state/site';
import { addFiles } from '../../state/uploads';
import { Tip } from '../IconButton';
import { Link } from '../Link';
import { BarMenu } from './BarMenu';
import { SearchBox } from './SearchBox';
import './bar.css';

export function Bar({ route }: { route: Route }) {
  const site = useSite();
  const mayAdd = useMay('add');
  const value = route.view === 'gallery' ? route.tag : route.view === 'search' ? route.q : route.view === 'find' ? route.text || route.colour : '';
  return (
    <header className="bar">
      <Link className="mark" to={{ view: 'gallery', tag: '' }} aria-label={t('Likeness, all photos')} before={() => window.scrollTo(0, 0)}>
        <svg width="28" height="28" viewBox="0 0 32 32" aria-hidden="true">
          <rect x="3" y="3" width="18" height="18" rx="5" fill="none" stroke="currentColor" strokeWidth="2.4" opacity=".5" />
          <rect x="11" y="11" width="18" height="18" rx="5" fill="currentColor" />
        </svg>
        <span>{site?.name || 'Likeness'}</span>
      </Link>
      <SearchBox key={value} value={value} />
      <nav className="bar-end" aria-label={t('Main')}>
        {mayAdd && <Tip label={t('Upload')} shortcut="U">
          <button type="button" className="button bar-upload" onClick={() => chooseFiles(true, addFiles)} aria-keyshortcuts="u">
            <Upload size={18} strokeWidth={1.75} aria-hidden /><span>{t('Upload')}</span>
          </button>
        </Tip>}
        {site?.accounts && !site.user && <Link className="button bar-login" to={{ view: 'login' }}>{t('Log in')}</Link>}
        <BarMenu />
      </nav>
    </header>
  );
}
