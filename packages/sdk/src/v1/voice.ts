import type { Voice } from '../core/http.ts';
import { isRecord, reasons, text } from '../core/json.ts';

export const v1Voice: Voice = {
  mediaType: 'application/json',
  explain: (body) =>
    isRecord(body)
      ? { code: text(body['error']), message: text(body['message']), details: reasons(body['details']) }
      : {},
};
