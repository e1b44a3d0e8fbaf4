import { Clipboard, ImageUp, ScanSearch, X } from 'lucide-react';
import { useState } from 'react';
import { imageUrl } from '../../api/client';
import { findRoute, type Question } from '../../lib/route';
import { go } from '../../state/router';
import { chooseFiles, findPicture, forgetPicture, pastePicture, type Wanted } from '../../state/shell';
import { IconButton } from '../IconButton';

const choose = () => chooseFiles(false, ([file]) => file && findPicture(file));

// What is looked for: a picture, a stored photo, or an invitation.
export function Asked({ question, wanted }: { question: Question; wanted: Wanted | null }) {
  const { like, colour, text, minus } = question;
  const [broken, setBroken] = useState('');
  if (wanted || like) {
    return (
      <figure className="find-query">
        {wanted && broken === wanted.url ? <span className="muted small">This browser cannot show it, but it can be looked for.</span>
          : <img draggable={false} src={wanted ? wanted.url : imageUrl(like, 'preview')} alt={wanted ? `Looking for ${wanted.file.name}` : `Looking for photos like number ${like}`} onError={() => setBroken(wanted?.url ?? '')} />}
        <figcaption className="mono small ellipsis">{wanted ? wanted.file.name || 'pasted picture' : `Photo ${like}`}</figcaption>
        <span className="find-query-actions">
          <button type="button" className="button small-button" onClick={choose}><ImageUp size={16} aria-hidden />Another</button>
          <IconButton icon={X} label="Clear" onClick={() => { forgetPicture(); go(findRoute({ text, minus })); }} />
        </span>
      </figure>
    );
  }
  const slim = colour || text || minus;
  return (
    <div className={`find-invite${slim ? ' slim' : ''}`}>
      {!slim && <ScanSearch size={40} strokeWidth={1.25} aria-hidden />}
      <div>
        <h2>{text ? 'Together with a picture?' : 'Do you have this picture?'}</h2>
        <p className="muted">{text ? 'Photos that look like it and show the words.' : 'Drop it here, paste it, or choose a file. It is only looked at, never stored.'}</p>
      </div>
      <div className="find-buttons">
        <button type="button" className={`button${text ? '' : ' primary'}`} onClick={choose}><ImageUp size={18} aria-hidden />Choose a picture</button>
        <button type="button" className="button" onClick={() => void pastePicture(findPicture)}><Clipboard size={18} aria-hidden />Paste</button>
      </div>
    </div>
  );
}
