// Changes to one photo or many, each with its way back, as short words at the bottom tell.
import { changeAlbum, setFavourite } from '../api/albums';
import { deleteImage, editImage, getImage, listByIds, type ImageDetail, type ImageEdit } from '../api/client';
import { deleteForGood, editMany, historyOf, restoreImage, undoBatch, undoEdit } from '../api/editing';
import { photos } from '../lib/format';
import { t } from '../lib/texts';
import { asOwnChange, detailOf, dropFromLayout, keepDetails, loadLibrary } from './library';
import { say, sayError } from './toasts';

const refresh = async (ids: readonly number[]) => {
  for (let i = 0; i < ids.length; i += 200) keepDetails((await listByIds(ids.slice(i, i + 200))).images);
};

// One photo; the answer is what it is afterwards.
export async function editOne(id: number, change: ImageEdit, onUndone: (detail: ImageDetail) => void): Promise<ImageDetail> {
  const detail = await asOwnChange(() => editImage(id, change));
  keepDetails([detail]);
  say(t('Saved'), { undo: async () => {
    try {
      const { edits } = await historyOf(id);
      const last = edits.find((edit) => !edit.undone);
      if (last) await asOwnChange(() => undoEdit(last.id));
      const before = await getImage(id);
      keepDetails([before]);
      onUndone(before);
    } catch (error) {
      sayError(error);
    }
  } });
  return detail;
}

export async function editAll(ids: readonly number[], change: ImageEdit): Promise<boolean> {
  try {
    const { changed, batch } = await asOwnChange(() => editMany(ids, change));
    await refresh(ids);
    say(t('Changed {n} photo¦Changed {n} photos', { n: changed }), changed ? { undo: async () => {
      try {
        await asOwnChange(() => undoBatch(batch));
        await refresh(ids);
        say(t('Undone'));
      } catch (error) {
        sayError(error);
      }
    } } : {});
    return true;
  } catch (error) {
    sayError(error);
    return false;
  }
}

// Does it to one after another, up to the first that fails; the answer is those it was done to.
async function each(ids: readonly number[], work: (id: number) => Promise<unknown>): Promise<ReadonlySet<number>> {
  const done = new Set<number>();
  try {
    for (const id of ids) {
      await asOwnChange(() => work(id));
      done.add(id);
    }
  } catch (error) {
    sayError(error);
  }
  return done;
}

export async function trashAll(ids: readonly number[]): Promise<ReadonlySet<number>> {
  const gone = await each(ids, deleteImage);
  dropFromLayout(gone);
  if (gone.size) {
    say(t('In the trash: {what}', { what: photos(gone.size) }), { undo: async () => {
      await each([...gone], restoreImage);
      await loadLibrary();
    } });
  }
  return gone;
}

export async function restoreAll(ids: readonly number[]): Promise<ReadonlySet<number>> {
  const back = await each(ids, restoreImage);
  if (back.size) {
    say(t('Back in the gallery: {what}', { what: photos(back.size) }));
    void loadLibrary();
  }
  return back;
}

export async function purgeAll(ids: readonly number[]): Promise<ReadonlySet<number>> {
  const gone = await each(ids, deleteForGood);
  if (gone.size) say(t('Deleted for good: {what}', { what: photos(gone.size) }));
  return gone;
}

export async function markAll(ids: readonly number[], on: boolean): Promise<ReadonlySet<number>> {
  const done = await each(ids, (id) => setFavourite(id, on));
  keepDetails([...done].flatMap((id) => { const image = detailOf(id); return image ? [{ ...image, favourite: on }] : []; }));
  if (done.size) {
    const words = on ? t('Favourites: {what} more', { what: photos(done.size) }) : t('No longer favourites: {what}', { what: photos(done.size) });
    say(words, { undo: async () => void (await markAll([...done], !on)) });
  }
  return done;
}

export async function leaveAlbum(album: number, ids: readonly number[]): Promise<ReadonlySet<number>> {
  try {
    await changeAlbum(album, { remove: [...ids] });
    say(t('Taken out of the album: {what}', { what: photos(ids.length) }), { undo: async () => {
      await changeAlbum(album, { add: [...ids] }).then(() => loadLibrary(), sayError);
    } });
    return new Set(ids);
  } catch (error) {
    sayError(error);
    return new Set();
  }
}
