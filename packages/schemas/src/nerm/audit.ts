import { z } from 'zod';
import { defined } from '../canonical/defined.ts';
import { isEncodable } from '../canonical/instant.ts';
import {
  type HistoryEntry,
  historyKindOf,
  type HistoryKind,
  type HistoryPage,
  type HistorySearch,
} from '../canonical/history.ts';
import { UserType } from '../canonical/user.ts';
import { changeShape } from '../contract/history-changes.ts';
import { metadata, part } from './metadata.ts';
import { nermFields, nermUserId } from './user.ts';

const MOST = 100;

/** Filters of one query at most. */
const MOST_FILTERS = 5;

/** The only kind of thing whose events there are. */
const SUBJECT = 'User';

const types = {
  create: 'ActiveRecordCreate',
  update: 'ActiveRecordUpdate',
  delete: 'ActiveRecordDestroy',
} as const satisfies Record<HistoryKind, string>;

const kinds = new Map(Object.entries(types).map(([kind, type]): [string, HistoryKind] => [type, kind as HistoryKind]));

const DAY = 24 * 3_600_000;

/** A time to the millisecond, or a day. */
interface When {
  readonly start: Date;
  /** Just after it. */
  readonly end: Date;
}

const AMERICAN = /^(\d{2})\/(\d{2})\/(\d{4})$/;

/** Reads `2024-10-18T16:41:23.232+00:00`, and as days of UTC `2024-10-18` and `10/18/2024`. */
function whenOf(text: string): When | undefined {
  const iso = text.replace(AMERICAN, '$3-$1-$2');
  const isDay = z.iso.date().safeParse(iso).success;
  if (!isDay && !z.iso.datetime({ offset: true }).safeParse(iso).success) return undefined;
  const start = new Date(iso);
  if (!isEncodable(start.getTime())) return undefined;
  return { start, end: new Date(start.getTime() + (isDay ? DAY : 1)) };
}

const when = (description: string) =>
  z
    .string()
    .max(64)
    .refine((text) => whenOf(text) !== undefined, {
      error: 'must be a time or a day, such as 2024-10-18T16:41:23.232+00:00 or 10/18/2024',
    })
    .meta({
      description: `${description} A time with an offset, or a day: \`2024-10-18\` or \`10/18/2024\`.`,
      pattern: String.raw`^(\d{4}-\d{2}-\d{2}(T\S+)?|\d{2}/\d{2}/\d{4})$`,
      example: '2024-10-18T16:41:23.232+00:00',
    });

const CreatedAt = z
  .strictObject({
    gt: when('Later than this time, or than the end of this day.'),
    lt: when('Before this time or day.'),
    eq: when('At this time, or on this day.'),
  })
  .exactPartial()
  .refine((given) => Object.keys(given).length > 0, { error: 'must hold gt, lt or eq' });

const Filters = z
  .strictObject({
    created_at: CreatedAt.meta({
      description: 'When it happened: `gt`, `lt` or `eq`. A day is one of UTC.',
      minProperties: 1,
    }),
    subject_type: z
      .string()
      .max(256)
      .meta({
        description: `What it happened to. There are events of \`${SUBJECT}\` only; ${UserType.options.map((type) => `\`${type}\``).join(' and ')} are events of users of this type.`,
        example: SUBJECT,
      }),
    type: z
      .string()
      .max(256)
      .meta({
        description: `What happened: ${Object.values(types)
          .map((type) => `\`${type}\``)
          .join(', ')}.`,
        example: types.update,
      }),
    data: z
      .record(z.string().max(256), z.unknown())
      .refine((data) => Object.keys(data).length <= MOST_FILTERS, { error: `may hold ${MOST_FILTERS} filters at most` })
      .meta({
        description:
          'Profile, workflow or step of the event. Events of users have none of them: with any of these nothing is found.',
        maxProperties: MOST_FILTERS,
        example: { workflow_uid: 'my_workflow' },
      }),
    subject_id: z.string().max(256).meta({
      description: 'The identifier of the user, who may be deleted.',
      example: 'db6f8e8b-65c2-47d5-a0db-90bcc4e9df9e',
    }),
  })
  .exactPartial()
  .refine(
    ({ created_at: at = {}, data = {}, ...others }) =>
      Object.keys({ ...at, ...data, ...others }).length <= MOST_FILTERS,
    {
      error: `may hold ${MOST_FILTERS} filters at most`,
    },
  );

export const NermAuditQuery = z
  .strictObject({
    audit_events: z
      .strictObject({
        filters: Filters.meta({
          description: `All of these have to hold, at most ${MOST_FILTERS} of them. Default: everything.`,
        }),
        offset: z.int().min(0).max(1_000_000_000).meta({ description: 'Events to pass over. Default 0.', example: 0 }),
        limit: z
          .int()
          .min(1)
          .max(MOST)
          .meta({
            description: `Events in a response, at most ${MOST}: a larger limit gives ${MOST}. Default ${MOST}.`,
            example: 10,
          }),
        sort_by: z.enum(['created_at']).meta({ description: 'What to order by.', example: 'created_at' }),
        order: z.enum(['asc', 'desc']).meta({ description: 'In which direction. Default `asc`.', example: 'asc' }),
      })
      .exactPartial()
      .meta({ description: 'Which events.' }),
  })
  .meta({
    id: 'NermAuditQuery',
    description: 'Which events of the history, and which part of them.',
    example: {
      audit_events: {
        filters: { subject_type: SUBJECT, created_at: { gt: '10/18/2024' } },
        sort_by: 'created_at',
        order: 'desc',
        limit: 10,
      },
    },
  });
export type NermAuditQuery = z.infer<typeof NermAuditQuery>;

/** Puts a query into its wrapper that came without it, as it did before NERM changed that, and bounds its limit. */
export function wrapAuditQuery(body: unknown): unknown {
  if (!isObject(body)) return body;
  const query = 'audit_events' in body ? body['audit_events'] : body;
  const isLarge = isObject(query) && Number.isSafeInteger(query['limit']) && Number(query['limit']) > MOST;
  const audit_events = isLarge ? { ...query, limit: MOST } : query;
  return 'audit_events' in body ? { ...body, audit_events } : { audit_events };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const NermAuditParameters = z.strictObject({ metadata });
export type NermAuditParameters = z.infer<typeof NermAuditParameters>;

const NermAuditEvent = z
  .strictObject({
    id: z.string().meta({
      description: 'Names the event. Of two writes to one user the later one has the greater.',
      example: '7',
    }),
    created_at: z.iso.datetime().meta({ description: 'When it happened (UTC).', example: '2024-10-18T16:41:23.232Z' }),
    subject_type: z.literal(SUBJECT).meta({ description: 'What it happened to.', example: SUBJECT }),
    subject_id: z.guid().meta({
      description: 'The identifier of the user.',
      example: 'db6f8e8b-65c2-47d5-a0db-90bcc4e9df9e',
    }),
    type: z.enum(Object.values(types)).meta({ description: 'What happened.', example: types.update }),
    data: z
      .strictObject({
        version: z.int().meta({ description: 'The version of the user that it made.', example: 2 }),
        actor: z.string().meta({
          description: 'Whose credential it was: the id of an API key, or issuer and subject of an access token.',
          example: '0197f3a2-4a1e-7c55-8d3b-1f2e3d4c5b6a',
        }),
        dialect: z.string().meta({ description: 'The dialect that it came in.', example: 'nerm' }),
        operation: z.string().meta({ description: 'The operation of that dialect.', example: 'updateUser' }),
        request_id: z.string().meta({ description: 'The `X-Request-Id` of the request.', example: '0197f3a2-4a1e' }),
        changes: z.record(z.string(), changeShape('NermChange')).meta({
          description:
            'Old and new value by attribute, under the names that the lifecycle API has, or else the directory.',
          example: { title: { old: 'Clerk', new: 'Manager' } },
        }),
      })
      .meta({ description: 'The circumstances.' }),
  })
  .meta({ id: 'NermAuditEvent', description: 'One accepted write to a user.' });

export const NermAuditEvents = z
  .strictObject({
    audit_events: z.array(NermAuditEvent).meta({ description: 'The events of this part.' }),
    _metadata: z
      .strictObject(part)
      .meta({ description: 'Which part of all events that were found this is.' })
      .exactOptional(),
  })
  .meta({ id: 'NermAuditEvents', description: 'A part of the history.' });

const latest = (times: readonly (Date | undefined)[]): Date | undefined =>
  times.reduce((left, right) => (left && right ? (left > right ? left : right) : (left ?? right)), undefined);

const earliest = (times: readonly (Date | undefined)[]): Date | undefined =>
  times.reduce((left, right) => (left && right ? (left < right ? left : right) : (left ?? right)), undefined);

type Filters = NonNullable<NermAuditQuery['audit_events']['filters']>;

/** What a query asks for; nothing when no event can be like that. */
export function nermHistorySearch(
  { audit_events: { filters = {}, offset = 0, limit = MOST, order } }: NermAuditQuery,
  { metadata: counted = false }: NermAuditParameters,
): HistorySearch | undefined {
  const subject = subjectSearched(filters);
  return subject && { ...subject, ...timesSearched(filters), descending: order === 'desc', offset, limit, counted };
}

function subjectSearched({
  subject_type: subjectType,
  type,
  subject_id: subjectId,
  data = {},
}: Filters): Pick<HistorySearch, 'userId' | 'kind' | 'userType'> | undefined {
  const kind = type === undefined ? undefined : kinds.get(type);
  const userId = subjectId === undefined ? undefined : nermUserId.safeParse(subjectId).data;
  const userType = UserType.safeParse(subjectType).data;
  const isImpossible =
    (type !== undefined && kind === undefined) ||
    (subjectId !== undefined && userId === undefined) ||
    (subjectType !== undefined && subjectType !== SUBJECT && userType === undefined) ||
    Object.keys(data).length > 0;
  return isImpossible ? undefined : defined({ userId, kind, userType });
}

function timesSearched({ created_at: { gt, lt, eq } = {} }: Filters): Pick<HistorySearch, 'from' | 'before'> {
  const [after, before, at] = [gt, lt, eq].map((text) => (text === undefined ? undefined : whenOf(text)));
  return defined({ from: latest([after?.end, at?.start]), before: earliest([before?.start, at?.end]) });
}

function encodeEvent(entry: HistoryEntry): z.infer<typeof NermAuditEvent> {
  const { seq, at, userId, version, actor, credentialId, dialect, operation, requestId, changes } = entry;
  return {
    id: String(seq),
    created_at: at.toISOString(),
    subject_type: SUBJECT,
    subject_id: userId,
    type: types[historyKindOf(entry)],
    data: {
      version,
      actor: actor ?? credentialId,
      dialect,
      operation,
      request_id: requestId,
      changes: nermFields.encodeChanges(changes),
    },
  };
}

/** Events that were found, and the query that asked for them. */
export interface NermAuditPage extends HistoryPage {
  readonly query: NermAuditQuery & NermAuditParameters;
}

export function encodeNermAuditEvents({ entries, total, query }: NermAuditPage): z.infer<typeof NermAuditEvents> {
  const { offset = 0, limit = MOST } = query.audit_events;
  return {
    audit_events: entries.map(encodeEvent),
    ...(query.metadata && { _metadata: { limit, offset, total: total ?? 0 } }),
  };
}
