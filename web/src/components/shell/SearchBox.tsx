import { Camera, Hash, Palette, ScanSearch, Search, Tag, TextSearch, X } from 'lucide-react';
import { useId, useMemo, useRef, useState } from 'react';
import { listTags, type TagCount } from '../../api/client';
import { count } from '../../lib/format';
import { findRoute, isColour, normalColour, searchRoute, type Route } from '../../lib/route';
import { useKeys } from '../../state/keys';
import { go } from '../../state/router';
import { chooseFiles, findPicture, forgetPicture } from '../../state/shell';
import { IconButton } from '../IconButton';

interface Choice {
  key: string;
  icon: typeof Tag;
  text: string;
  count?: number;
  colour?: string;
  act: () => void;
}

const SHOWN_MAX = 8;

// One box for tags, words, colours, ids and pictures.
export function SearchBox({ value }: { value: string }) {
  const [text, setText] = useState(value);
  const [open, setOpen] = useState(false);
  const [tags, setTags] = useState<TagCount[]>([]);
  const [at, setAt] = useState(-1);
  const input = useRef<HTMLInputElement>(null);
  const list = useId();
  useKeys({ '/': () => { input.current?.focus(); input.current?.select(); } });

  const visit = (route: Route) => {
    setOpen(false);
    input.current?.blur();
    go(route);
  };
  const choices = useMemo<Choice[]>(() => {
    const words = text.trim().toLowerCase();
    const found: Choice[] = [];
    if (words.startsWith('#') && isColour(words)) {
      const colour = normalColour(words);
      found.push({ key: 'colour', icon: Palette, text: `Photos in ${colour}`, colour, act: () => visit(findRoute({ colour })) });
    }
    if (/^\d{1,15}$/.test(words) && Number(words) > 0) {
      found.push({ key: 'id', icon: Hash, text: `Photo ${words}`, act: () => visit({ view: 'photo', id: Number(words) }) });
    }
    const starts = tags.filter(({ tag }) => tag.toLowerCase().startsWith(words));
    const holds = words ? tags.filter(({ tag }) => tag.toLowerCase().includes(words) && !starts.some((one) => one.tag === tag)) : [];
    for (const { tag, count } of [...starts, ...holds].slice(0, SHOWN_MAX)) {
      found.push({ key: `tag-${tag}`, icon: Tag, text: tag, count, act: () => visit({ view: 'gallery', tag }) });
    }
    if (!words) found.push({ key: 'picture', icon: ScanSearch, text: 'Find by a picture…', act: () => visit(findRoute()) });
    else if (!found.some(({ key }) => key === 'colour' || key === 'id')) {
      found.push({ key: 'words', icon: TextSearch, text: `Photos that show “${text.trim()}”`, act: () => { forgetPicture(); visit(findRoute({ text: text.trim() })); } });
    }
    return found;
  }, [text, tags]);

  const focus = () => {
    setOpen(true);
    listTags(2000).then((answer) => setTags(answer.tags), () => undefined);
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key === 'Escape') {
      if (open) setOpen(false);
      input.current?.blur();
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      const step = event.key === 'ArrowDown' ? 1 : -1;
      setAt((before) => Math.max(-1, Math.min(choices.length - 1, before + step)));
    } else if (event.key === 'Tab' && at >= 0) {
      setText(choices[at]!.text);
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
        placeholder="Tag, words or #colour"
        aria-label="Search by tag, words, colour, number or a pasted picture"
        role="combobox"
        aria-expanded={open && choices.length > 0}
        aria-controls={list}
        aria-activedescendant={at >= 0 ? `${list}-${at}` : undefined}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        enterKeyHint="search"
        onFocus={focus}
        onChange={(event) => { setText(event.target.value); setAt(-1); setOpen(true); }}
        onKeyDown={onKeyDown}
      />
      {text ? (
        <IconButton icon={X} label="Clear" onClick={() => { setText(''); if (value) visit({ view: 'gallery', tag: '' }); else input.current?.focus(); }} />
      ) : (
        <kbd aria-hidden>/</kbd>
      )}
      <IconButton icon={Camera} label="Find by a picture" onClick={() => chooseFiles(false, ([file]) => file && findPicture(file))} />
      {open && choices.length > 0 && (
        <div className="menu search-list" id={list} role="listbox" aria-label="Suggestions">
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
