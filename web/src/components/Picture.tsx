import { useCallback, useState } from 'react';
import { imageUrl } from '../api/client';
import { placeholderUrl } from '../lib/placeholder';
import './picture.css';

interface Props {
  id: number;
  alt: string;
  size?: 'thumb' | 'preview';
  placeholder?: string;
  load?: boolean;  // false while scrolling fast: only the placeholder
  lazy?: boolean;
  className?: string;
}

// A thumbnail over its placeholder. It fades in only when it was not there at once.
export function Picture({ id, alt, size = 'thumb', placeholder, load = true, lazy = false, className = '' }: Props) {
  const [state, setState] = useState<'waiting' | 'shown' | 'broken'>('waiting');
  const attach = useCallback((img: HTMLImageElement | null) => {
    if (img?.complete && img.naturalWidth > 0) setState('shown');
  }, []);
  const blur = placeholderUrl(placeholder);
  return (
    <span className={`picture ${state} ${className}`} style={blur ? { backgroundImage: `url(${blur})` } : undefined}>
      {load && state !== 'broken' && (
        <img
          ref={attach}
          src={imageUrl(id, size)}
          alt={alt}
          decoding="async"
          draggable={false}
          loading={lazy ? 'lazy' : undefined}
          onLoad={() => setState('shown')}
          onError={() => setState('broken')}
        />
      )}
    </span>
  );
}
