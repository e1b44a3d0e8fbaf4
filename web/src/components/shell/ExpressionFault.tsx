import { t } from '../../lib/texts';
import type { Fault } from '../../state/found';

// The expression with the offending character marked, and in words what is wrong with it.
export function ExpressionFault({ id, fault }: { id: string; fault: Fault }) {
  const characters = [...fault.q];
  const before = characters.slice(0, fault.position).join('');
  const at = characters[fault.position] ?? ' ';
  const words = fault.message.replace(/^cannot read the query at character \d+: /, '');
  return (
    <div className="search-fault" id={id} role="alert">
      <pre className="mono" aria-hidden>{before}<mark>{at}</mark>{characters.slice(fault.position + 1).join('')}{'\n'}{' '.repeat(fault.position)}^</pre>
      <p><span className="hidden">{t('Mistake at character {at}:', { at: fault.position + 1 })} </span>{words}.</p>
      {fault.hint && <p className="muted small">{fault.hint}</p>}
    </div>
  );
}
