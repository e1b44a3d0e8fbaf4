import { Clipboard, ImageUp, ScanSearch, X } from 'lucide-react';
import { useState } from 'react';
import { imageUrl } from '../../api/client';
import { findRoute, type Question } from '../../lib/route';
import { t } from '../../lib/texts';
import { go } from '../../state/router';
import { chooseFiles, findPicture, forgetPicture, pastePicture, type Wanted } from '../../state/shell';
import { IconButton } from '../IconButton';
import { AddressForm } from './AddressForm';

const choose = () => chooseFiles(false, ([file]) => file && findPicture(file));

// What is looked for: a picture, a stored photo, or an invitation.
export function Asked({ question, wanted }: { question: Question; wanted: Wanted | null }) {
  const { like, colour, text, minus } = question;
  const [broken, setBroken] = useState('');
  if (wanted || like) {
    return (
      <figure className="find-query">
        {wanted && broken === wanted.url ? <span className="muted small">{t('This browser cannot show it, but it can be looked for.')}</span>
          : <img draggable={false} src={wanted ? wanted.url : imageUrl(like, 'preview')} alt={wanted ? t('Looking for {name}', { name: wanted.file.name }) : t('Looking for photos like number {id}', { id: `${like}` })} onError={() => setBroken(wanted?.url ?? '')} />}
        <figcaption className="mono small ellipsis">{wanted ? wanted.file.name || t('pasted picture') : t('Photo {id}', { id: `${like}` })}</figcaption>
        <span className="find-query-actions">
          <button type="button" className="button small-button" onClick={choose}><ImageUp size={16} aria-hidden />{t('Another')}</button>
          <IconButton icon={X} label={t('Clear')} onClick={() => { forgetPicture(); go(findRoute({ text, minus })); }} />
        </span>
      </figure>
    );
  }
  const slim = colour || text || minus;
  return (
    <div className={`find-invite${slim ? ' slim' : ''}`}>
      {!slim && <ScanSearch size={40} strokeWidth={1.25} aria-hidden />}
      <div>
        <h2>{text ? t('Together with a picture?') : t('Do you have this picture?')}</h2>
        <p className="muted">{text ? t('Photos that look like it and show the words.') : t('Drop it here, paste it, or choose a file. It is only looked at, never stored.')}</p>
      </div>
      <div className="find-buttons">
        <button type="button" className={`button${text ? '' : ' primary'}`} onClick={choose}><ImageUp size={18} aria-hidden />{t('Choose a picture')}</button>
        <button type="button" className="button" onClick={() => void pastePicture(findPicture)}><Clipboard size={18} aria-hidden />{t('Paste')}</button>
      </div>
      <AddressForm />
    </div>
  );
}
