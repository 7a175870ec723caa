import type { DialectName } from './dialect.ts';

const UUID = /^([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})$/;

/** Loaded only when a spelling has to change: the codec brings zod with it. */
const codec = () => import('@stele/schemas/v1');

/**
 * The identifier as the dialect spells it, from any of the three spellings: `usr_...`, a UUID, 32 hexadecimal digits. Another
 * text is returned unchanged; the server responds with 404 to it.
 */
export async function spell(id: string, dialect: DialectName): Promise<string> {
  const uuid = UUID.exec(id.toLowerCase())?.slice(1).join('-');
  if (dialect === 'v1') return uuid ? (await codec()).encodeUserId(uuid) : id;
  if (uuid) return uuid;
  const { decodeUserId, v1UserId } = await codec();
  return v1UserId.safeParse(id).success ? decodeUserId(id) : id;
}
