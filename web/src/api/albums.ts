// Albums, their share links, favourites, and pictures from addresses.
import { client, must, type ImagePage, type OnDuplicate, type Schemas } from './client';

export type Album = Schemas['Album'];
export type NewAlbum = Schemas['NewAlbum'];
export type AlbumEdit = Schemas['AlbumEdit'];
export type Share = Schemas['Share'];

const PAGE = 200;
const at = (id: number) => ({ path: { id } });

export const listAlbums = (own = false) => must(client.GET('/api/v1/albums', { params: { query: { own } } }));
export const createAlbum = (body: NewAlbum) => must<Album>(client.POST('/api/v1/albums', { body }));
export const getAlbum = (id: number) => must<Album>(client.GET('/api/v1/albums/{id}', { params: at(id) }));
export const editAlbum = (id: number, body: AlbumEdit) => must<Album>(client.PATCH('/api/v1/albums/{id}', { params: at(id), body }));
export const deleteAlbum = (id: number) => must(client.DELETE('/api/v1/albums/{id}', { params: at(id) }));
export const listAlbumImages = (id: number, cursor: string | undefined, signal: AbortSignal) =>
  must<ImagePage>(client.GET('/api/v1/albums/{id}/images', { params: { ...at(id), query: { cursor, limit: PAGE } }, signal }));
export const changeAlbum = (id: number, change: { add?: number[]; remove?: number[] }) =>
  must<Album>(client.POST('/api/v1/albums/{id}/images', { params: at(id), body: change }));

export const listShares = (id: number) => must(client.GET('/api/v1/albums/{id}/shares', { params: at(id) }));
export const createShare = (id: number, body: { expires_at?: string; password?: string }) =>
  must(client.POST('/api/v1/albums/{id}/shares', { params: at(id), body }));
export const deleteShare = (id: number, share: number) => must(client.DELETE('/api/v1/albums/{id}/shares/{share}', { params: { path: { id, share } } }));

export const openShare = (token: string, password?: string) => must(client.POST('/api/v1/share', { body: { token, password } }));
export const getShared = (id: number) => must<Album>(client.GET('/api/v1/shared/{id}', { params: at(id) }));
export const listSharedImages = (id: number, cursor: string | undefined, signal: AbortSignal) =>
  must<ImagePage>(client.GET('/api/v1/shared/{id}/images', { params: { ...at(id), query: { cursor, limit: PAGE } }, signal }));

export const setFavourite = (id: number, on: boolean) =>
  must<unknown>(on ? client.PUT('/api/v1/images/{id}/favourite', { params: at(id) }) : client.DELETE('/api/v1/images/{id}/favourite', { params: at(id) }));
export const listFavourites = (cursor: string | undefined, signal: AbortSignal) =>
  must<ImagePage>(client.GET('/api/v1/favourites', { params: { query: { cursor, limit: PAGE } }, signal }));

export const importFromUrl = async (url: string, on_duplicate: OnDuplicate) =>
  (await must(client.POST('/api/v1/images/from-url', { body: { url, on_duplicate } }))).results[0]!;
