import { describe, expect, it } from 'vitest';
import { findRoute, luckyRoute, parseRoute, photoIdOf, routeUrl, searchRoute, tagExpression, type Route } from './route';

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
    ['/compare/3', { view: 'compare', a: 3, b: 0 }],
    ['/compare/0/4', { view: 'compare', a: 0, b: 4 }],
    ['/compare', { view: 'compare', a: 0, b: 0 }],
    ['/duplicates', { view: 'duplicates' }],
    ['/trash', { view: 'trash' }],
    ['/show?ids=1,2,3', { view: 'show', ids: [1, 2, 3] }],
    ['/similar/4?by=copies', { view: 'similar', id: 4, by: 'copies' }],
    ['/slideshow', { view: 'slideshow', q: '', album: 0 }],
    ['/slideshow?q=sea', { view: 'slideshow', q: 'sea', album: 0 }],
    ['/slideshow?album=4', { view: 'slideshow', q: '', album: 4 }],
    ['/albums', { view: 'albums' }],
    ['/albums/7', { view: 'album', id: 7 }],
    ['/shared/7', { view: 'shared', id: 7 }],
    ['/s/AbC-_9', { view: 'share', token: 'AbC-_9' }],
    ['/help/search', { view: 'help', of: 'search' }],
    ['/login', { view: 'login' }],
    ['/moderation', { view: 'moderation' }],
  ])('%s goes there and back', (url, route) => {
    expect(at(url)).toEqual(route);
    expect(routeUrl(route)).toBe(url);
  });
  it.each(['/photo/0', '/photo/x', '/photo/1/2', '/nowhere', '/compare/x', '/compare/1/2/3', '/lucky/0', '/lucky/mine', '/lucky/1/2', '/show', '/show?ids=x', '/albums/0', '/help/me', '/s', '/similar/0', '/photo/99999999999999999999'])('%s is nowhere', (url) =>
    expect(at(url)).toEqual({ view: 'lost' }));
  it('shows each photo once', () => expect(at('/show?ids=3,3,x,1')).toEqual({ view: 'show', ids: [3, 1] }));
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

describe('a photo of our own', () => {
  it.each<[string, number]>([
    ['12', 12],
    ['id: 12', 12],
    ['/photo/12', 12],
    ['http://gallery.example/photo/12?x=1', 12],
    ['http://gallery.example/i/12/original', 12],
    ['http://gallery.example/api/v1/images/12', 12],
    ['http://elsewhere.example/photo/12', 0],
    ['//elsewhere.example/photo/12', 0],
    ['http://gallery.example/tags', 0],
    ['0', 0],
    ['cat', 0],
    ['', 0],
  ])('"%s" is %i', (text, id) => expect(photoIdOf(text, 'http://gallery.example')).toBe(id));
});

describe('a tag in an expression', () => {
  it.each([['sea', 'sea'], ['rainbow dash', 'rainbow dash'], ['лес', 'лес'], ['artist:ann', '"artist:ann"'], ['42', '"42"'], ['a, b', '"a, b"'], ['say "hi"', '"say \\"hi\\""'], ['-x', '"-x"']])(
    '%s', (tag, expression) => expect(tagExpression(tag)).toBe(expression));
});
