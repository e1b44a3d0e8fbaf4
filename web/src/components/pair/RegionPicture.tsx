import type { Quad } from '../../api/client';
import { Picture } from '../Picture';
import { Overlay } from './Overlay';
import './pair.css';

interface Props {
  id: number;
  alt: string;
  width: number;
  height: number;
  region?: Quad;
  size?: 'thumb' | 'preview';
  placeholder?: string;
  lazy?: boolean;
}

// A stored picture in its own shape with the matched region drawn on it.
export function RegionPicture({ width, height, region, ...picture }: Props) {
  return (
    <span className="region-picture" style={{ aspectRatio: `${width} / ${height}` }}>
      <Picture {...picture} />
      <Overlay width={width} height={height} region={region} />
    </span>
  );
}
