import { z } from 'zod';
import { userAttributes, type UserAttribute } from '../canonical/attribute.ts';
import type { HistoryChanges, HistoryEntry, HistoryQuery } from '../canonical/history.ts';
import { primaryEmail, primaryRole } from '../canonical/primary.ts';
import type { Email, Role } from '../canonical/user.ts';
import { encodeApiKeyId } from './identifier.ts';
import { seconds, time } from './time.ts';
import { v1Carries } from './user.ts';

const V1Change = z
  .strictObject({
    old: z.unknown().exactOptional().meta({ description: 'What was there; absent when nothing was.', example: 'Jane' }),
    new: z.unknown().exactOptional().meta({ description: 'What is there; absent when nothing is.', example: 'Janet' }),
  })
  .meta({ id: 'V1Change', description: 'Of a password neither value is said.' });
type V1Change = z.infer<typeof V1Change>;

export const V1HistoryEntry = z
  .strictObject({
    seq: z.int().meta({ description: 'Grows with time. What `after` takes.', example: 7 }),
    version: z.int().meta({ description: 'The version of the user that the write made.', example: 2 }),
    at: time('When it was written.', '2023-01-01T13:00:00Z'),
    actor: z.string().meta({
      description: 'Whose credential it was: the id of an API key, or issuer and subject of an access token.',
      example: 'key_01hzxrphnke7jrvvzhvhsvq5bm',
    }),
    dialect: z.string().meta({ description: 'The dialect that it came in.', example: 'v1' }),
    operation: z.string().meta({ description: 'The operation of that dialect.', example: 'updateUser' }),
    request_id: z.string().meta({ description: 'The `X-Request-Id` of the request.', example: '0197f3a2-4a1e-7c55' }),
    changes: z.record(z.string(), V1Change).meta({
      description:
        'Old and new value by field. What v1 does not carry is there under the name that the directory has for it, such as `title` or `phone_numbers`.',
      example: { first_name: { old: 'Jane', new: 'Janet' } },
    }),
  })
  .meta({ id: 'V1HistoryEntry', description: 'One accepted write.' });

export const V1History = z
  .strictObject({ data: z.array(V1HistoryEntry).meta({ description: 'The oldest first.' }) })
  .meta({ id: 'V1History', description: 'What was written to a user.' });

export const V1HistoryQuery = z.strictObject({
  after: z
    .int()
    .min(0)
    .exactOptional()
    .meta({ description: 'Entries with a greater `seq`. Default 0: from the first.', example: 0 }),
  limit: z.int().min(1).max(100).exactOptional().meta({ description: 'At most so many. Default 100.', example: 100 }),
});

type V1HistoryQuery = z.infer<typeof V1HistoryQuery>;

const USUAL_LIMIT = 100;

export function v1HistoryQuery({ after = 0, limit = USUAL_LIMIT }: V1HistoryQuery): HistoryQuery {
  return { after, limit };
}

const snakeCase = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The single value that v1 shows of a list. */
const shown: { readonly [Attribute in UserAttribute]?: (list: never) => string | undefined } = {
  emails: (emails: readonly Email[]) => primaryEmail({ emails: [...emails] }),
  roles: (roles: readonly Role[]) => primaryRole({ roles: [...roles] }),
};

const changeOf = (before: unknown, after: unknown): V1Change => ({
  ...(before !== undefined && { old: before }),
  ...(after !== undefined && { new: after }),
});

/** One attribute's change in v1's words. Where v1 shows one value of a list and another one changed, it is the list's. */
function inWords(attribute: string, change: V1Change): [name: string, change: V1Change] {
  const [field] = (v1Carries as Readonly<Record<string, readonly string[]>>)[attribute] ?? [];
  if (field === undefined) return [snakeCase(attribute), change];
  const show = shown[attribute as UserAttribute];
  if (!show) return [field, change];
  const [before, after] = [change.old, change.new].map((list) => show((list ?? []) as never));
  return before === after ? [snakeCase(attribute), change] : [field, changeOf(before, after)];
}

const known: ReadonlySet<string> = new Set([...userAttributes, 'password']);

const encodeChanges = (changes: HistoryChanges): Record<string, V1Change> =>
  Object.fromEntries(
    Object.entries(changes)
      .filter(([attribute]) => known.has(attribute))
      .map(([attribute, change]) => inWords(attribute, change)),
  );

export function encodeV1HistoryEntry(entry: HistoryEntry): z.infer<typeof V1HistoryEntry> {
  return {
    seq: entry.seq,
    version: entry.version,
    at: seconds(entry.at),
    actor: entry.actor ?? encodeApiKeyId(entry.credentialId),
    dialect: entry.dialect,
    operation: entry.operation,
    request_id: entry.requestId,
    changes: encodeChanges(entry.changes),
  };
}
