import routes from '../api/routes.json';
import { Link } from '../components/Link';
import { Rich } from '../components/Rich';
import { t, type PlainText } from '../lib/texts';
import './plain.css';

const origin = location.origin;
const EXAMPLES: [PlainText, string][] = [
  ['The newest photos, ten of them', `curl '${origin}/api/v1/images?limit=10'`],
  ['What an expression finds', `curl -G ${origin}/api/v1/images --data-urlencode 'q=sea, -people, width>=1920'`],
  ['The facts of one photo', `curl ${origin}/api/v1/images/1`],
  ['Its bytes: thumb, preview or original', `curl -o 1.jpg ${origin}/i/1/original`],
  ['Is this picture here? It is not stored', `curl -F file=@picture.jpg ${origin}/api/v1/search`],
  ['Add a picture, with a token', `curl -H 'Authorization: Bearer TOKEN' -F file=@picture.jpg ${origin}/api/v1/images`],
  ['Tag it', `curl -X PATCH -H 'Authorization: Bearer TOKEN' -H 'Content-Type: application/json' -d '{"tags_add": ["sea"]}' ${origin}/api/v1/images/1`],
];

// Routes that belong together stand together: by the first part of their address.
const groups = new Map<string, typeof routes>();
for (const route of routes) {
  const name = route.path.split('/')[1]!;
  groups.set(name, [...(groups.get(name) ?? []), route]);
}

export default function ApiHelpView() {
  return (
    <article className="page narrow help-page">
      <h1>{t('For programs')}</h1>
      <p><Rich text="All that this page does, programs can do: it uses the same interface, described for machines in <a>openapi.yaml</a>. Answers are JSON; errors have a code, a message, a hint and the number of the request." parts={{ a: (words) => <a href="/api/openapi.yaml">{words}</a> }} /></p>
      <p><Rich text="What wants an account takes a token: make one on the page of <a>your account</a> and send it as {header}." parts={{ a: (words) => <Link to={{ view: 'account' }}>{words}</Link>, header: <code>Authorization: Bearer TOKEN</code> }} /></p>
      <h2>{t('Examples')}</h2>
      {EXAMPLES.map(([words, command]) => <div key={command}><h3>{t(words)}</h3><pre>{command}</pre></div>)}
      <h2>{t('All routes')}</h2>
      <p className="muted small"><Rich text="Below {base}." parts={{ base: <code>/api/v1</code> }} /></p>
      {[...groups].map(([name, list]) => (
        <dl key={name} aria-label={name}>
          {list.map(({ method, path, words }) => <div key={method + path} className="route"><dt><b>{method}</b>{path}</dt><dd lang="en">{words}</dd></div>)}
        </dl>
      ))}
    </article>
  );
}
