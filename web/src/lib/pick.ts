// Any of `ids` but `current`, each as likely as every other; 0 when there is none.
export function pickOther(ids: readonly number[], current: number, random: () => number = Math.random): number {
  const at = ids.indexOf(current);
  const choices = ids.length - (at < 0 ? 0 : 1);
  if (choices <= 0) return 0;
  const index = Math.min(choices - 1, Math.floor(random() * choices));
  return ids[at >= 0 && index >= at ? index + 1 : index]!;
}
