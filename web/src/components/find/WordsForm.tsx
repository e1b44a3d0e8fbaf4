import { Search, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { findRoute, type Question } from '../../lib/route';
import { t } from '../../lib/texts';
import { go } from '../../state/router';
import { IconButton } from '../IconButton';

// What is to be seen and what is not. A picture that is looked for stays and is mixed with the words; a colour goes.
export function WordsForm({ question, onAgain }: { question: Question; onAgain: () => void }) {
  const { like } = question;
  const [text, setText] = useState(question.text);
  const [minus, setMinus] = useState(question.minus);
  useEffect(() => {
    setText(question.text);
    setMinus(question.minus);
  }, [question.text, question.minus]);
  return (
    <form
      className="find-words"
      role="search"
      aria-label={t('By words')}
      onSubmit={(event) => {
        event.preventDefault();
        const [wanted, unwanted] = [text.trim(), minus.trim()];
        if (wanted === question.text && unwanted === question.minus) onAgain();
        else go(findRoute({ like, text: wanted, minus: unwanted }));
      }}
    >
      <label>
        <span>{t('Show me')}</span>
        <input className="field" type="text" value={text} required={minus.trim() !== ''} placeholder={t('a dog on the beach')} autoComplete="off" enterKeyHint="search" onChange={(event) => setText(event.target.value)} />
      </label>
      <label>
        <span>{t('But without')}</span>
        <input className="field" type="text" value={minus} placeholder={t('people, snow')} autoComplete="off" autoCapitalize="none" enterKeyHint="search" onChange={(event) => setMinus(event.target.value)} />
      </label>
      <div className="find-words-buttons">
        <button type="submit" className="button primary"><Search size={18} aria-hidden />{t('Search')}</button>
        {(question.text || question.minus) && <IconButton icon={X} label={t('Clear the words')} onClick={() => go(findRoute({ like }))} />}
      </div>
    </form>
  );
}
