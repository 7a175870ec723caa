import type { Voice } from '../core/http.ts';
import { isRecord, text } from '../core/json.ts';

export const scimVoice: Voice = {
  mediaType: 'application/scim+json',
  explain: (body) => (isRecord(body) ? { code: text(body['scimType']), message: text(body['detail']) } : {}),
};
