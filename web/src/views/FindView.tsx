import { Clipboard, ImageUp, ScanSearch, SearchX, Upload, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { asApiError, findSimilar, imageUrl, searchByColour, searchByPicture, type ApiError, type SearchResult } from '../api/client';
import { ColourPicker } from '../components/find/ColourPicker';
import { Results } from '../components/find/Results';
import { IconButton } from '../components/IconButton';
import { Link } from '../components/Link';
import { ErrorNote, Note } from '../components/Note';
import { plural } from '../lib/format';
import { isCopy } from '../lib/words';
import { go } from '../state/router';
import { chooseFiles, findPicture, forgetPicture, useWanted, type Wanted } from '../state/shell';
import { say } from '../state/toasts';
import { addFiles } from '../state/uploads';
import './find.css';

const COUNT = 60;
const COLOURS_SHOWN = 24;  // beside copies the colours are a hint; the far ones say little

export default function FindView({ like, colour }: { like: number; colour: string }) {
  const kept = useWanted();
  const wanted = like || colour ? null : kept;
  const { result, error, busy, again } = useSearch(like, colour, wanted);
  return (
    <div className="page find">
      <header className="page-head"><h1>Find a picture</h1></header>
      <div className="find-ask">
        <Asked like={like} colour={colour} wanted={wanted} />
        <ColourPicker value={colour} onPick={(next) => go({ view: 'find', like: 0, colour: next }, { replace: colour !== '' })} />
      </div>
      {error && <ErrorNote error={error} onRetry={again} />}
      {busy && !error && <div className="find-waiting late" role="status" aria-label="Looking">{[0, 1, 2, 3, 4, 5].map((i) => <span key={i} className="skeleton" />)}</div>}
      {result && !busy && <Answer result={result} wanted={wanted} colour={colour} />}
    </div>
  );
}

// What is looked for: a picture, a stored photo, or an invitation.
function Asked({ like, colour, wanted }: { like: number; colour: string; wanted: Wanted | null }) {
  const [broken, setBroken] = useState('');
  const choose = () => chooseFiles(false, ([file]) => file && findPicture(file));
  if (wanted || like) {
    return (
      <figure className="find-query">
        {wanted && broken === wanted.url ? <span className="muted small">This browser cannot show it, but it can be looked for.</span>
          : <img draggable={false} src={wanted ? wanted.url : imageUrl(like, 'preview')} alt={wanted ? `Looking for ${wanted.file.name}` : `Looking for photos like number ${like}`} onError={() => setBroken(wanted?.url ?? '')} />}
        <figcaption className="mono small ellipsis">{wanted ? wanted.file.name || 'pasted picture' : `Photo ${like}`}</figcaption>
        <span className="find-query-actions">
          <button type="button" className="button small-button" onClick={choose}><ImageUp size={16} aria-hidden />Another</button>
          <IconButton icon={X} label="Clear" onClick={() => { forgetPicture(); go({ view: 'find', like: 0, colour: '' }); }} />
        </span>
      </figure>
    );
  }
  const paste = async () => {
    try {
      for (const item of await navigator.clipboard.read()) {
        const type = item.types.find((one) => one.startsWith('image/'));
        if (type) {
          findPicture(new File([await item.getType(type)], 'pasted picture', { type }));
          return;
        }
      }
      say('There is no picture in the clipboard.');
    } catch {
      say('The browser does not let us read the clipboard. Press Ctrl V instead.');
    }
  };
  return (
    <div className={`find-invite${colour ? ' slim' : ''}`}>
      {!colour && <ScanSearch size={40} strokeWidth={1.25} aria-hidden />}
      <div>
        <h2>Do you have this picture?</h2>
        <p className="muted">Drop it here, paste it, or choose a file. It is only looked at, never stored.</p>
      </div>
      <div className="find-buttons">
        <button type="button" className="button primary" onClick={choose}><ImageUp size={18} aria-hidden />Choose a picture</button>
        <button type="button" className="button" onClick={() => void paste()}><Clipboard size={18} aria-hidden />Paste</button>
      </div>
    </div>
  );
}

function Answer({ result, wanted, colour }: { result: SearchResult; wanted: Wanted | null; colour: string }) {
  const copies = result.results.filter((hit) => isCopy(hit.verdict?.kind));
  const likeness = (hit: SearchResult['results'][number]) => hit.signals.reduce(
    (sum, { signal, score }) => sum + (signal === 'colour' || signal === 'layout' ? score : 0), 0);
  const colours = result.results.filter((hit) => !copies.includes(hit) && likeness(hit) > 0)
    .sort((a, b) => likeness(b) - likeness(a)).slice(0, colour ? COUNT : COLOURS_SHOWN);
  if (result.results.length === 0) {
    return <Note icon={SearchX} title="Nothing like it here" actions={wanted ? <Add wanted={wanted} /> : <Link className="button" to={{ view: 'gallery', tag: '' }}>All photos</Link>}>
      {wanted ? 'No photo here is a copy of it or shares its colours.' : 'No photo here has this colour.'}
    </Note>;
  }
  return (
    <>
      <p className="find-summary" role="status">
        {!colour && <strong>{copies.length ? `Yes: ${plural(copies.length, 'copy', 'copies')} found.` : 'No copy of it is here.'} </strong>}
        {!copies.length && wanted && <Add wanted={wanted} />}
        {result.low_information && <span className="muted">It is nearly flat, so it was compared by what little it shows. </span>}
        {result.partial && <span className="muted">Not everything could be searched in time. </span>}
      </p>
      <Results title="Copies" hits={copies} proof />
      <Results title={colour ? `Photos in ${colour}` : 'Similar by colour'} hits={colours} />
    </>
  );
}

function Add({ wanted }: { wanted: Wanted }) {
  return <button type="button" className="button small-button" onClick={() => addFiles([wanted.file])}><Upload size={16} aria-hidden />Add it to the library</button>;
}

function useSearch(like: number, colour: string, wanted: Wanted | null) {
  const [result, setResult] = useState<SearchResult | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    setError(null);
    setResult(null);
    if (!like && !colour && !wanted) {
      setBusy(false);
      return;
    }
    const abort = new AbortController();
    setBusy(true);
    const asked = colour ? searchByColour(colour, COUNT, abort) : like ? findSimilar(like, 'all', COUNT, abort)
      : searchByPicture(wanted!.file, wanted!.file.name || 'pasted picture', 'all', COUNT, abort);
    asked.then(setResult, (reason: unknown) => !abort.signal.aborted && setError(asApiError(reason)))
      .finally(() => !abort.signal.aborted && setBusy(false));
    return () => abort.abort();
  }, [like, colour, wanted, attempt]);
  return { result, error, busy, again: () => setAttempt(attempt + 1) };
}
