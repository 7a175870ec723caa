import type { CompatibilityProfile } from '@stele/schemas/canonical';
import { profiles, type Profile } from '@stele/schemas/scim';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { issueKey } from './support/api-keys.ts';
import { startApp, type TestApp } from './support/app.ts';
import { expectScimError, keptOfGroups, MOUNTS, type Scim, scimAt, STANDARD, urns } from './support/scim.ts';
import { faces, forgetUsers, kept } from './support/users.ts';

/** The keyword of an error, or one of several, or what the resource then shows; undefined is an attribute without a value. */
type Outcome = string | readonly string[] | Readonly<Record<string, unknown>>;

const isError = (outcome: Outcome): outcome is string | readonly string[] =>
  typeof outcome === 'string' || Array.isArray(outcome);

/** A request in which one switch shows. In its body and outcome `$ann` stands for the id of ann, and so on. */
interface Row {
  readonly what: string;
  readonly shows: keyof Profile;
  readonly method: 'POST' | 'PUT' | 'PATCH';
  readonly path: string;
  readonly body: unknown;
  readonly on: Outcome;
  readonly off: Outcome;
}

const MIRA = '/Users/$mira';
const TEAM = '/Groups/$team';

const mira = {
  title: 'Surveyor',
  active: true,
  name: { givenName: 'Mira', familyName: 'Olsen' },
  emails: [
    { value: 'mira@example.com', type: 'work', primary: true },
    { value: 'm.olsen@example.com', type: 'work' },
  ],
  [urns.enterprise]: { department: 'Mapping', manager: { value: 'jon' } },
};

const operations = (...Operations: readonly object[]) => ({ schemas: [urns.patchOp], Operations });

const patch = (path: string, ...operation: readonly object[]) =>
  ({ method: 'PATCH', path, body: operations(...operation) }) as const;
const user = (fields: object) => ({ schemas: [urns.user], userName: 'mira', ...fields });
const put = (fields: object) => ({ method: 'PUT', path: MIRA, body: user(fields) }) as const;
const post = (body: object) => ({ method: 'POST', path: '/Users', body: { ...body, userName: 'new' } }) as const;

const teamOf = (...ids: readonly string[]) => ({
  members: ids.length > 0 ? ids.map((value) => ({ value })) : undefined,
});

const rows: readonly Row[] = [
  {
    what: 'an operator in upper case',
    shows: 'operatorInAnyCase',
    ...patch(MIRA, { op: 'Replace', path: 'title', value: 'Pilot' }),
    on: { title: 'Pilot' },
    off: 'invalidSyntax',
  },
  {
    what: 'an operator in upper case, on members',
    shows: 'operatorInAnyCase',
    ...patch(TEAM, { op: 'Add', path: 'members', value: [{ value: '$cem' }] }),
    on: teamOf('$ann', '$ben', '$cem'),
    off: 'invalidSyntax',
  },
  {
    what: 'a boolean as text',
    shows: 'booleanAsString',
    ...patch(MIRA, { op: 'replace', path: 'active', value: 'False' }),
    on: { active: false },
    off: 'invalidValue',
  },
  {
    what: 'a boolean as text in a list',
    shows: 'booleanAsString',
    ...put({ emails: [{ value: 'mira@example.com', primary: 'true' }] }),
    on: { emails: [{ value: 'mira@example.com', primary: true }] },
    off: 'invalidValue',
  },
  {
    what: 'a boolean as text in a new user',
    shows: 'booleanAsString',
    ...post({ schemas: [urns.user], active: 'FALSE' }),
    on: { active: false },
    off: 'invalidValue',
  },
  {
    what: 'a manager as text',
    shows: 'complexAsValue',
    ...patch(MIRA, { op: 'replace', path: `${urns.enterprise}:manager`, value: 'kim' }),
    on: { [urns.enterprise]: { department: 'Mapping', manager: { value: 'kim' } } },
    off: 'invalidValue',
  },
  {
    what: 'a manager in a list',
    shows: 'listOfOne',
    ...put({ [urns.enterprise]: { manager: [{ value: 'kim' }] } }),
    on: { [urns.enterprise]: { manager: { value: 'kim' } } },
    off: 'invalidValue',
  },
  {
    what: 'an empty text',
    shows: 'emptyStringClears',
    ...patch(MIRA, { op: 'replace', path: 'title', value: '' }),
    on: { title: undefined },
    off: { title: '' },
  },
  {
    what: 'an empty text in a whole user',
    shows: 'emptyStringClears',
    ...put({ title: '' }),
    on: { title: undefined },
    off: { title: '' },
  },
  {
    what: 'an empty text instead of members',
    shows: 'emptyStringClears',
    ...patch(TEAM, { op: 'replace', path: 'members', value: '' }),
    on: teamOf(),
    off: 'invalidValue',
  },
  {
    what: 'a removal that finds nothing',
    shows: 'unmatchedFilterIsNoError',
    ...patch(MIRA, { op: 'remove', path: 'emails[type eq "other"]' }),
    on: { emails: mira.emails },
    off: 'noTarget',
  },
  {
    what: 'a part of a value that is not there',
    shows: 'unmatchedFilterIsNoError',
    ...patch(MIRA, { op: 'replace', path: 'emails[type eq "other"].value', value: 'o@example.com' }),
    on: { emails: [...mira.emails, { value: 'o@example.com', type: 'other' }] },
    off: 'noTarget',
  },
  {
    what: 'the removal of a member that is not there',
    shows: 'unmatchedFilterIsNoError',
    ...patch(TEAM, { op: 'remove', path: 'members[value eq "$cem"]' }),
    on: teamOf('$ann', '$ben'),
    off: 'noTarget',
  },
  {
    what: 'a path as the name of an attribute',
    shows: 'pathAsKey',
    ...patch(MIRA, { op: 'replace', path: urns.user, value: { 'name.familyName': 'Lund' } }),
    on: { name: { givenName: 'Mira', familyName: 'Lund' } },
    off: 'invalidPath',
  },
  {
    what: 'an id that is repeated',
    shows: 'readOnlyMayBeRepeated',
    ...patch(MIRA, { op: 'replace', path: urns.user, value: { id: '$mira', title: 'Pilot' } }),
    on: { title: 'Pilot' },
    off: 'mutability',
  },
  {
    what: 'the id of a group that is repeated',
    shows: 'readOnlyMayBeRepeated',
    ...patch(TEAM, { op: 'replace', path: urns.group, value: { id: '$team', displayName: 'Sea Team' } }),
    on: { displayName: 'Sea Team' },
    off: 'mutability',
  },
  {
    what: 'a partial user instead of operations',
    shows: 'bareBody',
    method: 'PATCH',
    path: MIRA,
    body: { title: 'Pilot' },
    on: { title: 'Pilot' },
    off: 'invalidSyntax',
  },
  {
    what: 'operations without schemas',
    shows: 'schemasMayBeMissing',
    method: 'PATCH',
    path: TEAM,
    body: { Operations: [{ op: 'remove', path: 'members' }] },
    on: teamOf(),
    off: 'invalidSyntax',
  },
  {
    what: 'a partial group instead of operations',
    shows: 'bareBody',
    method: 'PATCH',
    path: TEAM,
    body: { members: [{ value: '$cem' }] },
    on: teamOf('$cem'),
    off: 'invalidSyntax',
  },
  {
    what: 'a new user without schemas',
    shows: 'schemasMayBeMissing',
    ...post({}),
    on: { active: true },
    off: 'invalidSyntax',
  },
  {
    what: 'a new user with an empty list of schemas',
    shows: 'schemasMayBeMissing',
    ...post({ schemas: [] }),
    on: { active: true },
    off: 'invalidSyntax',
  },
  {
    what: 'an empty list of operations',
    shows: 'noOperationsMayBeSent',
    ...patch(MIRA),
    on: { title: 'Surveyor' },
    off: 'invalidSyntax',
  },
  {
    what: 'a new user with the URN of SCIM 1.1',
    shows: 'olderUrns',
    ...post({ schemas: ['urn:scim:schemas:core:1.0'], 'urn:scim:schemas:extension:enterprise:1.0': { division: 'A' } }),
    on: { [urns.enterprise]: { division: 'A' } },
    off: 'invalidSyntax',
  },
  {
    what: 'an older URN before an attribute',
    shows: 'olderUrns',
    ...patch(MIRA, { op: 'replace', path: 'urn:scim:schemas:core:2.0:User:title', value: 'Pilot' }),
    on: { title: 'Pilot' },
    off: 'invalidPath',
  },
  {
    what: 'the core URN as a container',
    shows: 'urnAsContainer',
    ...post({ schemas: [urns.user], [urns.user]: { title: 'Pilot' }, [`${urns.enterprise}:division`]: 'A' }),
    on: { title: 'Pilot', [urns.enterprise]: { division: 'A' } },
    off: 'invalidSyntax',
  },
  {
    what: 'a dot after the URN of an extension',
    shows: 'dotAfterUrn',
    ...patch(MIRA, { op: 'replace', path: `${urns.enterprise}.department`, value: 'Sea' }),
    on: { [urns.enterprise]: { department: 'Sea', manager: { value: 'jon' } } },
    off: 'invalidPath',
  },
  {
    what: 'an extension with its own schemas',
    shows: 'schemasInExtension',
    ...put({ [urns.enterprise]: { schemas: [urns.enterprise], department: 'Sea' } }),
    on: { [urns.enterprise]: { department: 'Sea' } },
    off: 'invalidSyntax',
  },
  {
    what: 'an unknown attribute',
    shows: 'unknownIsIgnored',
    ...put({ favouriteColour: 'red', title: 'Pilot' }),
    on: { title: 'Pilot' },
    off: 'invalidSyntax',
  },
  {
    what: 'an unknown sub-attribute of a member',
    shows: 'unknownIsIgnored',
    ...patch(TEAM, { op: 'add', path: 'members', value: [{ value: '$cem', displayName: 'Cem' }] }),
    on: teamOf('$ann', '$ben', '$cem'),
    off: 'invalidValue',
  },
  {
    what: 'an unknown member of an operation',
    shows: 'unknownIsIgnored',
    ...patch(MIRA, { op: 'replace', path: 'title', value: 'Pilot', reason: 'promotion' }),
    on: { title: 'Pilot' },
    off: 'invalidSyntax',
  },
  {
    what: 'roles as texts',
    shows: 'complexAsValue',
    ...put({ roles: ['admin', 'a,b'] }),
    on: { roles: [{ value: 'admin' }, { value: 'a,b' }] },
    off: 'invalidValue',
  },
  {
    what: 'members as texts',
    shows: 'complexAsValue',
    ...patch(TEAM, { op: 'replace', path: 'members', value: ['$cem'] }),
    on: teamOf('$cem'),
    off: 'invalidValue',
  },
  {
    what: 'a list of one instead of a text',
    shows: 'listOfOne',
    ...patch(MIRA, { op: 'replace', path: 'title', value: ['Pilot'] }),
    on: { title: 'Pilot' },
    off: 'invalidValue',
  },
  {
    what: 'an object instead of a boolean',
    shows: 'valueObject',
    ...patch(MIRA, { op: 'replace', path: 'active', value: { $ref: null, value: false } }),
    on: { active: false },
    off: 'invalidValue',
  },
  {
    what: 'the value without a path as JSON text',
    shows: 'valueAsJsonText',
    ...patch(MIRA, { op: 'replace', value: '{"title":"Pilot"}' }),
    on: { title: 'Pilot' },
    off: ['invalidValue', 'invalidPath'],
  },
  {
    what: 'a member by the e-mail address of a user',
    shows: 'membersByName',
    ...patch(TEAM, { op: 'add', path: 'members', value: [{ value: 'MIRA@example.com' }] }),
    on: teamOf('$mira', '$ann', '$ben'),
    off: 'invalidValue',
  },
  {
    what: 'an operation without path',
    shows: 'pathRequired',
    ...patch(MIRA, { op: 'replace', value: { title: 'Pilot' } }),
    on: 'invalidPath',
    off: { title: 'Pilot' },
  },
  {
    what: 'an operation on members without path',
    shows: 'pathRequired',
    ...patch(TEAM, { op: 'add', value: { members: [{ value: '$cem' }] } }),
    on: 'invalidPath',
    off: teamOf('$ann', '$ben', '$cem'),
  },
  {
    what: 'a filter that selects two values',
    shows: 'singleMatch',
    ...patch(MIRA, { op: 'replace', path: 'emails[type eq "work"].display', value: 'Office' }),
    on: 'invalidFilter',
    off: { emails: mira.emails.map((each) => ({ ...each, display: 'Office' })) },
  },
  {
    what: 'a filter that selects two members',
    shows: 'singleMatch',
    ...patch(TEAM, { op: 'remove', path: 'members[value eq "$ann" or value eq "$ben"]' }),
    on: 'invalidFilter',
    off: teamOf(),
  },
  {
    what: 'a complex value that is replaced',
    shows: 'complexReplacedWhole',
    ...patch(MIRA, { op: 'replace', path: 'name', value: { familyName: 'Lund' } }),
    on: { name: { familyName: 'Lund' } },
    off: { name: { givenName: 'Mira', familyName: 'Lund' } },
  },
];

/** Filters in which a switch shows. Where it is on they find mira. */
const filters: readonly { readonly shows: keyof Profile; readonly filter: string }[] = [
  { shows: 'filteredSubAttribute', filter: 'emails[type eq "work"].value eq "mira@example.com"' },
  { shows: 'filteredSubAttribute', filter: 'userName pr and not (emails[type eq "work"].value co "x@") and title pr' },
  { shows: 'unquotedFilterValue', filter: 'userName eq mira' },
  { shows: 'unquotedFilterValue', filter: 'emails[value eq mira@example.com] and (active eq True)' },
  { shows: 'olderUrns', filter: 'urn:scim:schemas:core:1.0:title eq "Surveyor"' },
  { shows: 'looseDates', filter: 'userName eq "mira" and meta.created gt "2015-10-10"' },
  { shows: 'dotAfterUrn', filter: `${urns.enterprise}.department eq "Mapping"` },
];

const credentials = Object.keys(profiles) as CompatibilityProfile[];

/** Who asks where, and by which rules that is judged: "the DronaHQ mounts imply `dronahq`" (CONTRACTS.md). */
const places = MOUNTS.flatMap((mount) =>
  credentials.map((credential) => ({
    mount,
    credential,
    name: mount === STANDARD ? credential : ('dronahq' as const),
  })),
);

let api: TestApp;
const keyOf = new Map<CompatibilityProfile, string>();
beforeAll(async () => {
  api = await startApp();
  for (const profile of credentials) keyOf.set(profile, (await issueKey(api, { profile })).key);
});
afterAll(() => api.stop());
beforeEach(() => forgetUsers(api));

const everything = async () => [await kept(api), await keptOfGroups(api)];

/** Those whom the rows are about, by name. */
async function populate(): Promise<ReadonlyMap<string, string>> {
  const scim = scimAt(api);
  const ids = new Map([['$mira', await scim.user('mira', mira)]]);
  for (const name of ['ann', 'ben', 'cem']) ids.set(`$${name}`, await scim.user(name));
  return ids.set('$team', await scim.group('Field Team', [ids.get('$ann')!, ids.get('$ben')!]));
}

/** What a resource shows of some attributes. Of members their values, whose order has no meaning. */
function shown(resource: Record<string, unknown>, attributes: readonly string[]): Record<string, unknown> {
  const members = ((resource['members'] ?? []) as { value: string }[]).map(({ value }) => value).toSorted();
  return Object.fromEntries(attributes.map((name) => [name, name === 'members' ? members : resource[name]]));
}

test('every switch has a row, and every row shows a difference', () => {
  // `scim-dronahq-groups.test.ts` and `scim-http.test.ts` have the rows of these.
  const elsewhere = (['membersShowDisplay', 'repeatedParameter', 'sortOrderInAnyCase'] as const).map((shows) => ({
    shows,
  }));
  expect(new Set([...rows, ...filters, ...elsewhere].map(({ shows }) => shows))).toEqual(
    new Set(Object.keys(profiles.default)),
  );
  for (const { on, off, what } of rows) expect(on, what).not.toEqual(off);
});

test('every switch is on in one profile and off in another', () => {
  for (const name of Object.keys(profiles.default) as (keyof Profile)[]) {
    expect(new Set(Object.values(profiles).map((profile: Profile) => profile[name])), name).toEqual(
      new Set([true, false]),
    );
  }
});

describe.each(places)('$mount with a credential of $credential', ({ mount, credential, name }) => {
  const profile: Profile = profiles[name];

  test.each(rows)('$shows: $what', async ({ shows, method, path, body, on, off }) => {
    const ids = await populate();
    const real = <Value>(value: Value): Value =>
      JSON.parse([...ids].reduce((text, [each, id]) => text.replaceAll(each, id), JSON.stringify(value))) as Value;
    const scim: Scim = scimAt(api, { mount, key: keyOf.get(credential)! });
    const before = await everything();

    const answer = await scim.send(method, real(path), { body: real(body) });
    const outcome = profile[shows] ? on : off;
    if (isError(outcome)) {
      expectScimError(answer, 400);
      expect([outcome].flat()).toContain(answer.body.scimType);
      expect(await everything()).toEqual(before);
      return;
    }
    expect([200, 201, 204], answer.text).toContain(answer.status);
    const at = method === 'POST' ? `/Users/${answer.body.id}` : real(path);
    const attributes = Object.keys(outcome);
    const after = shown((await scim.get(at)).body, attributes);
    expect(after).toEqual(shown(real(outcome), attributes));
    if (answer.status !== 204) expect(shown(answer.body, attributes)).toEqual(after);
  });
});

describe.each(places)('a list at $mount with a credential of $credential', ({ mount, credential, name }) => {
  test.each(filters)('$shows: $filter', async ({ shows, filter }) => {
    const ids = await populate();
    const scim: Scim = scimAt(api, { mount, key: keyOf.get(credential)! });
    for (const answer of [
      await scim.list('/Users', { filter }),
      await scim.search('/Users', { filter }),
      await scim.search('', { filter }),
    ]) {
      if (!profiles[name][shows]) expectScimError(answer, 400, 'invalidFilter');
      else expect(answer.body, answer.text).toMatchObject({ totalResults: 1, Resources: [{ id: ids.get('$mira') }] });
    }
  });
});

// A read-only attribute that is repeated must be what is there; anything else would be a write of it.
test.each(['default', 'dronahq'] as const)(
  'of a read-only attribute another value is refused under %s',
  async (name) => {
    const scim = scimAt(api, { key: keyOf.get(name)! });
    const id = await scim.user('mira');
    const before = await everything();
    for (const value of [{ id: 'another', title: 'Pilot' }, { groups: [{ value: id }] }]) {
      expectScimError(await scim.patch(`/Users/${id}`, [{ op: 'replace', value }]), 400, 'mutability');
    }
    expect(await everything()).toEqual(before);
  },
);

test('a key keeps its profile when it is replaced', async () => {
  const scim = scimAt(api);
  const path = `/Users/${await scim.user('mira')}`;
  const { id } = await issueKey(api, { profile: 'strict' });
  const rotated = await api.request('POST', `/v1/api-keys/${id}/rotate`, { body: {} });
  expect(rotated.body, rotated.text).toMatchObject({ profile: 'strict' });
  const answer = await scim.patch(path, [{ op: 'Remove', path: 'title' }], { key: rotated.body.key as string });
  expectScimError(answer, 400, 'invalidSyntax');
});

test('a bulk request is judged like its operations alone', async () => {
  const id = await scimAt(api).user('mira', { title: 'Surveyor' });
  for (const credential of credentials) {
    const scim = scimAt(api, { key: keyOf.get(credential)! });
    const data = { Operations: [{ op: 'Replace', path: 'title', value: credential }], schemas: [urns.patchOp] };
    const { body, text } = await scim.bulk([{ method: 'PATCH', path: `/Users/${id}`, data }]);
    const status = profiles[credential].operatorInAnyCase ? '200' : '400';
    expect(body.Operations[0].status, text).toBe(status);
  }
  expect((await api.request('GET', faces.scim.user(id))).body.title).toBe('dronahq');
});
