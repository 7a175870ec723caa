import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { comparable } from '../../../packages/schemas/test/comparable.ts';
import { issueKey } from './support/api-keys.ts';
import { type Answer, keys, startApp, type TestApp } from './support/app.ts';
import { DRONAHQ, STANDARD, urns } from './support/scim.ts';
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

/** Cases that hold for `strict` alone: real clients need the other reading in `default`. */
const strictAlone = new Set(['syntax-missing-schemas', 'invalid-value-emails-string', 'invalid-value-no-path-array']);

/** Bodies that the DronaHQ mounts read as a partial user. */
const notOnDronahq = new Set(['syntax-missing-operations']);

const ofProfiles = (...names: readonly string[]): readonly Case[] =>
  corpus.filter(({ profile }) => names.includes(profile));

/** What identity providers send and `strict` takes otherwise: the keyword of the refusal, or the user that is left. */
const strictReadings: Readonly<Record<string, string | ((user: Resource) => Resource)>> = {
  'entra-active-string-True': 'invalidValue',
  'entra-active-string-lower-false': 'invalidValue',
  'entra-active-string-lower-true': 'invalidValue',
  'keycloak-no-path-boolean-string': 'invalidValue',
  'entra-manager-plain-string-add': 'invalidValue',
  'entra-manager-plain-string-replace': 'invalidValue',
  'entra-manager-array-with-value': 'invalidValue',
  'entra-manager-empty-string-clears': 'invalidValue',
  'entra-flag-no-path-dotted-keys': 'invalidPath',
  'entra-flag-no-path-filtered-key': 'invalidPath',
  // RFC 7644 3.5.2.3: "If the target location is a multi-valued attribute for which a value selection filter [...] has
  // been supplied and no record match was made, the service provider SHALL indicate failure by returning [...] noTarget".
  'entra-add-absent-element': 'noTarget',
  'entra-replace-absent-element': 'noTarget',
  'entra-add-absent-element-and-filter': 'noTarget',
  'entra-phone-mobile-added': 'noTarget',
  'entra-remove-filtered-value-no-match-is-success': 'noTarget',
  'entra-verbose-add-many': 'noTarget',
  'entra-multi-ops-same-multivalued': 'noTarget',
  // RFC 7643 2.5: `null` and `[]` are unassigned. The empty string is a value.
  'entra-empty-string-clears-simple': (user) => ({ ...user, title: '' }),
  'dronahq-bare-single-field': 'invalidSyntax',
  'dronahq-group-bare-members': 'invalidSyntax',
};

const refusal = (each: Case, scimType: string): Case => ({
  ...each,
  expect: { status: 400, scimType, unchanged: true, after: each.before },
});

function underStrict(each: Case): Case {
  const reading = strictReadings[each.name];
  if (typeof reading === 'string') return refusal(each, reading);
  return reading ? { ...each, expect: { status: 200, after: reading(each.before) } } : each;
}

/** RFC 7644 3.5.2 spells operators in lower case: `strict` refuses another spelling, and does what the same request says in this one. */
function inStrictSpelling(each: Case): readonly Case[] {
  const written = JSON.stringify(each.request);
  const spelled = written.replaceAll(/"op":"(Add|Remove|Replace)"/g, (text) => text.toLowerCase());
  if (spelled === written) return [underStrict(each)];
  const request: unknown = JSON.parse(spelled);
  return [refusal(each, 'invalidSyntax'), { ...underStrict(each), name: `lower case: ${each.name}`, request }];
}

/** Whose behaviour the cases of a profile of the corpus show. */
const providers: Readonly<Record<string, string>> = {
  rfc: 'RFC',
  entra: 'Microsoft Entra ID',
  okta: 'Okta',
  lenient: 'Several clients',
  dronahq: 'DronaHQ',
  interop: 'draft-zollner-scim-interop-profile',
};

/** Where and with which credential a case is run. */
interface Way {
  readonly mount: string;
  readonly profile: 'default' | 'strict' | 'interop';
  readonly cases: readonly Case[];
}

const common = ofProfiles('rfc', 'entra', 'okta', 'lenient').filter(({ name }) => !strictAlone.has(name));

const ways: readonly Way[] = [
  { mount: STANDARD, profile: 'default', cases: common },
  ...DRONAHQ.map((mount): Way => {
    const cases = [...common, ...ofProfiles('dronahq')].filter(({ name }) => !notOnDronahq.has(name));
    return { mount, profile: 'default', cases };
  }),
  {
    mount: STANDARD,
    profile: 'strict',
    cases: [...ofProfiles('rfc'), ...ofProfiles('entra', 'okta', 'lenient', 'dronahq').flatMap(inStrictSpelling)],
  },
  { mount: STANDARD, profile: 'interop', cases: ofProfiles('interop') },
];

let api: TestApp;
let credentials: Record<Way['profile'], string>;
beforeAll(async () => {
  api = await startApp();
  const [strict, interop] = await Promise.all([
    issueKey(api, { profile: 'strict' }),
    issueKey(api, { profile: 'interop' }),
  ]);
  credentials = { default: keys.admin, strict: strict.key, interop: interop.key };
});
afterAll(() => api.stop());
beforeEach(() => forgetUsers(api));

/** `schemas` as a set; an extension counts where it holds something. */
const schemasOf = (resource: Resource): string[] =>
  resource.schemas
    .filter((urn) => urn === urns.user || urn === urns.group || comparable(resource[urn]) !== undefined)
    .toSorted();

/** The cases tell members by `value`; `$ref`, `type` and `display` are what the server shows besides. */
const withPlainMembers = ({ members, ...resource }: Resource & { members?: object[] }): object => ({
  ...resource,
  members: members?.map((member) => ({ ...member, $ref: undefined, type: undefined, display: undefined })),
});

const compared = (resource: Resource) => ({
  schemas: schemasOf(resource),
  resource: comparable(withPlainMembers(resource)),
});

/** The members of a group in any of its states: users that are there. Whom only the request names is not. */
const membersIn = ({ before, expect: { after, afterAnyOf = [] } }: Case): string[] => {
  const states = [before, after, ...afterAnyOf] as ({ members?: { value: string }[] } | undefined)[];
  return [...new Set(states.flatMap((state) => state?.members ?? []).map(({ value }) => value))];
};

test('every case is run', () => {
  const run = new Set(ways.flatMap(({ cases }) => cases.map(({ name }) => name)));
  expect(corpus.filter(({ name }) => !run.has(name))).toEqual([]);
  expect(corpus).toHaveLength(132);
  const read = new Set(ways.find(({ profile }) => profile === 'strict')!.cases.map(({ name }) => name));
  expect(Object.keys(strictReadings).filter((name) => !read.has(name))).toEqual([]);
});

describe.each(ways)('$mount, $profile', ({ mount, profile, cases }) => {
  test.for(cases)('$name ($source)', async (row, { task }) => {
    // How `strict` reads what was sent to another profile is its own affair.
    if (profile !== 'strict') {
      task.meta.behaviour = { provider: providers[row.profile]!, source: row.source, title: `PATCH: ${row.name}` };
    }
    const key = credentials[profile];
    const isGroup = row.resource === 'Group';
    const create = async (type: string, resource: object): Promise<string> => {
      const answer: Answer = await api.request('POST', `${mount}/${type}`, { key, body: resource });
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
    const before = await api.request('GET', path, { key });
    expect(compared(before.body)).toEqual(compared(withRealIds(row.before)));

    const { 'x-corpus-query': query, 'If-Match': ifMatch, ...headers } = row.headers ?? {};
    expect(headers).toEqual({});
    const answer = await api.request('PATCH', query === undefined ? path : `${path}?${query}`, {
      key,
      body: withRealIds(row.request),
      ...(ifMatch !== undefined && { headers: { 'if-match': ifMatch === '*' ? '*' : before.headers.get('etag')! } }),
    });
    const after = await api.request('GET', path, { key });

    const { status, statusAlso = [], scimType, scimTypeAlso = [], unchanged } = row.expect;
    // RFC 7644 3.5.2: "either a 200 OK response code and the entire resource [...], or [...] 204 (No Content)".
    const succeeded = isGroup && status === 200 && mount === STANDARD ? 204 : status;
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
