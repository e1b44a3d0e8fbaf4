import { Link } from '../components/Link';
import { Rich } from '../components/Rich';
import { findRoute, luckyRoute, type Route } from '../lib/route';
import { t } from '../lib/texts';
import { help } from '../state/shell';
import './plain.css';

const linked = (to: Route) => (words: string) => <Link to={to}>{words}</Link>;

export default function AboutView() {
  return (
    <article className="page narrow prose">
      <h1>Likeness</h1>
      <p>{t('Your photos, and which of them are likenesses of each other. Everything happens on this machine: no picture, no name and no request leaves it.')}</p>
      <h2>{t('What it knows')}</h2>
      <p>{t('Each picture is looked at four ways: its exact bytes and pixels, its structure as a whole, its colours, and the points in it that can be found again when it was cropped, turned, mirrored or written over. A verdict names what was found and shows it, so that you can check it with your own eyes.')}</p>
      <p><Rich text="With <a>models</a> it also knows what is to be seen: words find photos, photos find what looks like them, and new ones get tags suggested." parts={{ a: linked({ view: 'stats' }) }} /></p>
      <h2>{t('What to try')}</h2>
      <ul>
        <li><Rich text="Search by tags, sizes, dates and more: <a>how to search</a>." parts={{ a: linked({ view: 'help', of: 'search' }) }} /></li>
        <li>{t('Drop a picture anywhere: onto the left to add it, onto the right to only look for it.')}</li>
        <li><Rich text="<a>Find a picture</a> by words, a screenshot, a crop, or a colour." parts={{ a: linked(findRoute()) }} /></li>
        <li><Rich text="Let <a>chance pick a photo</a> and see the nine that look most like it." parts={{ a: linked(luckyRoute()) }} /></li>
        <li><Rich text="<a>Go through the copies</a> with the keys {first} to {last}; {space} flips between the two." parts={{ a: linked({ view: 'duplicates' }), first: <kbd>1</kbd>, last: <kbd>5</kbd>, space: <kbd>Space</kbd> }} /></li>
        <li><Rich text="Press {key} anywhere for <a>all keys</a>." parts={{ key: <kbd>?</kbd>, a: (words) => <button type="button" className="link-button" onClick={() => help.set(true)}>{words}</button> }} /></li>
      </ul>
      <h2>{t('For programs')}</h2>
      <p><Rich text="The interface this page uses is open to others: <a>how to use it</a>." parts={{ a: linked({ view: 'help', of: 'api' }) }} /></p>
    </article>
  );
}
