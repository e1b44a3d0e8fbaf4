import { Check, RotateCcw, Sparkles, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { editImage, type AutomaticTag, type ImageDetail, type ImageEdit } from '../../api/client';
import { percent } from '../../lib/format';
import { t } from '../../lib/texts';
import { asOwnChange } from '../../state/library';
import { dismiss, say, sayError } from '../../state/toasts';
import { Tip } from '../IconButton';

interface Props {
  detail: ImageDetail;
  onChange: (detail: ImageDetail) => void;
}

// What models make of the photo. A suggestion is no tag until a person accepts it; a rejected one does not come back by itself.
export function SuggestedTags({ detail, onChange }: Props) {
  const [busy, setBusy] = useState(false);
  const list = useRef<HTMLUListElement>(null);
  const refocus = useRef(-1);
  const automatic = detail.automatic_tags ?? [];
  const suggested = automatic.filter(({ tag, state }) => state === 'suggested' && !detail.tags.includes(tag));
  const rejected = automatic.filter(({ state }) => state === 'rejected');
  // The answered one is gone: its neighbour is next.
  useEffect(() => {
    if (refocus.current < 0) return;
    const rows = list.current?.children;
    (rows?.[Math.min(refocus.current, rows.length - 1)] as HTMLElement | undefined)?.querySelector('button')?.focus();
    refocus.current = -1;
  }, [suggested.length]);

  const edit = async (change: ImageEdit): Promise<boolean> => {
    setBusy(true);
    try {
      onChange(await asOwnChange(() => editImage(detail.id, change)));
      return true;
    } catch (error) {
      refocus.current = -1;
      sayError(error);
      return false;
    } finally {
      setBusy(false);
    }
  };
  const suggestAgain = (tag: string) => edit({ tags_suggest: [tag] });
  const settle = async (tag: string, index: number, accept: boolean) => {
    refocus.current = list.current?.contains(document.activeElement) ? index : -1;
    if (!(await edit(accept ? { tags_accept: [tag] } : { tags_reject: [tag] }))) return;
    const toast = say(accept ? t('Tagged “{tag}”', { tag }) : t('Not “{tag}”', { tag }), { undo: async () => {
      dismiss(toast);
      await suggestAgain(tag);
    } });
  };
  if (!suggested.length && !rejected.length) return null;
  return (
    <section aria-label={t('Suggested tags')} className="suggested">
      {suggested.length > 0 && <h3>{t('Suggested tags')}</h3>}
      <ul className="tag-list" ref={list}>
        {suggested.map((tag, index) => (
          <Tip key={tag.tag} label={origin(tag)}>
            <li className="chip suggestion">
              <Sparkles size={14} aria-hidden />
              <span>{tag.tag}</span>
              <span className="muted numbers small" aria-hidden>{percent(tag.confidence)}</span>
              <button type="button" className="accept" disabled={busy} aria-label={t('Accept the tag {tag}, suggested by {model}', { tag: tag.tag, model: origin(tag) })} onClick={() => void settle(tag.tag, index, true)}><Check size={15} aria-hidden /></button>
              <button type="button" disabled={busy} aria-label={t('Reject the tag {tag}', { tag: tag.tag })} onClick={() => void settle(tag.tag, index, false)}><X size={14} aria-hidden /></button>
            </li>
          </Tip>
        ))}
      </ul>
      {rejected.length > 0 && (
        <details className="rejected">
          <summary>{t('{n} rejected¦{n} rejected', { n: rejected.length })}</summary>
          <ul className="tag-list">
            {rejected.map((tag) => (
              <Tip key={tag.tag} label={origin(tag)}>
                <li className="chip">
                  <s>{tag.tag}</s>
                  <button type="button" disabled={busy} aria-label={t('Suggest the tag {tag} again', { tag: tag.tag })} onClick={() => void suggestAgain(tag.tag)}><RotateCcw size={14} aria-hidden /></button>
                </li>
              </Tip>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

const origin = ({ model, confidence }: AutomaticTag): string => t('{model}, {share} sure', { model, share: percent(confidence) });
