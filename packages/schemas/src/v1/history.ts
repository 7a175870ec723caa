import { z } from 'zod';
import type { HistoryEntry, HistoryQuery } from '../canonical/history.ts';
import { primaryEmail, primaryRole } from '../canonical/primary.ts';
import { changeShape, changesIn } from '../contract/changes.ts';
import { encodeApiKeyId } from './identifier.ts';
import { seconds, time } from './time.ts';
import { v1Carries } from './user.ts';

const V1Change = changeShape('V1Change');

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

/** The single values that v1 shows of lists. */
const encodeChanges = changesIn(v1Carries, {
  emails: (emails) => emails && primaryEmail({ emails }),
  roles: (roles) => roles && primaryRole({ roles }),
});

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
