// Keys. The handler that was bound last hears first; one that returns false passes the key on. Fields keep their typing,
// dialogs keep everything below them from hearing.
import { useEffect, useRef } from 'react';

export type KeyHandler = (event: KeyboardEvent) => boolean | void;
export type Keys = Record<string, KeyHandler>;

const stack: { current: Keys; modal: boolean }[] = [];

// "ctrl+z", "shift+x", "ArrowLeft", "?"; ctrl stands for command too. Shift is named only with letters and Enter.
export function keyName(event: KeyboardEvent): string {
  const control = event.ctrlKey || event.metaKey ? 'ctrl+' : '';
  const key = event.key === ' ' ? 'Space' : event.key;
  const letter = /^[a-z]$/i.test(key);
  const shift = event.shiftKey && (letter || key.length > 1) ? 'shift+' : '';
  return control + shift + (letter ? key.toLowerCase() : key);
}

const isField = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(TEXTAREA|SELECT)$/.test(target.tagName) ||
    (target instanceof HTMLInputElement && !/^(button|checkbox|radio|range|submit|color)$/.test(target.type)));

// Heard before anything else, so that an open tooltip does not take Escape for itself.
window.addEventListener('keydown', (event) => {
  if (event.defaultPrevented || event.isComposing || event.altKey) return;
  if (isField(event.target)) return;
  // A menu that is open handles its own keys.
  if (event.target instanceof Element && event.target.closest('[role=menu]')) return;
  if (event.target instanceof Element && event.target.closest('[role=slider]') && /^(Arrow|Page|Home|End)/.test(event.key)) return;
  const name = keyName(event);
  // Buttons and links keep Space and Enter for themselves.
  if ((name === 'Space' || name === 'Enter') && event.target instanceof Element && event.target.closest('button, a, summary') &&
      !event.target.closest('[data-keys-through]')) return;
  for (let i = stack.length - 1; i >= 0; i--) {
    const { current, modal } = stack[i]!;
    const handler = current[name];
    if (handler && handler(event) !== false) {
      event.preventDefault();
      return;
    }
    if (modal) return;
  }
}, { capture: true });

export function useKeys(keys: Keys, { active = true, modal = false } = {}) {
  const box = useRef({ current: keys, modal });
  useEffect(() => {
    box.current.current = keys;
  });
  useEffect(() => {
    if (!active) return;
    const mine = box.current;
    mine.modal = modal;
    stack.push(mine);
    return () => {
      stack.splice(stack.indexOf(mine), 1);
    };
  }, [active, modal]);
}
