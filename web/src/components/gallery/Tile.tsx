import { Check, Heart } from 'lucide-react';
import { memo, useRef } from 'react';
import type { Image } from '../../api/client';
import { dimensions } from '../../lib/format';
import type { Box } from '../../lib/rows';
import { exactDate } from '../../lib/time';
import { imageAlt } from '../../lib/words';
import { t } from '../../lib/texts';
import { Picture } from '../Picture';

interface Props extends Box {
  id: number;
  image: Image | undefined;
  load: boolean;
  selected: boolean;
  picking: boolean;   // something is selected: a tap selects
  tabbable: boolean;
  total: number;
  onOpen: (index: number, event: React.MouseEvent) => void;
  onPick: (index: number, range: boolean) => void;
  onFocus: (index: number) => void;
}

const LONG_PRESS_MS = 450;

export const Tile = memo(function Tile({ id, image, index, left, top, width, height, load, selected, picking, tabbable, total, onOpen, onPick, onFocus }: Props) {
  const press = useRef({ timer: 0, fired: false });
  const startPress = (event: React.PointerEvent) => {
    press.current.fired = false;
    if (event.pointerType !== 'touch') return;
    press.current.timer = window.setTimeout(() => {
      press.current.fired = true;
      navigator.vibrate?.(10);
      onPick(index, false);
    }, LONG_PRESS_MS);
  };
  const endPress = () => clearTimeout(press.current.timer);
  const words = imageAlt(image);
  const label = image ? [words, dimensions(image.width, image.height), exactDate(image.taken_at || image.imported_at)].filter(Boolean).join(', ') : t('Photo');
  return (
    <div
      className={`tile${selected ? ' selected' : ''}`}
      role="listitem"
      aria-posinset={index + 1}
      aria-setsize={total}
      style={{ transform: `translate(${left}px, ${top}px)`, width, height }}
    >
      <a
        href={`/photo/${id}`}
        data-tile={id}
        data-index={index}
        data-keys-through
        aria-label={label}
        aria-current={selected || undefined}
        tabIndex={tabbable ? 0 : -1}
        draggable={false}
        onFocus={() => onFocus(index)}
        onPointerDown={startPress}
        onPointerUp={endPress}
        onPointerCancel={endPress}
        onPointerLeave={endPress}
        onContextMenu={(event) => press.current.timer && press.current.fired && event.preventDefault()}
        onClick={(event) => {
          if (press.current.fired) event.preventDefault();
          else onOpen(index, event);
        }}
      >
        <Picture id={id} alt="" placeholder={image?.placeholder} load={load} />
      </a>
      {(image?.frames ?? 1) > 1 && <span className="tile-badge">GIF</span>}
      {image?.favourite && <Heart className="tile-star" size={16} aria-label={t('Favourite')} />}
      <button
        type="button"
        className="tile-check"
        tabIndex={-1}
        aria-label={selected ? t('Unselect {name}', { name: words }) : t('Select {name}', { name: words })}
        aria-pressed={selected}
        data-shown={picking || undefined}
        onClick={(event) => onPick(index, event.shiftKey)}
      >
        <Check size={16} strokeWidth={3} aria-hidden />
      </button>
    </div>
  );
});
