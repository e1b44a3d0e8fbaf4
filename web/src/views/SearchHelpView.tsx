import { Link } from '../components/Link';
import { Rich } from '../components/Rich';
import { SEARCH_HELP } from '../lib/searchhelp';
import { t } from '../lib/texts';
import './plain.css';

export default function SearchHelpView() {
  return (
    <article className="page narrow help-page">
      <h1>{t('How to search')}</h1>
      <p>{t('One box takes tags, sizes, dates, cameras, colours, photos and words, joined as you like. Each example is a link that tries it.')}</p>
      <p><Rich text="<tags>A list of all tags</tags> shows how they are written. As you type, the box completes the tag under the caret. A number alone opens the photo with that number." parts={{ tags: (words) => <Link to={{ view: 'tags' }}>{words}</Link> }} /></p>
      <nav className="help-toc" aria-label={t('On this page')}>{SEARCH_HELP.map(({ id, title }) => <a key={id} className="chip" href={`#${id}`}>{t(title)}</a>)}</nav>
      {SEARCH_HELP.map(({ id, title, words, rows }) => (
        <section key={id} aria-labelledby={id}>
          <h2 id={id}>{t(title)}</h2>
          {words.map((one) => <p key={one}>{t(one)}</p>)}
          <table className="help-table">
            <thead><tr><th scope="col">{t('Write')}</th><th scope="col">{t('It finds')}</th></tr></thead>
            <tbody>{rows.map(([expression, means]) => <tr key={expression}><td><Link to={{ view: 'search', q: expression }}>{expression}</Link></td><td>{t(means)}</td></tr>)}</tbody>
          </table>
        </section>
      ))}
      <h2>{t('Mistakes')}</h2>
      <p>{t('An expression that cannot be read finds nothing; the box says what is wrong, at which character, and the way out.')}</p>
      <p className="help-examples"><Link className="chip" to={{ view: 'search', q: 'sea, width=1000' }}>sea, width=1000</Link></p>
    </article>
  );
}
