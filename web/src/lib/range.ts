// Selection in a list of ids: one at a time, or a range from where the last one was.

export function toggle(selected: ReadonlySet<number>, id: number): Set<number> {
  const next = new Set(selected);
  if (!next.delete(id)) next.add(id);
  return next;
}

// Adds everything between the two positions, both included.
export function addRange(selected: ReadonlySet<number>, ids: ArrayLike<number>, from: number, to: number): Set<number> {
  const next = new Set(selected);
  for (let i = Math.max(0, Math.min(from, to)); i <= Math.min(ids.length - 1, Math.max(from, to)); i++) next.add(ids[i]!);
  return next;
}
