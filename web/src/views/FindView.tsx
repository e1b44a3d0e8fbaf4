import { wantsModel } from '../api/client';
import { Asked } from '../components/find/Asked';
import { PictureAnswer, WordsAnswer } from '../components/find/Answer';
import { ColourPicker } from '../components/find/ColourPicker';
import { WordsForm } from '../components/find/WordsForm';
import { ErrorNote } from '../components/Note';
import { Link } from '../components/Link';
import { knowsLooks } from '../lib/models';
import { findRoute, type Question } from '../lib/route';
import { t } from '../lib/texts';
import { useModels } from '../state/models';
import { go } from '../state/router';
import { useSearch } from '../state/search';
import { forgetPicture, useWanted } from '../state/shell';
import './find.css';

const COUNT = 60;
const LOOKS = 24;

export default function FindView({ question }: { question: Question }) {
  const { like, colour, text, minus } = question;
  const kept = useWanted();
  const wanted = like || colour ? null : kept;
  const words = text !== '' || minus !== '';
  const picture = wanted !== null || like > 0;
  const { result, error, busy, again } = useSearch({ like, colour, text, minus, wanted, by: colour ? 'colour' : words && picture ? 'look' : 'all', k: COUNT });
  // Beside the copies, where some model can tell.
  const models = useModels();
  const looks = useSearch(picture && !words && knowsLooks(models) ? { like, wanted, by: 'look', k: LOOKS } : null);
  return (
    <div className="page find">
      <header className="page-head"><h1>{t('Find a picture')}</h1></header>
      <WordsForm question={question} onAgain={again} />
      <div className={`find-ask${words ? ' beside-words' : ''}`}>
        <Asked question={question} wanted={wanted} />
        {!words && <ColourPicker value={colour} onPick={(next) => { forgetPicture(); go(findRoute({ colour: next }), { replace: colour !== '' }); }} />}
      </div>
      {error && <ErrorNote error={error} onRetry={again} more={words && wantsModel(error) && <Link className="button" to={{ view: 'stats' }}>{t('Models')}</Link>} />}
      {busy && !error && <div className="find-waiting late" role="status" aria-label={t('Looking')}>{[0, 1, 2, 3, 4, 5].map((i) => <span key={i} className="skeleton" />)}</div>}
      {result && !busy && (words ? <WordsAnswer result={result} question={question} wanted={wanted} />
        : <PictureAnswer result={result} looks={looks.result} unseen={picture && models !== null && !knowsLooks(models)} wanted={wanted} colour={colour} />)}
    </div>
  );
}
