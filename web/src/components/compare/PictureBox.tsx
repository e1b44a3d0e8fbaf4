import { ClipboardPaste, FolderOpen, ImagePlus, X } from 'lucide-react';
import { useState } from 'react';
import { photoIdOf } from '../../lib/route';
import { dimensions } from '../../lib/format';
import { known, t } from '../../lib/texts';
import { chooseFiles, pastePicture } from '../../state/shell';
import { IconButton } from '../IconButton';
import { Layer } from './Layer';
import type { SideIndex, Slot, Source } from './useComparison';

interface Props {
  side: SideIndex;
  slot: Slot;
  small: boolean;
  onPlace: (side: SideIndex, source: Source) => void;
  onClear: (side: SideIndex) => void;
}

const NAMES = ['First picture', 'Second picture'] as const;
const OTHER = ['Choose another first picture', 'Choose another second picture'] as const;
const AWAY = ['Take the first picture away', 'Take the second picture away'] as const;
const BY_NUMBER = ['Number or address of the first picture', 'Number or address of the second picture'] as const;

// Where one picture comes in: dropped, chosen, pasted, or named by its number or address here.
export function PictureBox({ side, slot, small, onPlace, onClear }: Props) {
  const name = t(NAMES[side]);
  const choose = () => chooseFiles(false, ([file]) => file && onPlace(side, { file, name: file.name }));
  if (slot.state === 'ready' || (slot.state === 'loading' && small)) {
    return (
      <section className={`cmp-box filled${small ? ' small' : ''}`} aria-label={name} data-drop={side === 0 ? 'first' : 'second'}>
        <span className="cmp-thumb">{slot.decoded && <Layer bitmap={slot.decoded.bitmap} fill />}</span>
        <span className="cmp-box-words">
          <strong>{side + 1}</strong> <span className="mono ellipsis">{slot.name}</span>
          <span className="muted numbers">{slot.decoded ? dimensions(slot.decoded.width, slot.decoded.height) : t('Reading…')}</span>
        </span>
        <IconButton icon={FolderOpen} label={t(OTHER[side])} onClick={choose} />
        <IconButton icon={X} label={t(AWAY[side])} onClick={() => onClear(side)} />
      </section>
    );
  }
  return (
    <section className="cmp-box" aria-label={name} data-drop={side === 0 ? 'first' : 'second'}>
      <ImagePlus size={small ? 24 : 40} strokeWidth={1.25} aria-hidden />
      <h2>{name}</h2>
      {slot.state === 'failed'
        ? <p role="alert"><strong>{known(slot.error?.message ?? '')}</strong> {known(slot.error?.hint ?? '')}</p>
        : <p className="muted">{slot.state === 'loading' ? t('Reading…') : t('Drop it here, paste it, or')}</p>}
      <div className="cmp-box-ways">
        <button type="button" className="button primary" onClick={choose}><FolderOpen size={16} aria-hidden />{t('Choose a file')}</button>
        <PasteButton onPaste={(file) => onPlace(side, { file, name: t('pasted picture') })} />
      </div>
      <ByNumber side={side} onPlace={onPlace} />
    </section>
  );
}

function PasteButton({ onPaste }: { onPaste: (file: File) => void }) {
  if (!navigator.clipboard?.read) return null;
  return <button type="button" className="button" onClick={() => void pastePicture(onPaste)}><ClipboardPaste size={16} aria-hidden />{t('Paste')}</button>;
}

function ByNumber({ side, onPlace }: { side: SideIndex; onPlace: Props['onPlace'] }) {
  const [text, setText] = useState('');
  const [fault, setFault] = useState('');
  return (
    <form className="cmp-number" onSubmit={(event) => {
      event.preventDefault();
      const id = photoIdOf(text, location.origin);
      if (id) onPlace(side, { id });
      else setFault(/^https?:/i.test(text.trim()) ? t('That is another site’s address, and Likeness asks no other site. Save the picture and drop it here.') : t('No photo has that number or address.'));
    }}>
      <input className="field" value={text} onChange={(event) => { setText(event.target.value); setFault(''); }} placeholder={t('Number or address of a photo here')} aria-label={t(BY_NUMBER[side])} aria-invalid={fault !== ''} />
      <button type="submit" className="button" disabled={!text.trim()}>{t('Take')}</button>
      {fault && <p className="small cmp-fault" role="alert">{fault}</p>}
    </form>
  );
}
