import { Columns2, FileImage, ImagePlus, ScanSearch } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { Route } from '../../lib/route';
import { t } from '../../lib/texts';
import { currentPlace } from '../../state/router';
import { findPicture, luckyPicture, toCompare } from '../../state/shell';
import { addFiles } from '../../state/uploads';
import { say } from '../../state/toasts';

// Where a picture that was given to the page as a whole goes: two views only look for it.
const takers: Partial<Record<Route['view'], (file: File) => void>> = { find: findPicture, lucky: luckyPicture };
const taker = () => takers[currentPlace().under.view];

const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;

type Target = 'add' | 'find' | 'first' | 'second' | 'mask';

// Every file of dropped folders too; what is plainly no picture is left out.
async function filesOf(data: DataTransfer): Promise<File[]> {
  const entries = [...data.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  if (!entries.some((entry) => entry.isDirectory)) return [...data.files];
  const files: File[] = [];
  const walk = async (entry: FileSystemEntry): Promise<void> => {
    if (entry.isFile) {
      const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
      if (file.type.startsWith('image/') || /\.(heic|heif|avif|jxl|tiff?)$/i.test(file.name)) files.push(file);
      return;
    }
    const reader = (entry as FileSystemDirectoryEntry).createReader();
    for (;;) {
      const batch = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
      if (!batch.length) return;
      for (const child of batch) await walk(child);
    }
  };
  for (const entry of entries) await walk(entry);
  return files;
}

// Drop anywhere, paste anywhere: to keep, or only to look for.
export function DropZone({ mayAdd }: { mayAdd: boolean }) {
  const [over, setOver] = useState<'' | 'page' | Target>('');
  useEffect(() => {
    let depth = 0;
    const enter = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      depth++;
      setOver((before) => before || 'page');
    };
    const move = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      const target = (event.target as Element | null)?.closest?.('[data-drop]')?.getAttribute('data-drop');
      setOver((target as Target | null) ?? 'page');
    };
    const leave = (event: DragEvent) => {
      if (hasFiles(event) && --depth <= 0) {
        depth = 0;
        setOver('');
      }
    };
    const drop = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      depth = 0;
      setOver('');
      const target = (event.target as Element | null)?.closest?.('[data-drop]')?.getAttribute('data-drop');
      const compare = currentPlace().route.view === 'compare' && toCompare.get();
      const look = target === 'find' ? taker() ?? findPicture : target === 'add' ? undefined : taker();
      void filesOf(event.dataTransfer!).then((files) => {
        if (!files.length) say(t('Nothing in there is a picture.'));
        else if (compare) compare.take(files, target === 'first' || target === 'second' || target === 'mask' ? target : '');
        else if (look) look(files[0]!);
        else if (mayAdd) addFiles(files);
      });
    };
    const paste = (event: ClipboardEvent) => {
      const files = [...(event.clipboardData?.files ?? [])].filter((file) => file.type.startsWith('image/'));
      if (!files.length || event.defaultPrevented) return;
      event.preventDefault();
      const compare = currentPlace().route.view === 'compare' && toCompare.get();
      const look = taker();
      if (compare) compare.take(files, '');
      else if (look) look(files[0]!);
      else if (mayAdd) addFiles(files);
    };
    window.addEventListener('dragenter', enter);
    window.addEventListener('dragover', move);
    window.addEventListener('dragleave', leave);
    window.addEventListener('drop', drop);
    window.addEventListener('paste', paste);
    return () => {
      window.removeEventListener('dragenter', enter);
      window.removeEventListener('dragover', move);
      window.removeEventListener('dragleave', leave);
      window.removeEventListener('drop', drop);
      window.removeEventListener('paste', paste);
    };
  }, [mayAdd]);
  if (!over) return null;
  if (currentPlace().route.view === 'compare') {
    const hasPair = toCompare.get()?.hasPair === true;
    return (
      <div className={`drop${hasPair ? ' three' : ''}`}>
        {(['first', 'second'] as const).map((side) => (
          <div key={side} className={`drop-target${over === side ? ' over' : ''}`} data-drop={side}>
            <Columns2 size={40} strokeWidth={1.25} aria-hidden />
            <h2>{side === 'first' ? t('As the first picture') : t('As the second picture')}</h2>
            <p>{t('It stays in this browser.')}</p>
          </div>
        ))}
        {hasPair && (
          <div className={`drop-target${over === 'mask' ? ' over' : ''}`} data-drop="mask">
            <FileImage size={40} strokeWidth={1.25} aria-hidden />
            <h2>{t('As a mask')}</h2>
            <p>{t('What is light in it does not count.')}</p>
          </div>
        )}
      </div>
    );
  }
  return (
    <div className={`drop${mayAdd ? '' : ' one'}`}>
      {mayAdd && <div className={`drop-target${over === 'add' ? ' over' : ''}`} data-drop="add">
        <ImagePlus size={40} strokeWidth={1.25} aria-hidden />
        <h2>{t('Add to the library')}</h2>
        <p>{t('Each picture is checked for copies first.')}</p>
      </div>}
      <div className={`drop-target${over === 'find' ? ' over' : ''}`} data-drop="find">
        <ScanSearch size={40} strokeWidth={1.25} aria-hidden />
        <h2>{t('Find this picture')}</h2>
        <p>{t('It is only looked at, never stored.')}</p>
      </div>
    </div>
  );
}
