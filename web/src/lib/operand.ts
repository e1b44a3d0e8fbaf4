// The operand of a search expression that the caret stands in, for completion. Pure. A rough copy of what the server's
// parser splits by: && || , ! - and brackets where an operand begins; inside quotes nothing splits.

export interface Operand {
  begin: number;  // of the operand's text, blanks in front left out
  end: number;
  text: string;   // up to the caret: what completion is asked for; without an opening quotation mark
}

export function operandAt(expression: string, caret: number): Operand | null {
  let begin = 0;
  let quoted = false;
  let fresh = true;  // nothing of the operand was seen yet
  for (let i = 0; i < caret; i++) {
    const char = expression[i]!;
    if (quoted) {
      if (char === '\\') i++;
      else if (char === '"') quoted = false;
      continue;
    }
    const two = expression.slice(i, i + 2);
    if (char === ',' || two === '&&' || two === '||') {
      if (char !== ',') i++;
      begin = i + 1;
      fresh = true;
    } else if (fresh && (char === '!' || char === '-' || char === '(' || /\s/.test(char))) {
      begin = i + 1;
    } else if (fresh && char === '"') {
      quoted = true;
      fresh = false;
    } else {
      fresh = false;
    }
  }
  if (begin > caret) return null;
  let end = caret;
  while (end < expression.length && !/^([,)]|&&|\|\|)/.test(expression.slice(end))) end++;
  const raw = expression.slice(begin, caret);
  return { begin, end, text: raw.startsWith('"') ? raw.slice(1).replace(/\\(.)/g, '$1') : raw.trimStart() };
}

// The expression with the operand replaced, and where the caret goes.
export function replaceOperand(expression: string, { begin, end }: Operand, written: string): { text: string; caret: number } {
  return { text: expression.slice(0, begin) + written + expression.slice(end).trimStart(), caret: begin + written.length };
}
