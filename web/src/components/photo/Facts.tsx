import { ExternalLink } from 'lucide-react';
import type { ImageDetail } from '../../api/client';
import { aspectName, bytes, coordinates, dimensions, exposure, megapixels } from '../../lib/format';
import { searchRoute, tagExpression } from '../../lib/route';
import { t } from '../../lib/texts';
import { exactTime, relativeTime } from '../../lib/time';
import { VISIBILITY_WORDS } from '../../lib/visibility';
import { formatName, qualityWords } from '../../lib/words';
import { Link } from '../Link';

// What is known about a photo, from its file and from people.
export function Facts({ detail }: { detail: ImageDetail }) {
  const { metadata: meta } = detail;
  const camera = [meta.camera_make, meta.camera_model].filter(Boolean).join(' ');
  const shot = [
    meta.exposure_seconds && exposure(meta.exposure_seconds), meta.f_number && `ƒ/${meta.f_number}`,
    meta.focal_length_mm && t('{value} mm', { value: meta.focal_length_mm }), meta.iso && `ISO ${meta.iso}`,
  ].filter(Boolean).join(' · ');
  const hasPlace = meta.latitude !== undefined && meta.longitude !== undefined;
  return (
    <>
      {(detail.title || detail.description) && (
        <section>
          {detail.title && <h3 className="info-title">{detail.title}</h3>}
          {detail.description && <p className="small">{detail.description}</p>}
        </section>
      )}
      <dl className="facts">
        {detail.taken_at && <Fact name={t('Taken')}><time dateTime={detail.taken_at} title={exactTime(detail.taken_at)}>{relativeTime(detail.taken_at)}</time></Fact>}
        <Fact name={t('Added')}><time dateTime={detail.imported_at} title={exactTime(detail.imported_at)}>{relativeTime(detail.imported_at)}</time></Fact>
        <Fact name={t('Size')}>{[dimensions(detail.width, detail.height), megapixels(detail.width, detail.height), aspectName(detail.width, detail.height)].filter(Boolean).join(' · ')}</Fact>
        <Fact name={t('File')}>{[formatName(detail.format), bytes(detail.size_bytes), meta.jpeg_quality ? t('quality {n}', { n: meta.jpeg_quality }) : ''].filter(Boolean).join(' · ')}</Fact>
        {detail.quality && qualityWords(detail.quality) && <Fact name={t('Quality')}><span title={t('Blur, noise and compression as people see them: 0 is best')}>{qualityWords(detail.quality)}</span></Fact>}
        {camera && <Fact name={t('Camera')}>{camera}</Fact>}
        {meta.lens && <Fact name={t('Lens')}>{meta.lens}</Fact>}
        {shot && <Fact name={t('Shot')}>{shot}</Fact>}
        {hasPlace && (
          <Fact name={t('Place')}>
            <a href={`https://www.openstreetmap.org/?mlat=${meta.latitude}&mlon=${meta.longitude}#map=14/${meta.latitude}/${meta.longitude}`} target="_blank" rel="noreferrer">
              {coordinates(meta.latitude!, meta.longitude!)}<ExternalLink size={12} aria-label={t('opens a map in a new tab')} />
            </a>
          </Fact>
        )}
        {(detail.author || meta.creator) && <Fact name={t('By')}><Link to={searchRoute(`author:${tagExpression(detail.author || meta.creator!)}`)}>{detail.author || meta.creator}</Link></Fact>}
        {(detail.rating ?? 0) > 0 && <Fact name={t('Rating')}>{t('{n} of 5', { n: detail.rating! })}</Fact>}
        {detail.visibility && detail.visibility !== 'public' && <Fact name={t('Visibility')}>{t(VISIBILITY_WORDS[detail.visibility][0])}</Fact>}
        {detail.owner_id ? <Fact name={t('Added by')}>{detail.owner?.name ?? t('user {id}', { id: `${detail.owner_id}` })}</Fact> : null}
        {meta.copyright && <Fact name={t('Rights')}>{meta.copyright}</Fact>}
        {meta.software && <Fact name={t('Software')}>{meta.software}</Fact>}
        {meta.colour_profile && <Fact name={t('Colour')}>{meta.colour_profile}</Fact>}
        {detail.source_url && <Fact name={t('Source')}><a href={/^https?:/.test(detail.source_url) ? detail.source_url : undefined} target="_blank" rel="noreferrer">{detail.source_url}</a></Fact>}
        {detail.linked_to ? <Fact name={t('Version of')}><Link to={{ view: 'photo', id: detail.linked_to }}>{t('Photo {id}', { id: `${detail.linked_to}` })}</Link></Fact> : null}
        <Fact name={t('Name')}><span className="mono">{detail.name}</span></Fact>
        <Fact name={t('Number')}><span className="numbers">{detail.id}</span></Fact>
        <Fact name="SHA-256"><span className="mono hash" title={detail.sha256}>{detail.sha256}</span></Fact>
      </dl>
    </>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return <div><dt>{name}</dt><dd>{children}</dd></div>;
}
