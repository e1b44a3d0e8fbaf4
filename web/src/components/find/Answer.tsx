import { SearchX, Upload } from 'lucide-react';
import type { SearchHit, SearchResult } from '../../api/client';
import type { Question } from '../../lib/route';
import { nearness, questionWords } from '../../lib/search';
import { isCopy } from '../../lib/words';
import { t } from '../../lib/texts';
import type { Wanted } from '../../state/shell';
import { useMay } from '../../state/site';
import { addFiles } from '../../state/uploads';
import { Link } from '../Link';
import { Note } from '../Note';
import { Rich } from '../Rich';
import { Results } from './Results';

const toModels = (words: string) => <Link to={{ view: 'stats' }}>{words}</Link>;
const COLOURS_SHOWN = 24;  // beside copies the colours are a hint; the far ones say little

const AllPhotos = () => <Link className="button" to={{ view: 'gallery', tag: '' }}>{t('All photos')}</Link>;

// To words: photos in the order of their fit, each with its numbers.
export function WordsAnswer({ result, question, wanted }: { result: SearchResult; question: Question; wanted: Wanted | null }) {
  const words = questionWords(question.text, question.minus);
  const picture = wanted !== null || question.like > 0;
  if (result.results.length === 0) {
    return <Note icon={SearchX} title={t('Nothing to show yet')} actions={<AllPhotos />}>{result.note ? `${result.note}.` : t('No photo here was found for {words}.', { words })}</Note>;
  }
  return (
    <>
      <p className="find-summary" role="status">
        <span className="muted">{picture ? t('Best first. The score says how well a photo fits the words, the distance how far its look is.') : t('Best first. The score says how well a photo fits the words.')}</span>
        <Reservations result={result} />
      </p>
      <Results title={picture ? t('Looks like it, and {words}', { words }) : t('Photos of {words}', { words })} hits={result.results} caption={nearness} />
    </>
  );
}

interface PictureProps {
  result: SearchResult;
  looks: SearchResult | null;
  unseen: boolean;  // no model can tell what looks like it
  wanted: Wanted | null;
  colour: string;
}

// To a picture or a colour: copies with their proof, what looks like it, what has its colours.
export function PictureAnswer({ result, looks, unseen, wanted, colour }: PictureProps) {
  const copies = result.results.filter((hit) => isCopy(hit.verdict?.kind));
  const isShown = ({ id }: SearchHit) => copies.some((copy) => copy.id === id);
  const likeness = (hit: SearchHit) => hit.signals.reduce((sum, { signal, score }) => sum + (signal === 'colour' || signal === 'layout' ? score : 0), 0);
  const colours = result.results.filter((hit) => !isShown(hit) && likeness(hit) > 0).sort((a, b) => likeness(b) - likeness(a));
  if (result.results.length === 0) {
    return <Note icon={SearchX} title={t('Nothing like it here')} actions={wanted ? <Add wanted={wanted} /> : <AllPhotos />}>
      {wanted ? t('No photo here is a copy of it or shares its colours.') : t('No photo here has this colour.')}
    </Note>;
  }
  return (
    <>
      <p className="find-summary" role="status">
        {!colour && <strong>{copies.length ? t('Yes: {n} copy found.¦Yes: {n} copies found.', { n: copies.length }) : t('No copy of it is here.')} </strong>}
        {!copies.length && wanted && <Add wanted={wanted} />}
        {result.low_information && <span className="muted">{t('It is nearly flat, so it was compared by what little it shows.')} </span>}
        <Reservations result={result} />
        {unseen && <span className="muted"><Rich text="What looks like it without being a copy, a model has to tell: <a>how to get one</a>." parts={{ a: toModels }} /> </span>}
      </p>
      <Results title={t('Copies')} hits={copies} proof />
      {looks && <Results title={t('Looks like it')} hits={looks.results.filter((hit) => !isShown(hit))} caption={nearness} />}
      <Results title={colour ? t('Photos in {colour}', { colour }) : t('Similar by colour')} hits={colour ? colours : colours.slice(0, COLOURS_SHOWN)} />
    </>
  );
}

// Why the answer may lack something, in the server's words where it has some.
function Reservations({ result: { partial, note } }: { result: SearchResult }) {
  if (!partial) return null;
  return <span className="muted">{note ? <Rich text="{note}: <a>how far it is</a>." parts={{ note, a: toModels }} /> : t('Not everything could be searched in time.')} </span>;
}

function Add({ wanted }: { wanted: Wanted }) {
  if (!useMay('add')) return null;
  return <button type="button" className="button small-button" onClick={() => addFiles([wanted.file])}><Upload size={16} aria-hidden />{t('Add it to the library')}</button>;
}
