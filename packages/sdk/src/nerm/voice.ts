import type { Voice } from '../core/http.ts';
import { isRecord, reasons, text } from '../core/json.ts';

export const nermVoice: Voice = {
  mediaType: 'application/json',
  explain: (body) => (isRecord(body) ? { message: text(body['error']), details: reasons(body['errors']) } : {}),
};
