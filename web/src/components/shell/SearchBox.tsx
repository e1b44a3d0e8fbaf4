import { Camera, Hash, Palette, ScanSearch, Search, Tag, TextSearch, X } from 'lucide-react';
import { useId, useMemo, useRef, useState } from 'react';
import { count } from '../../lib/format';
import { operandAt, replaceOperand } from '../../lib/operand';
import { findRoute, isColour, normalColour, searchRoute, type Route } from '../../lib/route';
import { t } from '../../lib/texts';
import { useFault } from '../../state/found';
import { useKeys } from '../../state/keys';
import { go } from '../../state/router';
import { chooseFiles, findPicture, forgetPicture } from '../../state/shell';
import { IconButton } from '../IconButton';
import { ExpressionFault } from './ExpressionFault';
import { useCompletions } from './useCompletions';

interface Choice {
  key: string;
  icon: typeof Tag;
  text: string;
  count?: number;
  colour?: string;
  act: () => void;
}

const SHOWN_MAX = 8;

// One box for search expressions, words, colours, ids and pictures. Tags are completed where the caret stands.
export function SearchBox({ value }: { value: string }) {
  const [text, setText] = useState(value);
  const [open, setOpen] = useState(false);
  const [caret, setCaret] = useState(value.length);
  const [at, setAt] = useState(-1);
  const input = useRef<HTMLInputElement>(null);
  const list = useId();
  const fault = useFault(value);
  const shown = fault && text === value && !open ? fault : null;
  const operand = useMemo(() => operandAt(text, Math.min(caret, text.length)), [text, caret]);
  const tags = useCompletions(open && operand ? operand.text : null, SHOWN_MAX);
  useKeys({ '/': () => { input.current?.focus(); input.current?.select(); } });

  const visit = (route: Route) => {
    setOpen(false);
    input.current?.blur();
    go(route);
  };
  // Puts a tag in the place of what was typed of it; a box that holds nothing else goes there.
  const complete = (written: string) => {
    if (!operand) return;
    const done = replaceOperand(text, operand, written);
    if (done.text === written) visit(searchRoute(/^\d+$/.test(written) ? `"${written}"` : written));
    setText(done.text);
    setAt(-1);
    requestAnimationFrame(() => input.current?.setSelectionRange(done.caret, done.caret));
    setCaret(done.caret);
  };
  const choices = useMemo<Choice[]>(() => {
    const words = text.trim().toLowerCase();
    const found: Choice[] = [];
    if (words.startsWith('#') && isColour(words)) {
      const colour = normalColour(words);
      found.push({ key: 'colour', icon: Palette, text: t('Photos in {colour}', { colour }), colour, act: () => visit(findRoute({ colour })) });
    }
    if (/^\d{1,15}$/.test(words) && Number(words) > 0) {
      found.push({ key: 'id', icon: Hash, text: t('Photo {id}', { id: words }), act: () => visit({ view: 'photo', id: Number(words) }) });
    }
    for (const { tag, expression = tag, count } of tags) {
      found.push({ key: `tag-${tag}`, icon: Tag, text: tag, count, act: () => complete(expression) });
    }
    if (!words) found.push({ key: 'picture', icon: ScanSearch, text: t('Find by a picture…'), act: () => visit(findRoute()) });
    else if (operand?.begin === 0 && !/[<>=*:]/.test(words) && !found.some(({ key }) => key === 'colour' || key === 'id')) {
      found.push({ key: 'words', icon: TextSearch, text: t('Photos that show “{words}”', { words: text.trim() }), act: () => { forgetPicture(); visit(findRoute({ text: text.trim() })); } });
    }
    return found;
  }, [text, tags, operand]);

  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key === 'Escape') {
      if (open) setOpen(false);
      input.current?.blur();
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      const step = event.key === 'ArrowDown' ? 1 : -1;
      setAt((before) => Math.max(-1, Math.min(choices.length - 1, before + step)));
    } else if (event.key === 'Tab' && at >= 0) {
      choices[at]!.act();
      event.preventDefault();
    }
  };
  return (
    <form
      className="search"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        if (at >= 0 && choices[at]) choices[at].act();
        else visit(searchRoute(text));
      }}
      onPaste={(event) => {
        const file = [...event.clipboardData.files].find((one) => one.type.startsWith('image/'));
        if (!file) return;
        event.preventDefault();
        event.stopPropagation();
        findPicture(file);
      }}
      onBlur={(event) => !event.currentTarget.contains(event.relatedTarget) && setOpen(false)}
    >
      <Search size={18} strokeWidth={1.75} aria-hidden />
      <input
        ref={input}
        type="search"
        value={text}
        placeholder={t('sea, -people, width>=1920')}
        aria-label={t('Search by an expression of tags and fields, words, a colour, a number or a pasted picture')}
        aria-autocomplete="list"
        aria-invalid={shown !== null}
        aria-describedby={shown ? `${list}-fault` : undefined}
        role="combobox"
        aria-expanded={open && choices.length > 0}
        aria-controls={list}
        aria-activedescendant={at >= 0 ? `${list}-${at}` : undefined}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        enterKeyHint="search"
        onFocus={() => setOpen(true)}
        onSelect={(event) => setCaret(event.currentTarget.selectionStart ?? text.length)}
        onChange={(event) => { setText(event.target.value); setCaret(event.target.selectionStart ?? event.target.value.length); setAt(-1); setOpen(true); }}
        onKeyDown={onKeyDown}
      />
      {text ? (
        <IconButton icon={X} label={t('Clear')} onClick={() => { setText(''); if (value) visit({ view: 'gallery', tag: '' }); else input.current?.focus(); }} />
      ) : (
        <kbd aria-hidden>/</kbd>
      )}
      <IconButton icon={Camera} label={t('Find by a picture')} onClick={() => chooseFiles(false, ([file]) => file && findPicture(file))} />
      {shown && <ExpressionFault id={`${list}-fault`} fault={shown} />}
      {open && choices.length > 0 && (
        <div className="menu search-list" id={list} role="listbox" aria-label={t('Suggestions')}>
          {choices.map(({ key, icon: Icon, text: words, count: amount, colour, act }, i) => (
            <div key={key} id={`${list}-${i}`} className="menu-item" role="option" aria-selected={i === at}
              onPointerDown={(event) => event.preventDefault()} onPointerMove={() => setAt(i)} onClick={act}>
              {colour ? <span className="swatch" style={{ background: colour }} /> : <Icon size={16} strokeWidth={1.75} aria-hidden />}
              <span className="ellipsis">{words}</span>
              {amount !== undefined && <span className="count">{count(amount)}</span>}
            </div>
          ))}
        </div>
      )}
    </form>
  );
}
