// Numbers as people read them. Decimal megabytes; a real multiplication sign; a narrow no-break space before units.

import { locale, t, type Text } from './texts';

const NBSP = '\u202f';
export const decimal = (value: number, digits: number): string =>
  new Intl.NumberFormat(locale(), { maximumFractionDigits: digits }).format(value);

export const count = (value: number): string => decimal(value, 0);

export const photos = (n: number): string => t('{n} photo¦{n} photos', { n });

const withUnit = (key: Extract<Text, `{value} ${string}`>, value: string): string => t(key, { value }).replace(' ', NBSP);

export function bytes(value: number): string {
  if (value < 1000) return withUnit('{value} B', `${value}`);
  for (const [unit, size] of [['{value} kB', 1e3], ['{value} MB', 1e6], ['{value} GB', 1e9], ['{value} TB', 1e12]] as const) {
    const amount = value / size;
    if (amount < 999.5 || unit === '{value} TB') return withUnit(unit, decimal(amount, amount < 10 ? 1 : 0));
  }
  return '';
}

export const dimensions = (width: number, height: number): string => `${width} × ${height}`;

export function megapixels(width: number, height: number): string {
  const amount = (width * height) / 1e6;
  return withUnit('{value} MP', decimal(amount, amount < 10 ? 1 : 0));
}

export const percent = (share: number): string => `${decimal(share * 100, share < 0.095 ? 1 : 0)}${NBSP}%`;

// "3:2", "16:9" for the usual shapes, else nothing: an odd ratio tells nobody anything.
export function aspectName(width: number, height: number): string {
  const ratio = Math.max(width, height) / Math.min(width, height);
  for (const [name, value] of [['1:1', 1], ['5:4', 1.25], ['4:3', 4 / 3], ['3:2', 1.5], ['16:10', 1.6], ['16:9', 16 / 9], ['2:1', 2]] as const) {
    if (Math.abs(ratio - value) < 0.012) return width >= height ? name : name.split(':').reverse().join(':');
  }
  return '';
}

export function exposure(seconds: number): string {
  return withUnit('{value} s', seconds >= 0.4 ? decimal(seconds, 1) : `1/${Math.round(1 / seconds)}`);
}

export function coordinates(latitude: number, longitude: number): string {
  const part = (value: number, positive: string, negative: string) =>
    `${Math.abs(value).toFixed(5)}° ${value < 0 ? negative : positive}`;
  return `${part(latitude, t('N^latitude'), t('S^latitude'))}, ${part(longitude, t('E^longitude'), t('W^longitude'))}`;
}
