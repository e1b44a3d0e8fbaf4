// One file up, with progress (which fetch cannot report).
import { ApiError, asApiError, type ImportOutcome, type OnDuplicate, type Schemas } from './client';

export interface Upload {
  outcome: Promise<ImportOutcome>;
  cancel: () => void;
}

export function uploadFile(file: File, onDuplicate: OnDuplicate, onProgress: (share: number) => void): Upload {
  const request = new XMLHttpRequest();
  const outcome = new Promise<ImportOutcome>((resolve, reject) => {
    const offline = () => reject(asApiError(undefined));
    request.open('POST', '/api/v1/images');
    request.responseType = 'json';
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.onerror = offline;
    request.onabort = () => reject(new ApiError('cancelled', 'Stopped.'));
    request.onload = () => {
      const body = request.response as Schemas['UploadResult'] | null;
      const result = body?.results?.[0];
      if (request.status === 200 && result) resolve(result);
      else if (request.response) reject(asApiError(request.response));
      else offline();
    };
    const form = new FormData();
    form.append('on_duplicate', onDuplicate);
    form.append('file', file, file.name || 'pasted picture');
    request.send(form);
  });
  return { outcome, cancel: () => request.abort() };
}
