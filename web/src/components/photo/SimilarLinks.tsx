import { Copy, Palette, ScanEye, Tags } from 'lucide-react';
import { t } from '../../lib/texts';
import { Link } from '../Link';

// The four ways to photos like this one, each a page of its own.
export function SimilarLinks({ id }: { id: number }) {
  return (
    <section aria-label={t('Similar photos')}>
      <h3>{t('Similar photos')}</h3>
      <div className="tag-list similar-links">
        <Link className="chip" to={{ view: 'similar', id, by: 'tags' }}><Tags size={14} aria-hidden />{t('by tags')}</Link>
        <Link className="chip" to={{ view: 'similar', id, by: 'look' }}><ScanEye size={14} aria-hidden />{t('by look')}</Link>
        <Link className="chip" to={{ view: 'similar', id, by: 'colour' }}><Palette size={14} aria-hidden />{t('by colour')}</Link>
        <Link className="chip" to={{ view: 'similar', id, by: 'copies' }}><Copy size={14} aria-hidden />{t('copies')}</Link>
      </div>
    </section>
  );
}
