import '@fontsource-variable/inter/opsz.css';
import './styles/tokens.css';
import './styles/base.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { startLanguage } from './state/language';
import { startLibrary } from './state/library';
import { loadSite } from './state/site';
import { App } from './views/App';

startLibrary();
void loadSite();
void startLanguage().then(() => createRoot(document.getElementById('root')!).render(<StrictMode><App /></StrictMode>));
