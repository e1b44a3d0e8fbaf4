import { describe, expect, it } from 'vitest';
import { findRoute, luckyRoute, parseRoute, routeUrl, searchRoute, type Route } from './route';

const at = (url: string): Route => {
  const { pathname, search } = new URL(url, 'http://x');
  return parseRoute(pathname, search);
};

describe('routes', () => {
  it.each<[string, Route]>([
    ['/', { view: 'gallery', tag: '' }],
    ['/?tag=sea+%26+sky', { view: 'gallery', tag: 'sea & sky' }],
    ['/search?q=sea%2C+-people', { view: 'search', q: 'sea, -people' }],
    ['/photo/12', { view: 'photo', id: 12 }],
    ['/compare/3/4', { view: 'compare', a: 3, b: 4 }],
    ['/find', findRoute()],
    ['/find?colour=%23aabbcc', findRoute({ colour: '#aabbcc' })],
    ['/find?like=7', findRoute({ like: 7 })],
    ['/find?text=a+dog%2C+beach&minus=people', findRoute({ text: 'a dog, beach', minus: 'people' })],
    ['/find?like=7&text=%E5%A4%9C', findRoute({ like: 7, text: '夜' })],
    ['/lucky', luckyRoute()],
    ['/lucky/42', luckyRoute(42)],
    ['/lucky/yours', { view: 'lucky', id: 0, own: true }],
    ['/duplicates', { view: 'duplicates' }],
    ['/trash', { view: 'trash' }],
  ])('%s goes there and back', (url, route) => {
    expect(at(url)).toEqual(route);
    expect(routeUrl(route)).toBe(url);
  });
  it.each(['/photo/0', '/photo/x', '/photo/1/2', '/nowhere', '/compare/1', '/lucky/0', '/lucky/mine', '/lucky/1/2', '/photo/99999999999999999999'])('%s is nowhere', (url) =>
    expect(at(url)).toEqual({ view: 'lost' }));
  it('ignores a colour that is none', () => expect(at('/find?colour=red')).toEqual(findRoute()));
  it('looks for a colour alone', () => expect(at('/find?colour=%23aabbcc&text=sea')).toEqual(findRoute({ text: 'sea' })));
});

describe('the search box', () => {
  it.each<[string, Route]>([
    ['', { view: 'gallery', tag: '' }],
    [' sea ', { view: 'search', q: 'sea' }],
    ['#f80', findRoute({ colour: '#ff8800' })],
    ['#FF8800', findRoute({ colour: '#ff8800' })],
    ['42', { view: 'photo', id: 42 }],
    ['id:42', { view: 'photo', id: 42 }],
    ['facade', { view: 'search', q: 'facade' }],
    ['#holiday', { view: 'search', q: '#holiday' }],
  ])('takes "%s"', (text, route) => expect(searchRoute(text)).toEqual(route));
});
