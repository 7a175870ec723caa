import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Answer, startApp, type TestApp } from './support/app.ts';
import { urns } from './support/scim.ts';
import { forgetUsers } from './support/users.ts';

/** One PATCH of the corpus; `fixtures/scim/README.md` says how to compare. */
interface Case {
  readonly name: string;
  readonly source: string;
  readonly profile: string;
  readonly resource: 'User' | 'Group';
  readonly before: Resource;
  readonly directory?: readonly Resource[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly request: unknown;
  readonly expect: {
    readonly status: number;
    readonly statusAlso?: readonly number[];
    readonly scimType?: string;
    readonly scimTypeAlso?: readonly string[];
    readonly unchanged?: boolean;
    readonly after?: Resource;
    readonly afterAnyOf?: readonly Resource[];
  };
}

interface Resource {
  readonly id: string;
  readonly schemas: readonly string[];
  readonly [attribute: string]: unknown;
}

// Read and not imported: as a module, the member `__proto__` of a case would be lost.
const corpus = JSON.parse(
  readFileSync(new URL('../../../packages/schemas/fixtures/scim/patch-cases.json', import.meta.url), 'utf8'),
) as readonly Case[];

const STANDARD = '/scim/v2';
const DRONAHQ = ['/api/scim/v2', '/sso/scim/v2'];

/** The mounts whose profile can be said over HTTP. `interop` and `strict` belong to credentials: the engine's tests run them. */
const mountsOf: Readonly<Record<string, readonly string[]>> = {
  rfc: [STANDARD, ...DRONAHQ],
  entra: [STANDARD, ...DRONAHQ],
  okta: [STANDARD, ...DRONAHQ],
  lenient: [STANDARD, ...DRONAHQ],
  dronahq: DRONAHQ,
};

/** Bodies that the DronaHQ mounts read as a partial user, or as operations that need no `schemas`. */
const notOnDronahq = new Set(['syntax-missing-schemas', 'syntax-missing-operations']);

const rows = corpus.flatMap((each) =>
  (mountsOf[each.profile] ?? [])
    .filter((mount) => mount === STANDARD || !notOnDronahq.has(each.name))
    .map((mount) => ({ ...each, mount })),
);

let api: TestApp;
beforeAll(async () => {
  api = await startApp();
});
afterAll(() => api.stop());
beforeEach(() => forgetUsers(api));

/** What two resources are compared by: no `meta`, no order of values; null, [], missing and `primary: false` are equal. */
function comparable(value: unknown): unknown {
  if (Array.isArray(value)) {
    const values = value.map(comparable).filter((each) => each !== undefined);
    return values.length === 0 ? undefined : values.map((each) => JSON.stringify(each)).toSorted();
  }
  if (typeof value !== 'object' || value === null) return value ?? undefined;
  const members = Object.entries(value)
    .filter(([name, item]) => name !== 'meta' && name !== 'schemas' && !(name === 'primary' && item === false))
    .map(([name, item]) => [name, comparable(item)] as const)
    .filter(([, item]) => item !== undefined)
    .toSorted(([left], [right]) => (left < right ? -1 : 1));
  return members.length === 0 ? undefined : Object.fromEntries(members);
}

/** `schemas` as a set; an extension counts where it holds something. */
const schemasOf = (resource: Resource): string[] =>
  resource.schemas
    .filter((urn) => urn === urns.user || urn === urns.group || comparable(resource[urn]) !== undefined)
    .toSorted();

const compared = (resource: Resource) => ({ schemas: schemasOf(resource), resource: comparable(resource) });

/** The members of a group in any of its states: users that are there. Whom only the request names is not. */
const membersIn = ({ before, expect: { after, afterAnyOf = [] } }: Case): string[] => {
  const states = [before, after, ...afterAnyOf] as ({ members?: { value: string }[] } | undefined)[];
  return [...new Set(states.flatMap((state) => state?.members ?? []).map(({ value }) => value))];
};

test('every case is run here, but for those of profiles that belong to credentials', () => {
  const here = new Set(rows.map(({ name }) => name));
  const elsewhere = corpus.filter(({ name }) => !here.has(name));
  expect(elsewhere.map(({ profile }) => profile)).toEqual(['interop']);
  expect(here.size).toBe(131);
});

describe.each([STANDARD, ...DRONAHQ])('%s', (mount) => {
  test.each(rows.filter((row) => row.mount === mount))('$name ($source)', async (row) => {
    const isGroup = row.resource === 'Group';
    const create = async (type: string, resource: object): Promise<string> => {
      const answer: Answer = await api.request('POST', `${mount}/${type}`, { body: resource });
      expect(answer.status, answer.text).toBeLessThan(300);
      return (answer.body as Resource).id;
    };
    /** The ids of the corpus, and those that the server gave. */
    const ids = new Map<string, string>();
    const withRealIds = <Value>(value: Value): Value =>
      JSON.parse([...ids].reduce((text, [id, real]) => text.replaceAll(id, real), JSON.stringify(value))) as Value;
    for (const resource of row.directory ?? []) await create('Users', resource);
    for (const [index, member] of (isGroup ? membersIn(row) : []).entries()) {
      ids.set(member, await create('Users', { schemas: [urns.user], userName: `member-${index}` }));
    }
    const id = await create(`${row.resource}s`, withRealIds(row.before));
    ids.set(row.before.id, id);

    const path = `${mount}/${row.resource}s/${id}`;
    const before = await api.request('GET', path);
    expect(compared(before.body)).toEqual(compared(withRealIds(row.before)));

    const { 'x-corpus-query': query, 'If-Match': ifMatch, ...headers } = row.headers ?? {};
    expect(headers).toEqual({});
    const answer = await api.request('PATCH', query === undefined ? path : `${path}?${query}`, {
      body: withRealIds(row.request),
      ...(ifMatch !== undefined && { headers: { 'if-match': ifMatch === '*' ? '*' : before.headers.get('etag')! } }),
    });
    const after = await api.request('GET', path);

    const { status, statusAlso = [], scimType, scimTypeAlso = [], unchanged } = row.expect;
    // RFC 7644 3.5.2: "either a 200 OK response code and the entire resource [...], or [...] 204 (No Content)".
    const succeeded = isGroup && status === 200 ? 204 : status;
    expect([succeeded, ...statusAlso], answer.text).toContain(answer.status);
    if (answer.status >= 400) {
      expect(answer.body).toMatchObject({ schemas: [urns.error], status: String(answer.status) });
      // Where a refusal is only the other acceptable answer, its keyword is open.
      if (scimType !== undefined) expect([scimType, ...scimTypeAlso]).toContain(answer.body.scimType);
    } else if (answer.status === 204) {
      expect(answer.headers.get('etag')).toBe(after.body.meta.version);
    } else if (query === undefined) {
      expect(answer.body).toEqual(after.body);
      expect(answer.headers.get('etag')).toBe(after.body.meta.version);
    } else {
      expect(Object.keys(answer.body).toSorted()).toEqual(['id', 'schemas', 'title']);
    }
    if (answer.status === succeeded) {
      const wanted = row.expect.afterAnyOf ?? [row.expect.after!];
      expect(wanted.map((each) => compared(withRealIds(each)))).toContainEqual(compared(after.body));
    }
    if (answer.status >= 400 || (unchanged && answer.status === succeeded)) expect(after.text).toBe(before.text);
    else if (answer.status === succeeded) expect(after.body.meta.version).not.toBe(before.body.meta.version);
  });
});
