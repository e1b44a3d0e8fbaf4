import { Link } from '../components/Link';
import { findRoute, luckyRoute } from '../lib/route';
import { help } from '../state/shell';
import './plain.css';

export default function AboutView() {
  return (
    <article className="page narrow prose">
      <h1>Likeness</h1>
      <p>Your photos, and which of them are likenesses of each other. Everything happens on this machine: no picture, no name and no request leaves it.</p>
      <h2>What it knows</h2>
      <p>Each picture is looked at four ways: its exact bytes and pixels, its structure as a whole, its colours, and the points in it that can be found again when it was cropped, turned, mirrored or written over. A verdict names what was found and shows it, so that you can check it with your own eyes.</p>
      <p>With <Link to={{ view: 'stats' }}>models</Link> it also knows what is to be seen: words find photos, photos find what looks like them, and new ones get tags suggested.</p>
      <h2>What to try</h2>
      <ul>
        <li>Drop a picture anywhere: onto the left to add it, onto the right to only look for it.</li>
        <li><Link to={findRoute()}>Find a picture</Link> by words, a screenshot, a crop, or a colour.</li>
        <li>Let <Link to={luckyRoute()}>chance pick a photo</Link> and see the nine that look most like it.</li>
        <li><Link to={{ view: 'duplicates' }}>Go through the copies</Link> with the keys <kbd>1</kbd> to <kbd>5</kbd>; <kbd>Space</kbd> flips between the two.</li>
        <li>Press <kbd>?</kbd> anywhere for <button type="button" className="link-button" onClick={() => help.set(true)}>all keys</button>.</li>
      </ul>
      <h2>For programs</h2>
      <p>The interface this page uses is open to others: <a href="/api/openapi.yaml">its description</a> is served here too.</p>
    </article>
  );
}
