// Times in words. `taken_at` is local to where the picture was taken and has no zone; `imported_at` is UTC.
import { locale, t } from './texts';

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

export function parseTime(text: string): Date | null {
  if (!text) return null;
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? null : time;
}

// "just now", "5 minutes ago", "yesterday", "3 days ago", then the date itself.
export function relativeTime(text: string, now: Date = new Date()): string {
  const time = parseTime(text);
  if (!time) return '';
  const seconds = (now.getTime() - time.getTime()) / 1000;
  if (seconds < -MINUTE) return exactDate(text);
  if (seconds < MINUTE) return t('just now');
  const relative = new Intl.RelativeTimeFormat(locale(), { numeric: 'auto' });
  if (seconds < HOUR) return relative.format(-Math.floor(seconds / MINUTE), 'minute');
  const days = calendarDays(time, now);
  if (days === 0 || seconds < 6 * HOUR) return relative.format(-Math.floor(seconds / HOUR), 'hour');
  if (days < 14) return relative.format(-Math.max(1, days), 'day');
  return exactDate(text, now);
}

function calendarDays(from: Date, to: Date): number {
  const midnight = (date: Date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
  return Math.round((midnight(to) - midnight(from)) / (DAY * 1000));
}

// "12 May" this year, "12 May 2021" otherwise.
export function exactDate(text: string, now: Date = new Date()): string {
  const time = parseTime(text);
  if (!time) return '';
  const year = time.getFullYear() === now.getFullYear() ? undefined : 'numeric';
  return new Intl.DateTimeFormat(locale(), { day: 'numeric', month: 'long', year }).format(time);
}

// "12 May 2021", always with its year.
export function fullDate(text: string): string {
  const time = parseTime(text);
  return time ? new Intl.DateTimeFormat(locale(), { day: 'numeric', month: 'long', year: 'numeric' }).format(time) : '';
}

export function exactTime(text: string): string {
  const time = parseTime(text);
  if (!time) return '';
  return new Intl.DateTimeFormat(locale(), { dateStyle: 'full', timeStyle: 'medium' }).format(time);
}

// "2023-05" as "May 2023".
export function monthName(month: string): string {
  const match = /^(\d{4})-(\d{2})$/.exec(month);
  if (!match) return month || t('No date');
  const time = new Date(Number(match[1]), Number(match[2]) - 1, 1);
  return new Intl.DateTimeFormat(locale(), { month: 'long', year: 'numeric' }).format(time);
}
