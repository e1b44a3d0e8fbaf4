// Writes src/api/routes.json, what the page's help says of the API: each public route with its summary. With --check only
// compares.
import { readFileSync, writeFileSync } from 'node:fs';
import yaml from 'js-yaml';

const at = (path) => new URL(path, import.meta.url).pathname;
const { paths } = yaml.load(readFileSync(at('../../api/openapi.yaml'), 'utf8'));
const routes = [];
for (const [path, item] of Object.entries(paths)) {
  if (!path.startsWith('/api/v1/') && !path.startsWith('/i/')) continue;
  for (const method of ['get', 'post', 'put', 'patch', 'delete']) {
    const route = item[method];
    if (route) routes.push({ method: method.toUpperCase(), path: path.replace('/api/v1', ''), words: route.summary ?? Object.values(route.responses)[0]?.description ?? '' });
  }
}
const text = `${JSON.stringify(routes, null, 1)}\n`;
const out = at('../src/api/routes.json');
if (process.argv.includes('--check')) {
  if (readFileSync(out, 'utf8') !== text) {
    console.error('src/api/routes.json is stale: npm run api');
    process.exit(1);
  }
} else {
  writeFileSync(out, text);
}
