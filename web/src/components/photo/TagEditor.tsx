import { Plus, X } from 'lucide-react';
import { useEffect, useId, useRef, useState } from 'react';
import { editImage, listTags, type ImageDetail, type ImageEdit, type TagCount } from '../../api/client';
import { asOwnChange } from '../../state/library';
import { sayError } from '../../state/toasts';
import { Link } from '../Link';
import { t } from '../../lib/texts';

export function TagEditor({ detail, focus, editable, onChange }: { detail: ImageDetail; focus: boolean; editable: boolean; onChange: (detail: ImageDetail) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const list = useId();
  const [known, setKnown] = useState<TagCount[]>([]);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    if (focus) input.current?.focus();
  }, [focus]);
  const edit = async (change: ImageEdit) => {
    setBusy(true);
    try {
      onChange(await asOwnChange(() => editImage(detail.id, change)));
    } catch (error) {
      sayError(error);
    }
    setBusy(false);
  };
  if (!editable && detail.tags.length === 0) return null;
  return (
    <section aria-label={t('Tags')}>
      <h3>{t('Tags')}</h3>
      <ul className="tag-list">
        {detail.tags.map((tag) => (
          <li key={tag} className={`chip${editable ? '' : ' plain'}`}>
            <Link to={{ view: 'gallery', tag }}>{tag}</Link>
            {editable && <button type="button" aria-label={t('Remove the tag {tag}', { tag })} disabled={busy} onClick={() => void edit({ tags_remove: [tag] })}><X size={14} aria-hidden /></button>}
          </li>
        ))}
        {editable && <li>
          <form
            className="tag-add"
            onSubmit={(event) => {
              event.preventDefault();
              const tag = input.current!.value.trim();
              if (!tag) return;
              input.current!.value = '';
              void edit({ tags_add: [tag] });
            }}
          >
            <Plus size={14} aria-hidden />
            <input ref={input} list={list} aria-label={t('Add a tag')} placeholder={t('Add a tag')} autoComplete="off" autoCapitalize="none"
              onFocus={() => void listTags(500).then((answer) => setKnown(answer.tags ?? []), () => undefined)}
              onKeyDown={(event) => { if (event.key === 'Escape') { event.currentTarget.blur(); event.stopPropagation(); } }} />
            <datalist id={list}>{known.filter(({ tag }) => !detail.tags.includes(tag)).map(({ tag }) => <option key={tag} value={tag} />)}</datalist>
          </form>
        </li>}
      </ul>
    </section>
  );
}
