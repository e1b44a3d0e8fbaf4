import type { ReactNode } from 'react';
import { t } from '../../lib/texts';
import { imageAlt } from '../../lib/words';
import { detailOf } from '../../state/library';
import { setWalk } from '../../state/walk';
import { Link } from '../Link';
import { Picture } from '../Picture';

export interface StripItem {
  id: number;
  name: string;
  width: number;
  height: number;
  distance?: string;  // to read below it
}

interface Props {
  title: string;
  items: readonly StripItem[] | null;
  walk: string;
  empty: string;
  more?: ReactNode;  // beside the title
}

// A small row of photos that one can walk along: opening one makes the arrows follow this row.
export function Strip({ title, items, walk, empty, more }: Props) {
  return (
    <section aria-label={title}>
      <h3>{title}{more}</h3>
      {items?.length === 0 && empty && <p className="small muted">{empty}</p>}
      {items === null && <div className="strip late" aria-hidden>{[1.5, 1.3, 1.6].map((ratio, i) => <span key={i} className="skeleton" style={{ width: 96 * ratio, height: 96 }} />)}</div>}
      {items && items.length > 0 && (
        <ul className="strip" tabIndex={-1}>
          {items.map(({ id, name, width, height, distance }) => (
            <li key={id}>
              <Link to={{ view: 'photo', id }} before={() => setWalk({ ids: items.map((item) => item.id), of: walk })} aria-label={distance ? t('{name}, distance {distance}', { name: imageAlt({ name }), distance }) : imageAlt({ name })} title={name}>
                <Picture id={id} alt="" placeholder={detailOf(id)?.placeholder} lazy className="strip-picture" />
                <span className="strip-shape" style={{ aspectRatio: `${Math.min(2.4, Math.max(0.5, width / height))}` }} />
              </Link>
              {distance && <span className="strip-distance numbers muted" aria-hidden>{distance}</span>}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
