import { useEffect, useState } from 'react';
import type { ImageDetail, OnDuplicate } from '../../api/client';
import { getImage } from '../../api/client';
import { bytes, dimensions } from '../../lib/format';
import type { Size } from '../../lib/geometry';
import { lowerFirst, sentence, verdictTitle } from '../../lib/words';
import { t, type PlainText } from '../../lib/texts';
import type { Keys } from '../../state/keys';
import { answer, closeQuestion, useUploads } from '../../state/uploads';
import { Dialog } from '../Dialog';
import { Link } from '../Link';
import { Overlay } from '../pair/Overlay';
import { Proof } from '../pair/Proof';
import { VerdictLine } from '../pair/VerdictLine';
import { Picture } from '../Picture';

type Policy = Exclude<OnDuplicate, 'ask'>;
const CHOICES: [Policy, string, PlainText, PlainText][] = [
  ['skip', '1', 'Leave it out', 'Keep only the one that is here'],
  ['keep', '2', 'Add it all the same', 'Both stay, side by side'],
  ['link', '3', 'Add it as a version', 'Both stay, linked to each other'],
  ['replace-if-better', '4', 'Replace if it is better', 'The lesser of the two goes into the trash'],
];

// A picture on its way up is a copy: side by side, the verdict in words, the region drawn on the original, the choices.
export default function DuplicateDialog({ itemKey }: { itemKey: number }) {
  const item = useUploads((state) => state.items.find((one) => one.key === itemKey));
  const waiting = useUploads((state) => state.items.filter((one) => one.state === 'asking').length);
  const [all, setAll] = useState(false);
  const [stored, setStored] = useState<ImageDetail | null>(null);
  const verdict = item?.outcome?.verdict;
  const of = verdict?.of ?? 0;
  useEffect(() => {
    if (!of) return;
    const abort = new AbortController();
    getImage(of, abort).then(setStored, () => undefined);
    return () => abort.abort();
  }, [of]);
  const { url, size, broken } = useLocalPicture(item?.file);
  const keys: Keys = Object.fromEntries(CHOICES.map(([policy, key]) => [key, () => answer(itemKey, policy, all)]));
  if (!item || !verdict) return null;
  return (
    <Dialog title={waiting > 1 ? t('A copy (1 of {n})', { n: waiting }) : t('A copy')} onClose={closeQuestion} width={860} keys={keys}>
      <div className="choose">
        <div>
          <VerdictLine kind={verdict.kind} />
          <p className="choose-sentence">{sentence(verdict.sentence) || t('{kind} is here already.', { kind: verdictTitle(verdict.kind) })}</p>
        </div>
        <div className="choose-pair">
          <figure>
            <div className="choose-frame">
              {broken ? <span className="muted small">{t('This browser cannot show it')}</span> : url && (
                <Fitted size={size}><img src={url} alt={t('New: {name}', { name: item.file.name })} />{size.width > 0 && <Overlay {...size} region={verdict.region_in_query} changed={verdict.signals?.changed_regions} />}</Fitted>
              )}
            </div>
            <figcaption><strong>{t('New')}</strong> · {size.width > 0 && `${dimensions(size.width, size.height)} · `}{bytes(item.file.size)}<br /><span className="mono">{item.file.name}</span></figcaption>
          </figure>
          <figure>
            <div className="choose-frame">
              {stored && (
                <Fitted size={stored}>
                  <Picture id={of} size="preview" placeholder={stored.placeholder} alt={t('Here: {name}', { name: stored.name })} />
                  <Overlay width={stored.width} height={stored.height} region={verdict.region} />
                </Fitted>
              )}
            </div>
            {stored && (
              <figcaption>
                <Link to={{ view: 'photo', id: of }} before={closeQuestion}><strong>{t('Here already')}</strong></Link> · {dimensions(stored.width, stored.height)} · {bytes(stored.size_bytes)}<br />
                <span className="mono">{stored.name}</span>
              </figcaption>
            )}
          </figure>
        </div>
        {verdict.signals && <details><summary>{t('Why we think so')}</summary><Proof signals={verdict.signals} /></details>}
        <div className="choose-list">
          {CHOICES.map(([policy, key, title, what], i) => (
            <button key={policy} type="button" className={`button${i === 0 ? ' primary' : ''}`} data-autofocus={i === 0 || undefined} aria-keyshortcuts={key} onClick={() => answer(itemKey, policy, all)}>
              <kbd>{key}</kbd><span>{t(title)}<small>{t(what)}</small></span>
            </button>
          ))}
        </div>
        <div className="choose-foot">
          {waiting > 1 && <label><input type="checkbox" checked={all} onChange={(event) => setAll(event.target.checked)} />{t('The same for the other {n} copy¦The same for the other {n} copies', { n: waiting - 1 })}</label>}
          {(item.outcome?.others?.length ?? 0) > 0 && <span className="muted">{t('Also: {kind} ({n} other photo).¦Also: {kind} ({n} other photos).', { kind: lowerFirst(verdictTitle(item.outcome!.others![0]!.kind)), n: item.outcome!.others!.length })}</span>}
        </div>
      </div>
    </Dialog>
  );
}

// Contains a picture of this shape in its frame, so that overlays lie exactly on it.
function Fitted({ size, children }: { size: Size; children: React.ReactNode }) {
  const ratio = size.width > 0 ? size.width / size.height : 1;
  return <span className="fit" style={{ width: `min(100cqw, ${ratio} * 100cqh)`, aspectRatio: `${ratio}` }}>{children}</span>;
}

function useLocalPicture(file: File | undefined) {
  const [url, setUrl] = useState('');
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  const [broken, setBroken] = useState(false);
  useEffect(() => {
    if (!file) return;
    const address = URL.createObjectURL(file);
    const probe = new Image();
    probe.onload = () => setSize({ width: probe.naturalWidth, height: probe.naturalHeight });
    probe.onerror = () => setBroken(true);
    probe.src = address;
    setUrl(address);
    return () => URL.revokeObjectURL(address);
  }, [file]);
  return { url, size, broken };
}
