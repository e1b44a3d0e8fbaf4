import { Check } from 'lucide-react';
import type { GroupMember } from '../../api/client';
import { factRows } from '../../lib/words';
import { t } from '../../lib/texts';
import './pair.css';

type Facts = Parameters<typeof factRows>[0];

// The facts of both sides, the better value marked with a tick and said to screen readers.
export function FactsTable({ a, b, names = [t('Left'), t('Right')] }: { a: Facts; b: Facts; names?: [string, string] }) {
  return (
    <table className="facts-table">
      <thead><tr><th scope="col"><span className="hidden">{t('Fact')}</span></th><th scope="col">{names[0]}</th><th scope="col">{names[1]}</th></tr></thead>
      <tbody>
        {factRows(a, b).map((row) => (
          <tr key={row.label}>
            <th scope="row">{row.label}</th>
            <Cell text={row.a} better={row.better === 'a'} file={row.label === t('Name')} />
            <Cell text={row.b} better={row.better === 'b'} file={row.label === t('Name')} />
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Cell({ text, better, file }: { text: string; better: boolean; file: boolean }) {
  return (
    <td className={`${better ? 'better' : ''}${file ? ' mono' : ''}`}>
      {text || '–'}
      {better && <><Check size={14} strokeWidth={3} aria-hidden /><span className="hidden">{t(' (better)')}</span></>}
    </td>
  );
}

export const factsOf = (image: { name: string; width: number; height: number; size_bytes: number; format: string }, jpegQuality = 0): GroupMember =>
  ({ ...image, quality: { jpeg_quality: jpegQuality }, keep: false });
