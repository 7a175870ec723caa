import { z } from 'zod';
import {
  type GroupHistoryEntry,
  type HistoryEntry,
  type HistoryQuery,
  MAX_MOVED_MEMBERS,
  type MovedMembers,
  type RecordedWrite,
} from '../canonical/history.ts';
import { changeShape, historyEncoder } from '../contract/history-changes.ts';
import { encodeApiKeyId, encodeGroupId, encodeUserId } from './identifier.ts';
import { seconds, time } from './time.ts';
import { v1Fields } from './user.ts';

const V1Change = changeShape('V1Change');

const fields = {
  seq: z.int().meta({ description: 'Grows with time. What `after` takes.', example: 7 }),
  version: z.int().meta({ description: 'The version that the write made.', example: 2 }),
  at: time('When it was written.', '2023-01-01T13:00:00Z'),
  actor: z.string().meta({
    description: 'Whose credential it was: the id of an API key, or issuer and subject of an access token.',
    example: 'key_01hzxrphnke7jrvvzhvhsvq5bm',
  }),
  dialect: z.string().meta({ description: 'The dialect that it came in.', example: 'v1' }),
  operation: z.string().meta({ description: 'The operation of that dialect.', example: 'updateUser' }),
  request_id: z.string().meta({ description: 'The `X-Request-Id` of the request.', example: '0197f3a2-4a1e-7c55' }),
};

export const V1HistoryEntry = z
  .strictObject({
    ...fields,
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

const moved = (what: string) => ({
  ids: z
    .array(z.string())
    .exactOptional()
    .meta({
      description: `The members that ${what}, users as \`usr_…\` and groups as \`grp_…\`: the first ${MAX_MOVED_MEMBERS}. Absent when none did.`,
      example: ['usr_01hzxrphnke7jrvvzhvhsvq5bm'],
    }),
  total: z
    .int()
    .min(1)
    .exactOptional()
    .meta({ description: `How many ${what}, also those that are not listed.`, example: 1 }),
});

const [added, removed] = [moved('came'), moved('left')];

const V1MembersChange = z
  .strictObject({
    added: added.ids,
    added_total: added.total,
    removed: removed.ids,
    removed_total: removed.total,
  })
  .meta({ id: 'V1MembersChange', description: 'The members that one write moved; absent where it moved none.' });

export const V1GroupHistoryEntry = z
  .strictObject({
    ...fields,
    operation: fields.operation.meta({ description: 'The operation of that dialect.', example: 'patchGroup' }),
    changes: z.record(z.string(), V1Change).meta({
      description: 'Old and new value by field: `display_name`, and `external_ids.` with the provisioning domain.',
      example: { display_name: { old: 'Crew', new: 'Team' } },
    }),
    members: V1MembersChange.exactOptional(),
  })
  .meta({ id: 'V1GroupHistoryEntry', description: 'One accepted write to a group.' });

export const V1GroupHistory = z
  .strictObject({ data: z.array(V1GroupHistoryEntry).meta({ description: 'The oldest first.' }) })
  .meta({ id: 'V1GroupHistory', description: 'What was written to a group.' });

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

const encodeWrite = (write: RecordedWrite) => ({
  seq: write.seq,
  version: write.version,
  at: seconds(write.at),
  actor: write.actor ?? encodeApiKeyId(write.credentialId),
  dialect: write.dialect,
  operation: write.operation,
  request_id: write.requestId,
});

export function encodeV1HistoryEntry(entry: HistoryEntry): z.infer<typeof V1HistoryEntry> {
  return { ...encodeWrite(entry), changes: v1Fields.encodeChanges(entry.changes) };
}

/** A group has the names of the directory. */
const encodeGroupChanges = historyEncoder(new Map());

const idsOf = ({ members }: MovedMembers): string[] =>
  members.map(({ id, type }) => (type === 'Group' ? encodeGroupId(id) : encodeUserId(id)));

export function encodeV1GroupHistoryEntry(entry: GroupHistoryEntry): z.infer<typeof V1GroupHistoryEntry> {
  const { changes, added, removed } = entry;
  const members = {
    ...(added && { added: idsOf(added), added_total: added.total }),
    ...(removed && { removed: idsOf(removed), removed_total: removed.total }),
  };
  return {
    ...encodeWrite(entry),
    changes: encodeGroupChanges(changes),
    ...((added ?? removed) && { members }),
  };
}
