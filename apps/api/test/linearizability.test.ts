import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Answer, startReplicas, type TestApp } from './support/app.ts';
import { type HistoryRow, type Recorded, type State, violations } from './support/linearizability.ts';
import { create, faces, type Fields, forgetUsers, patch, read, type Tongue, tongues, urns } from './support/users.ts';

/** The attributes that each dialect writes here, by their names on the wire. `title` and `locale` have two names. */
const attributes: Readonly<Record<Tongue, Readonly<Record<string, string>>>> = {
  v1: { first_name: 'name.givenName', last_name: 'name.familyName' },
  scim: {
    title: 'title',
    locale: 'locale',
    nickName: 'nickName',
    displayName: 'displayName',
    userType: 'userType',
    timezone: 'timezone',
    profileUrl: 'profileUrl',
    'name.middleName': 'name.middleName',
    'name.givenName': 'name.givenName',
    'name.familyName': 'name.familyName',
    [`${urns.enterprise}:department`]: 'enterprise.department',
    [`${urns.enterprise}:division`]: 'enterprise.division',
  },
  nerm: { title: 'title', locale: 'locale', preferred_language: 'preferredLanguage' },
};

/** The value of a wire name with parts, `null` where there is none. */
function valueAt(shown: Fields, name: string): unknown {
  const [, urn, rest] = /^(urn:.*):([^:]+)$/.exec(name) ?? [];
  let value: unknown = urn === undefined ? shown : shown[urn];
  for (const part of (rest ?? name).split('.')) value = (value as Fields | undefined)?.[part];
  return value ?? null;
}

/** What an answer says of the attributes above. */
function stateOf(tongue: Tongue, answer: Answer): State {
  const shown = faces[tongue].shown(answer);
  return Object.fromEntries(Object.entries(attributes[tongue]).map(([wire, name]) => [name, valueAt(shown, wire)]));
}

const versionOf = ({ headers }: Answer): number => Number(headers.get('etag')!.slice(1, -1));

/** Sends requests about one user, and notes of each what its client saw. */
class Recorder {
  readonly requests: Recorded[] = [];

  constructor(
    private readonly replicas: readonly TestApp[],
    private readonly id: string,
  ) {}

  read(name: string, tongue: Tongue): Promise<Answer> {
    return this.record(name, tongue, {}, (api, headers) => read(api, tongue, this.id, { headers }));
  }

  write(name: string, tongue: Tongue, fields: Fields, ifMatch?: number): Promise<Answer> {
    const asked = Object.fromEntries(
      Object.entries(fields).map(([wire, value]) => [attributes[tongue][wire]!, value] as const),
    );
    return this.record(name, tongue, { asked, ...(ifMatch !== undefined && { ifMatch }) }, (api, headers) =>
      patch(api, tongue, this.id, fields, {
        headers: { ...headers, ...(ifMatch !== undefined && { 'if-match': `"${ifMatch}"` }) },
      }),
    );
  }

  private async record(
    name: string,
    tongue: Tongue,
    wish: Pick<Recorded, 'asked' | 'ifMatch'>,
    send: (api: TestApp, headers: Record<string, string>) => Promise<Answer>,
  ): Promise<Answer> {
    const replica = this.replicas[this.requests.length % this.replicas.length]!;
    const invoked = performance.now();
    const answer = await send(replica, { 'x-request-id': name });
    const responded = performance.now();
    const done = answer.status === 200;
    this.requests.push({
      name,
      invoked,
      responded,
      status: answer.status,
      shown: done ? stateOf(tongue, answer) : {},
      ...(done && { version: versionOf(answer) }),
      ...wish,
    });
    return answer;
  }
}

const settings = [
  { one: 'true', other: 'true' },
  { one: 'false', other: 'false' },
  { one: 'true', other: 'false' },
];

describe.each(settings)('two replicas of one database, group commit $one and $other', ({ one, other }) => {
  let api: TestApp;
  let replica: TestApp;
  let id: string;
  let recorder: Recorder;
  let stop: () => Promise<void>;
  beforeAll(async () => {
    ({ api, replica, stop } = await startReplicas({ STELE_GROUP_COMMIT: one }, { STELE_GROUP_COMMIT: other }));
  });
  afterAll(() => stop());
  beforeEach(async () => {
    await forgetUsers(api);
    id = await create(api, 'scim', 'alice');
    recorder = new Recorder([api, replica], id);
  });

  /** Holds what was recorded against the history and the user that is there. */
  async function check(): Promise<void> {
    const rows = await api.query(
      'SELECT version, request_id AS "requestId", changes FROM user_history WHERE user_id = $1 ORDER BY version',
      [id],
    );
    const last = await read(api, 'scim', id);
    const final = { version: versionOf(last), state: stateOf('scim', last) };
    expect(violations(recorder.requests, rows as unknown as HistoryRow[], final)).toEqual([]);
  }

  /** Runs clients at once, each doing one thing after the other. */
  const clients = (count: number, client: (number: number) => Promise<void>) =>
    Promise.all(Array.from({ length: count }, (_, number) => client(number)));

  const scimNames = Object.keys(attributes.scim);

  test('24 clients of three dialects, reading and writing as they like', async () => {
    await clients(24, async (client) => {
      const tongue = tongues[client % tongues.length]!;
      const names = Object.keys(attributes[tongue]);
      // Of the dialect's attributes one that most clients share, and one that few or none do.
      const own = names[Math.floor(client / tongues.length) % names.length]!;
      const shared = { v1: 'first_name', scim: 'title', nerm: 'title' }[tongue];
      const name = (step: string) => `client-${client}-${step}`;
      await recorder.write(name('own'), tongue, { [own]: name('own') });
      await recorder.write(name('shared'), tongue, { [shared]: name('shared') });
      const seen = await recorder.read(name('read'), tongues[(client + 1) % tongues.length]!);
      await recorder.write(name('conditional'), tongue, { [own]: name('conditional') }, versionOf(seen));
      await recorder.write(name('clear'), tongue, { [shared]: null });
      await recorder.write(name('same'), tongue, { [shared]: null });
      const after = await recorder.read(name('reread'), tongue);
      await recorder.write(name('both'), tongue, { [own]: 'the same for all', [shared]: name('both') });
      await recorder.write(name('late'), tongue, { [own]: name('late') }, versionOf(after));
    });
    expect(recorder.requests).toHaveLength(24 * 9);
    // Of the writes without a condition none was refused; how many were no-ops is for the checker to say.
    const statuses = recorder.requests.filter(({ ifMatch }) => ifMatch === undefined).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([200]));
    await check();
  });

  test('writes of different attributes all stay, whoever writes them', async () => {
    await clients(scimNames.length, async (client) => {
      const wire = scimNames[client]!;
      for (let round = 1; round <= 4; round++) {
        const answer = await recorder.write(`${attributes.scim[wire]}-${round}`, 'scim', { [wire]: `round ${round}` });
        expect(answer.status).toBe(200);
      }
    });
    const last = await read(replica, 'scim', id);
    expect(versionOf(last)).toBe(1 + scimNames.length * 4);
    expect(new Set(Object.values(stateOf('scim', last)))).toEqual(new Set(['round 4']));
    await check();
  });

  test('who counts with If-Match, and starts again when refused, loses no count', async () => {
    const [counters, counts] = [8, 4];
    await clients(counters, async (client) => {
      const tongue = (['scim', 'nerm'] as const)[client % 2]!;
      for (let [count, tries] = [0, 0]; count < counts; tries++) {
        const seen = await recorder.read(`counter-${client}-read-${tries}`, tongue);
        const title = String(Number(faces[tongue].shown(seen)['title'] ?? 0) + 1);
        const answer = await recorder.write(`counter-${client}-write-${tries}`, tongue, { title }, versionOf(seen));
        if (answer.status === 200) count++;
      }
    });
    const last = await read(api, 'nerm', id);
    expect(last.body.user.title).toBe(String(counters * counts));
    expect(versionOf(last)).toBe(1 + counters * counts);
    await check();
  });

  test('a crowd that writes the same attribute at once: each write is a version, none is refused', async () => {
    await clients(60, async (client) => {
      const tongue = (['scim', 'nerm'] as const)[client % 2]!;
      expect((await recorder.write(`writer-${client}`, tongue, { title: `title ${client}` })).status).toBe(200);
    });
    expect(versionOf(await read(api, 'v1', id))).toBe(61);
    await check();
  });

  test('adding to a list at once keeps every addition', async () => {
    const added = Array.from({ length: 30 }, (_, index) => ({ value: `role-${String(index).padStart(2, '0')}` }));
    const answers = await Promise.all(
      added.map((role, index) =>
        [api, replica][index % 2]!.request('PATCH', faces.scim.user(id), {
          body: { schemas: [urns.patchOp], Operations: [{ op: 'add', path: 'roles', value: [role] }] },
        }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(added.map(() => 200));
    const { roles } = (await read(api, 'scim', id)).body as { roles: { value: string }[] };
    expect(roles.map(({ value }) => value).toSorted()).toEqual(added.map(({ value }) => value));
  });
});
