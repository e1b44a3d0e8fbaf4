// A comparison in words. Pure.
import type { Alignment, Difference } from './core';
import { locale, t } from '../lib/texts';

const fixed = (value: number, digits: number): string => new Intl.NumberFormat(locale(), { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
const percentText = (value: number): string => (value > 0 && value < 0.01 ? t('less than 0.01') : value > 99.99 && value < 100 ? t('more than 99.99') : fixed(value, 2));

export function differenceSentence(d: Difference): string {
  const sizes = d.a.width !== d.b.width || d.a.height !== d.b.height;
  if (d.aligned) return d.equal ? t('What both show is the same.') : t('{percent} % of what both show differs.', { percent: percentText(d.different_percent) });
  const first = d.equal ? t('These images are the same!') : t('The second image is {percent} % different compared to the first.', { percent: percentText(d.different_percent) });
  return sizes ? t('{first} And they have different dimensions.', { first }) : first;
}

export const severityWords = (severity: number): string => (severity < 0.05 ? t('hardly visible') : severity < 0.15 ? t('slight') : severity < 0.4 ? t('clear^change') : t('strong'));

// What was done to the first picture to make the second, as far as the alignment tells.
export function placementWords(p: Alignment): string[] {
  const words: string[] = [];
  if (p.mirrored) words.push(t('mirrored'));
  if (Math.abs(p.rotation_degrees) >= 0.3) words.push(t('turned by {angle}°', { angle: fixed(p.rotation_degrees, Math.abs(p.rotation_degrees) < 10 ? 1 : 0) }));
  if (p.scale < 0.985) words.push(t('reduced to {n} %', { n: Math.round(p.scale * 100) }));
  else if (p.scale > 1.015) words.push(t('enlarged to {n} %', { n: Math.round(p.scale * 100) }));
  if (p.a_shared < 0.985) words.push(t('{n} % of the first is left', { n: Math.round(p.a_shared * 100) }));
  if (p.b_shared < 0.985) words.push(t('{n} % of the second is new around it', { n: Math.round((1 - p.b_shared) * 100) }));
  if (p.perspective > 0.004) words.push(t('seen from another angle'));
  const gain = (p.gain[0]! + p.gain[1]! + p.gain[2]!) / 3;
  if (gain < 0.95) words.push(t('brighter or with more contrast'));
  else if (gain > 1.05) words.push(t('darker or with less contrast'));
  return words;
}

export function fidelityWords({ psnr, ssim, ms_ssim }: Difference): string {
  const words: string[] = [];
  if (ssim != null) words.push(`SSIM ${fixed(ssim, 4)}`);
  if (ms_ssim != null) words.push(`MS-SSIM ${fixed(ms_ssim, 4)}`);
  if (psnr != null) words.push(`PSNR ${t('{value} dB', { value: fixed(psnr, 1) })}`);
  return words.join(' · ');
}
