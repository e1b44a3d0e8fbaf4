// Runs before the first paint, so that a chosen theme does not flash. The same key is written by src/state/theme.ts.
try {
  const theme = localStorage.getItem('likeness.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be forbidden: the system's theme is used.
}
