import { errorStatus, type Resource } from '@stele/schemas/canonical';
import type { Dialect, Method, Operation } from '@stele/schemas/contract';
import { dialects } from '@stele/schemas/dialects';
import { encodeUserId } from '@stele/schemas/v1';
import { z } from 'zod';
import { exampleOf, requestExampleOf } from '../../../../packages/schemas/src/contract/example.ts';
import type { Answer, Ask, TestApp } from './app.ts';
import { urns } from './scim.ts';

/** An operation and its dialect. */
export interface Spoken {
  /** Of both, for the names of tests. */
  readonly name: string;
  readonly dialect: Dialect;
  readonly operation: Operation;
}

/** Every operation of every dialect. */
export const everyOperation: readonly Spoken[] = dialects.flatMap((dialect) =>
  Object.values(dialect.operations).map((operation) => ({
    name: `${dialect.name} ${operation.id}`,
    dialect,
    operation,
  })),
);

/** One of each thing that a request may name, by its UUID. */
export type Things = Readonly<Record<Resource, string>>;

export interface Call {
  readonly method: Method;
  readonly path: string;
  readonly body?: unknown;
  /** Of a body that is not JSON. */
  readonly type?: string;
}

/** What a query says beside what may be left out, and what lists need so that they say how long they are. */
const queries: Readonly<Record<string, (things: Things) => string>> = {
  'nerm readJob': ({ job }) => `?job_id=${job}`,
  'nerm listUsers': () => '?metadata=true',
  'nerm queryAuditEvents': () => '?metadata=true',
};

const BOUNDARY = 'boundary';

/** A picture of one pixel, as a form sends it. */
const picture = Buffer.concat([
  Buffer.from(`--${BOUNDARY}\r\ncontent-disposition: form-data; name="file"; filename="1.png"\r\n\r\n`),
  Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
    'base64',
  ),
  Buffer.from(`\r\n--${BOUNDARY}--\r\n`),
]);

/** Bodies of operations whose example of the documentation does not fit what there is. */
const bodies: Readonly<Record<string, (things: Things, free: string) => object>> = {
  'scim createGroup': ({ user }, free) => ({
    schemas: [urns.group],
    displayName: free,
    externalId: free,
    members: [{ value: user }],
  }),
  'scim replaceGroup': ({ user }, free) => ({ schemas: [urns.group], displayName: free, members: [{ value: user }] }),
  'scim patchGroup': (_, free) => ({
    schemas: [urns.patchOp],
    Operations: [{ op: 'replace', path: 'displayName', value: free }],
  }),
  'scim searchUsers': () => ({ schemas: [urns.searchRequest], filter: 'userName pr' }),
  'scim searchGroups': () => ({ schemas: [urns.searchRequest], filter: 'displayName pr' }),
  'scim search': () => ({ schemas: [urns.searchRequest] }),
  'scim bulk': ({ user, group }) => ({
    schemas: [urns.bulkRequest],
    Operations: [
      { method: 'DELETE', path: `/Users/${user}` },
      { method: 'DELETE', path: `/Groups/${group}` },
    ],
  }),
  'nerm queryAuditEvents': () => ({ audit_events: {} }),
  'nerm writeAvatar': () => picture,
};

/** Fields of examples that are unique in a tenant, or among tenants. */
const unique: ReadonlySet<string> = new Set(['username', 'userName', 'login', 'externalId', 'name']);

/** Whether an operation reads a document of the dialect, which has a name and is the same for everybody. */
const isOfDocument = ({ params }: Operation): boolean => params?.safeParse({ id: 'Shoe' }).success === true;

function pathOf(operation: Operation, mount: string, things: Things): string {
  const { params, path, resource = 'user' } = operation;
  const names = Object.keys(params?.shape ?? {});
  const spelled = isOfDocument(operation)
    ? (exampleOf(params!) as Record<string, string>)
    : params
      ? z.encode(params, Object.fromEntries(names.map((name) => [name, things[resource]])))
      : {};
  return mount + path.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(spelled[name]));
}

/** The example of the documentation, but for what it cannot know: which user there is, and which names are free. */
function bodyOf({ name }: Dialect, { body }: Operation, { user }: Things, free: string): unknown {
  return JSON.parse(JSON.stringify(requestExampleOf(body!)), (field, value: unknown) => {
    if (field === 'id') return name === 'v1' ? encodeUserId(user) : user;
    return unique.has(field) && typeof value === 'string' ? free : value;
  });
}

/**
 * A request for an operation that succeeds where these things are, for whoever has its scope. It is made from what the
 * operation says of itself.
 * @param free the name that it takes where it takes one: nobody's yet
 */
export function callOf(
  { dialect, operation }: Spoken,
  things: Things,
  free: string,
  mount: string = dialect.mounts[0],
): Call {
  const name = `${dialect.name} ${operation.id}`;
  return {
    method: operation.method,
    path: pathOf(operation, mount, things) + (queries[name]?.(things) ?? ''),
    ...(operation.body && { body: bodies[name]?.(things, free) ?? bodyOf(dialect, operation, things, free) }),
    ...(operation.form && { type: `multipart/form-data; boundary=${BOUNDARY}` }),
  };
}

/** The status of the answer to such a request. */
export function successOf({ status, minimalUnless, errors }: Operation): number {
  if (errors.includes('not_implemented')) return errorStatus.not_implemented;
  return minimalUnless === undefined ? status : 204;
}

/** Sends such a request. */
export function sendCall(
  api: Pick<TestApp, 'request'>,
  spoken: Spoken,
  things: Things,
  { free, mount, ...ask }: Ask & { readonly free: string; readonly mount?: string },
): Promise<Answer> {
  const { method, path, ...content } = callOf(spoken, things, free, mount);
  return api.request(method, path, { ...ask, ...content });
}
