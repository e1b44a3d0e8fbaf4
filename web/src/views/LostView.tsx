import { Compass } from 'lucide-react';
import { Link } from '../components/Link';
import { Note } from '../components/Note';
import { t } from '../lib/texts';

export default function LostView() {
  return (
    <div className="page">
      <Note icon={Compass} title={t('There is nothing at this address')} actions={<Link className="button primary" to={{ view: 'gallery', tag: '' }}>{t('All photos')}</Link>}>
        {t('It may be mistyped, or from another version of Likeness.')}
      </Note>
    </div>
  );
}
