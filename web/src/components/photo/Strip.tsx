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
}

// A small row of photos that one can walk along: opening one makes the arrows follow this row.
export function Strip({ title, items, walk, empty }: { title: string; items: readonly StripItem[] | null; walk: string; empty: string }) {
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      {items?.length === 0 && empty && <p className="small muted">{empty}</p>}
      {items === null && <div className="strip late" aria-hidden>{[1.5, 1.3, 1.6].map((ratio, i) => <span key={i} className="skeleton" style={{ width: 96 * ratio, height: 96 }} />)}</div>}
      {items && items.length > 0 && (
        <ul className="strip" tabIndex={-1}>
          {items.map(({ id, name, width, height }) => (
            <li key={id}>
              <Link to={{ view: 'photo', id }} before={() => setWalk({ ids: items.map((item) => item.id), of: walk })} aria-label={imageAlt({ name })} title={name}>
                <Picture id={id} alt="" placeholder={detailOf(id)?.placeholder} lazy className="strip-picture" />
                <span className="strip-shape" style={{ aspectRatio: `${Math.min(2.4, Math.max(0.5, width / height))}` }} />
              </Link>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
