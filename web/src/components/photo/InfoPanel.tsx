import { Pencil, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { asApiError, findSimilar, getImage, listImages, type ApiError, type ImageDetail, type SearchHit } from '../../api/client';
import { areBusy, knowsLooks } from '../../lib/models';
import { luckyRoute } from '../../lib/route';
import { lookDistance } from '../../lib/search';
import { isCopy } from '../../lib/words';
import { t } from '../../lib/texts';
import { mayEdit } from '../../lib/standing';
import { useModels } from '../../state/models';
import { useSite } from '../../state/site';
import { IconButton } from '../IconButton';
import { Link } from '../Link';
import { Rich } from '../Rich';
import { EditForm } from '../editing/EditForm';
import { History } from '../editing/History';
import { Copies } from './Copies';
import { Facts } from './Facts';
import { RestoreNote } from './RestoreNote';
import { SimilarLinks } from './SimilarLinks';
import { Strip, type StripItem } from './Strip';
import { SuggestedTags } from './SuggestedTags';
import { TagEditor } from './TagEditor';

interface Props {
  id: number;
  detail: ImageDetail | null;
  tagging: boolean;
  editing: boolean;
  onEdit: (on: boolean) => void;
  onChange: (detail: ImageDetail) => void;
  onClose: () => void;
  onNearest: (id: number) => void;
}

export function InfoPanel({ id, detail, tagging, editing, onEdit, onChange, onClose, onNearest }: Props) {
  const models = useModels();
  const editable = mayEdit(useSite(), detail ?? undefined);
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
        <span>
          {editable && <IconButton icon={Pencil} label={t('Edit')} shortcut="e" aria-pressed={editing} onClick={() => onEdit(!editing)} />}
          <IconButton icon={X} label={t('Close')} shortcut="i" onClick={onClose} />
        </span>
      </header>
      {detail?.pending && <p className="info-pending small" role="status">{t('Waits for approval: only you and moderators see it.')}</p>}
      {detail?.trashed && <RestoreNote id={id} />}
      {detail && editable && editing ? <EditForm key={id} detail={detail} onChange={onChange} onClose={() => onEdit(false)} /> : detail ? <Facts detail={detail} /> : <div className="info-waiting late" role="status" aria-label={t('Loading')} />}
      {detail && <TagEditor detail={detail} focus={tagging} editable={editable} onChange={onChange} />}
      {detail && editable && <SuggestedTags detail={detail} onChange={onChange} />}
      <SimilarLinks id={id} />
      <Copies of={id} hits={near} />
      {models && !knowsLooks(models) ? <NoLooks /> : (
        <Strip title={t('Looks like it')} items={looks.hits?.map((hit) => ({ ...hitItem(hit), distance: lookDistance(hit) })) ?? null} walk={t('by look')}
          empty={looks.error?.message ?? t('Nothing yet.')} more={<Link to={luckyRoute(id)}>{t('Nine of them, large')}</Link>} />
      )}
      <Strip title={t('Similar by colour')} items={colours?.map(hitItem) ?? null} walk={t('by colour')} empty={t('Nothing with these colours.')} />
      {byTag && <Strip title={t('Also tagged “{tag}”', { tag: byTag.tag })} items={byTag.items} walk={t('tagged {tag}', { tag: byTag.tag })} empty="" />}
      {detail && editable && <History detail={detail} mayUndo={editable} onChange={onChange} />}
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

