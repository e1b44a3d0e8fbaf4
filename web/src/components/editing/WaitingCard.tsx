import { useEffect, useRef } from 'react';
import type { QueuedImage } from '../../api/editing';
import { bytes, dimensions } from '../../lib/format';
import { t } from '../../lib/texts';
import { exactTime, relativeTime } from '../../lib/time';
import { sentence } from '../../lib/words';
import { Link } from '../Link';
import { RegionPicture } from '../pair/RegionPicture';
import { VerdictLine } from '../pair/VerdictLine';
import { Picture } from '../Picture';

interface Props {
  image: QueuedImage;
  current: boolean;
  chosen: boolean;
  onFocus: () => void;
  onChoose: () => void;
}

// One upload that waits: what it is, who added it, and beside it the picture that it may be a copy of.
export function WaitingCard({ image, current, chosen, onFocus, onChoose }: Props) {
  const card = useRef<HTMLLIElement>(null);
  const evidence = image.evidence.filter((verdict) => verdict.of);
  const first = evidence[0];
  useEffect(() => {
    if (current) card.current?.scrollIntoView({ block: 'nearest' });
  }, [current]);
  return (
    <li ref={card} className={`waiting-card${current ? ' current' : ''}${chosen ? ' chosen' : ''}`} aria-current={current || undefined} onPointerDown={onFocus} onFocus={onFocus}>
      <label className="waiting-check"><input type="checkbox" checked={chosen} onChange={onChoose} aria-label={t('Select {name}', { name: image.name })} /></label>
      <figure>
        <Link className="waiting-frame" to={{ view: 'photo', id: image.id }} aria-label={t('Open {name}', { name: image.name })}>
          {first ? <RegionPicture id={image.id} alt="" width={image.width} height={image.height} region={first.region_in_query} size="preview" placeholder={image.placeholder} lazy />
            : <RegionPicture id={image.id} alt="" width={image.width} height={image.height} size="preview" placeholder={image.placeholder} lazy />}
        </Link>
        <figcaption className="small">
          <strong>{image.title || image.name}</strong>
          <span className="muted">{image.owner_id ? image.owner.name ?? t('user {id}', { id: `${image.owner_id}` }) : t('the owner')} · <time dateTime={image.imported_at} title={exactTime(image.imported_at)}>{relativeTime(image.imported_at)}</time></span>
          <span className="muted numbers">{dimensions(image.width, image.height)} · {bytes(image.size_bytes)}</span>
          {image.tags.length > 0 && <span className="muted">{image.tags.join(', ')}</span>}
        </figcaption>
      </figure>
      {first ? (
        <figure>
          <Link className="waiting-frame" to={{ view: 'compare', a: image.id, b: first.of! }} aria-label={t('Compare')}><Picture id={first.of!} alt="" size="preview" lazy /></Link>
          <figcaption className="small">
            <VerdictLine kind={first.kind} size={15} />
            <span>{sentence(first.sentence)}</span>
            <Link to={{ view: 'photo', id: first.of! }}>{t('Here already')}</Link>
            {evidence.length > 1 && <span className="muted">{t('and {n} more¦and {n} more', { n: evidence.length - 1 })}</span>}
          </figcaption>
        </figure>
      ) : <p className="small muted waiting-none">{t('No copy of it is here.')}</p>}
    </li>
  );
}
