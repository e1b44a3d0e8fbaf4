// A comparison in words. Pure.
import type { Difference, Placement } from './core';

const percentText = (value: number): string => (value > 0 && value < 0.01 ? 'less than 0.01' : value > 99.99 && value < 100 ? 'more than 99.99' : value.toFixed(2));

export function differenceSentence(d: Difference): string {
  const sizes = d.a.width !== d.b.width || d.a.height !== d.b.height;
  if (d.aligned) return d.equal ? 'What both show is the same.' : `${percentText(d.percent)} % of what both show differs.`;
  const first = d.equal ? 'These images are the same!' : `The second image is ${percentText(d.percent)} % different compared to the first.`;
  return sizes ? `${first} And they have different dimensions.` : first;
}

export const severityWords = (severity: number): string => (severity < 0.05 ? 'hardly visible' : severity < 0.15 ? 'slight' : severity < 0.4 ? 'clear' : 'strong');

// What was done to the first picture to make the second, as far as the alignment tells.
export function placementWords(p: Placement): string[] {
  const words: string[] = [];
  if (p.mirrored) words.push('mirrored');
  if (Math.abs(p.rotation_degrees) >= 0.3) words.push(`turned by ${Math.abs(p.rotation_degrees) < 10 ? p.rotation_degrees.toFixed(1) : Math.round(p.rotation_degrees)}°`);
  if (p.scale < 0.985) words.push(`reduced to ${Math.round(p.scale * 100)} %`);
  else if (p.scale > 1.015) words.push(`enlarged to ${Math.round(p.scale * 100)} %`);
  if (p.a_shared < 0.985) words.push(`${Math.round(p.a_shared * 100)} % of the first is left`);
  if (p.b_shared < 0.985) words.push(`${Math.round((1 - p.b_shared) * 100)} % of the second is new around it`);
  if (p.perspective > 0.004) words.push('seen from another angle');
  const gain = (p.gain[0]! + p.gain[1]! + p.gain[2]!) / 3;
  if (gain < 0.95) words.push('brighter or with more contrast');
  else if (gain > 1.05) words.push('darker or with less contrast');
  return words;
}

export function fidelityWords(fidelity: Difference['fidelity']): string {
  if (!fidelity) return '';
  const words: string[] = [];
  if (fidelity.ssim !== null) words.push(`SSIM ${fidelity.ssim.toFixed(4)}`);
  if (fidelity.ms_ssim !== null) words.push(`MS-SSIM ${fidelity.ms_ssim.toFixed(4)}`);
  if (fidelity.psnr !== null) words.push(`PSNR ${fidelity.psnr.toFixed(1)} dB`);
  return words.join(' · ');
}
