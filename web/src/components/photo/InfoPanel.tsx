import { ExternalLink, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { asApiError, findSimilar, getImage, listImages, type ApiError, type ImageDetail, type SearchHit } from '../../api/client';
import { aspectName, bytes, coordinates, dimensions, exposure, megapixels } from '../../lib/format';
import { areBusy, knowsLooks } from '../../lib/models';
import { luckyRoute } from '../../lib/route';
import { lookDistance } from '../../lib/search';
import { exactTime, relativeTime } from '../../lib/time';
import { formatName, isCopy, qualityWords } from '../../lib/words';
import { t } from '../../lib/texts';
import { useModels } from '../../state/models';
import { IconButton } from '../IconButton';
import { Link } from '../Link';
import { Rich } from '../Rich';
import { Copies } from './Copies';
import { RestoreNote } from './RestoreNote';
import { Strip, type StripItem } from './Strip';
import { SuggestedTags } from './SuggestedTags';
import { TagEditor } from './TagEditor';

interface Props {
  id: number;
  detail: ImageDetail | null;
  tagging: boolean;
  onChange: (detail: ImageDetail) => void;
  onClose: () => void;
  onNearest: (id: number) => void;
}

export function InfoPanel({ id, detail, tagging, onChange, onClose, onNearest }: Props) {
  const models = useModels();
  const { hits: copies } = useHits(id, 'copy', 12);
  const busy = areBusy(models);
  const looks = useHits(id, 'look', 24, knowsLooks(models), busy);
  useWhenDone(busy, () => void getImage(id).then(onChange, () => undefined));
  const { hits: colours } = useHits(id, 'colour', 24);
  const byTag = useTagMates(detail);
  const near = copies?.filter((hit) => isCopy(hit.verdict?.kind)) ?? null;
  const nearest = near?.[0]?.id ?? 0;
  useEffect(() => onNearest(nearest), [nearest, onNearest]);
  return (
    <aside className="info" aria-label={t('About this photo')}>
      <header>
        <h2>{t('About^photo')}</h2>
        <IconButton icon={X} label={t('Close')} shortcut="i" onClick={onClose} />
      </header>
      {detail?.trashed && <RestoreNote id={id} />}
      {detail ? <Facts detail={detail} /> : <div className="info-waiting late" role="status" aria-label={t('Loading')} />}
      {detail && <TagEditor detail={detail} focus={tagging} onChange={onChange} />}
      {detail && <SuggestedTags detail={detail} onChange={onChange} />}
      <Copies of={id} hits={near} />
      {models && !knowsLooks(models) ? <NoLooks /> : (
        <Strip title={t('Looks like it')} items={looks.hits?.map((hit) => ({ ...hitItem(hit), distance: lookDistance(hit) })) ?? null} walk={t('by look')}
          empty={looks.error?.message ?? t('Nothing yet.')} more={<Link to={luckyRoute(id)}>{t('Nine of them, large')}</Link>} />
      )}
      <Strip title={t('Similar by colour')} items={colours?.map(hitItem) ?? null} walk={t('by colour')} empty={t('Nothing with these colours.')} />
      {byTag && <Strip title={t('Also tagged “{tag}”', { tag: byTag.tag })} items={byTag.items} walk={t('tagged {tag}', { tag: byTag.tag })} empty="" />}
    </aside>
  );
}

const hitItem = ({ id, name, width, height }: SearchHit): StripItem => ({ id, name, width, height });

// Once the models have looked at everything there may be more to show.
function useWhenDone(busy: boolean, act: () => void) {
  const before = useRef(busy);
  useEffect(() => {
    if (before.current && !busy) act();
    before.current = busy;
  }, [busy]);
}

const NoLooks = () => (
  <section aria-label={t('Looks like it')}>
    <h3>{t('Looks like it')}</h3>
    <p className="small muted"><Rich text="A model has to tell, and none is in use: <a>how to get one</a>." parts={{ a: (words) => <Link to={{ view: 'stats' }}>{words}</Link> }} /></p>
  </section>
);

function useHits(id: number, by: 'copy' | 'colour' | 'look', k: number, ask = true, again = false): { hits: SearchHit[] | null; error?: ApiError } {
  const [answer, setAnswer] = useState<{ hits: SearchHit[] | null; error?: ApiError }>({ hits: null });
  useEffect(() => {
    if (!ask) return;
    const abort = new AbortController();
    // Not for photos that are only passed by.
    const timer = window.setTimeout(() => {
      findSimilar(id, by, k, abort).then(({ results }) => setAnswer({ hits: results }),
        (reason: unknown) => !abort.signal.aborted && setAnswer({ hits: [], error: asApiError(reason) }));
    }, 150);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [id, by, k, ask, again]);
  return answer;
}

function useTagMates(detail: ImageDetail | null) {
  const [mates, setMates] = useState<{ tag: string; items: StripItem[] } | null>(null);
  const tag = detail?.tags[0];
  const id = detail?.id;
  useEffect(() => {
    setMates(null);
    if (!tag) return;
    const abort = new AbortController();
    listImages({ tag, limit: 25 }, abort).then((page) => {
      const items = page.images.filter((image) => image.id !== id);
      if (items.length) setMates({ tag, items });
    }, () => undefined);
    return () => abort.abort();
  }, [tag, id]);
  return mates;
}

function Facts({ detail }: { detail: ImageDetail }) {
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
        {meta.creator && <Fact name={t('By')}>{meta.creator}</Fact>}
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
