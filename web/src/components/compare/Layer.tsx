import { useLayoutEffect, useRef, type CSSProperties } from 'react';

interface Props {
  bitmap: ImageBitmap;
  width?: number;   // CSS px before any transform; the bitmap's own without
  height?: number;
  style?: CSSProperties;
  fill?: boolean;   // as large as what it stands in allows
  label?: string;
}

// Pixels as they are, on a canvas.
export function Layer({ bitmap, width, height, style, fill = false, label }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const element = canvas.current!;
    element.width = bitmap.width;
    element.height = bitmap.height;
    element.getContext('2d')?.drawImage(bitmap, 0, 0);
  }, [bitmap]);
  const size = fill ? undefined : { width: width ?? bitmap.width, height: height ?? bitmap.height };
  return <canvas ref={canvas} className={fill ? 'cmp-fill' : 'cmp-layer'} role={label ? 'img' : undefined} aria-label={label} aria-hidden={label ? undefined : true} style={{ ...size, ...style }} />;
}
