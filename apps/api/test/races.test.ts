import { foldKey } from '@stele/schemas/canonical';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Answer, patient, startReplicas, type TestApp } from './support/app.ts';
import { issueKey } from './support/api-keys.ts';
import { countDeadlocks } from './support/deadlocks.ts';
import { expectRefusal } from './support/refusals.ts';
import { GATE, holdGate } from './support/row-lock.ts';
import { scimAt } from './support/scim.ts';
import { create, faces, forgetUsers, kept, patch, read, type Tongue, tongues } from './support/users.ts';

/** Spellings of one name: case, composed and decomposed, full width, and mixed. */
const spellings = ['zoë', 'ZOË', 'Zoe\u0308', 'zOE\u0308', 'ｚｏë', 'ＺＯＥ\u0308', 'Ｚoë'];

const renames: Readonly<Record<Tongue, string>> = { v1: 'username', scim: 'userName', nerm: 'login' };

const parallel = 20;

const indexes = (count: number) => Array.from({ length: count }, (_, index) => index);

test('the spellings are of one name', () => {
  expect(new Set(spellings)).toHaveLength(spellings.length);
  expect(new Set(spellings.map(foldKey))).toEqual(new Set(['zoë']));
});

const settings = [
  { one: 'true', other: 'true' },
  { one: 'false', other: 'false' },
];

describe.each(settings)('two replicas, group commit $one and $other', ({ one, other }) => {
  let api: TestApp;
  let replica: TestApp;
  let stop: () => Promise<void>;
  beforeAll(async () => {
    ({ api, replica, stop } = await startReplicas(
      { ...patient, STELE_GROUP_COMMIT: one },
      { ...patient, STELE_GROUP_COMMIT: other },
    ));
  });
  afterAll(() => stop());
  beforeEach(() => forgetUsers(api));

  const tongueOf = (mix: readonly Tongue[], index: number) => mix[index % mix.length]!;
  const spellingOf = (index: number) => spellings[index % spellings.length]!;

  /** Users with names of their own. */
  const createMany = (count: number, prefix = 'user') =>
    Promise.all(indexes(count).map((index) => create(api, 'scim', `${prefix}-${index}`)));

  function expectOneWinner(answers: readonly { tongue: Tongue; answer: Answer }[]): void {
    const winners = answers.filter(({ answer }) => answer.status < 300);
    expect(winners).toHaveLength(1);
    for (const { tongue, answer } of answers) if (answer.status >= 300) expectRefusal(tongue, answer, 'conflict');
  }

  const mixes: { name: string; mix: readonly Tongue[] }[] = [
    ...tongues.map((tongue) => ({ name: `${tongue} alone`, mix: [tongue] })),
    { name: 'all dialects', mix: tongues },
  ];

  const createAs = async (tongue: Tongue, name: string, on: TestApp) => {
    const fields = tongue === 'scim' ? {} : { email: 'zoe@example.com' };
    const body = faces[tongue].draft(name, fields);
    return { tongue, answer: await on.request('POST', faces[tongue].users, { body }) };
  };

  describe.each(mixes)('$name', ({ mix }) => {
    test(`of ${parallel} creates of one name, one is done`, async () => {
      const answers = await Promise.all(
        indexes(parallel).map((index) => createAs(tongueOf(mix, index), spellingOf(index), index % 2 ? api : replica)),
      );
      expectOneWinner(answers);
      const { users, history } = await kept(api);
      expect([users.length, history.length]).toEqual([1, 1]);
    });

    test(`of ${parallel} renames to one name, one is done, and what else is written at the time is done too`, async () => {
      const ids = await createMany(parallel);
      const neighbours = await createMany(parallel, 'neighbour');
      const others = neighbours.map(async (id, index) => {
        const tongue = tongueOf(tongues, index);
        const field = { v1: 'last_name', scim: 'title', nerm: 'title' }[tongue];
        return patch(index % 2 ? api : replica, tongue, id, { [field]: `value ${index}` });
      });
      const answers = ids.map(async (id, index) => {
        const tongue = tongueOf(mix, index);
        const on = index % 2 ? api : replica;
        return { tongue, answer: await patch(on, tongue, id, { [renames[tongue]]: spellingOf(index) }) };
      });
      expectOneWinner(await Promise.all(answers));
      expect((await Promise.all(others)).map(({ status }) => status)).toEqual(neighbours.map(() => 200));
      const names = await api.query("SELECT id FROM users WHERE user_name_key = 'zoë'");
      expect(names).toHaveLength(1);
      const written = await api.query('SELECT user_id FROM user_history WHERE version > 1');
      const changed = written.map((row) => row['user_id']).toSorted();
      expect(changed).toEqual([names[0]!['id'], ...neighbours].toSorted());
      expect(await api.query('SELECT 1 FROM users WHERE version > 2')).toEqual([]);
    });
  });

  test('of creates and renames to one name, one is done', async () => {
    const ids = await createMany(parallel / 2);
    const answers = await Promise.all([
      ...ids.map(async (id, index) => {
        const tongue = tongueOf(tongues, index);
        return { tongue, answer: await patch(api, tongue, id, { [renames[tongue]]: spellingOf(index) }) };
      }),
      ...ids.map((_, index) => createAs(tongueOf(tongues, index), spellingOf(index), replica)),
    ]);
    expectOneWinner(answers);
    expect(await api.query("SELECT 1 FROM users WHERE user_name_key = 'zoë'")).toHaveLength(1);
  });

  test('of writes of the externalId of one user by many provisioning domains, all are done', async () => {
    const id = await create(api, 'scim', 'alice');
    const issued = await Promise.all(Array.from({ length: 12 }, (_, n) => issueKey(api, { domain: `domain-${n}` })));
    const answers = await Promise.all(
      issued.map(({ key }, n) => patch(n % 2 ? api : replica, 'scim', id, { externalId: `hr-${n}` }, { key })),
    );
    expect(answers.map(({ status, body }) => [status, body.externalId])).toEqual(
      issued.map((_, n) => [200, `hr-${n}`]),
    );
    for (const [n, { key }] of issued.entries()) {
      expect((await read(replica, 'scim', id, { key })).body.externalId).toBe(`hr-${n}`);
    }
  });

  test('several names wanted at once, in any order, go to one user each and to no two', async () => {
    const names = ['a', 'b', 'c', 'd'];
    const ids = await createMany(60);
    const answers = await Promise.all(
      ids.map(async (id, index) => {
        const tongue = tongueOf(tongues, index);
        // Users are written in the order of their ids, so that batches want the names in different orders.
        const name = names[(index * 7 + Math.floor(index / 4)) % names.length]!;
        return { tongue, answer: await patch(index % 2 ? api : replica, tongue, id, { [renames[tongue]]: name }) };
      }),
    );
    for (const { tongue, answer } of answers) if (answer.status >= 300) expectRefusal(tongue, answer, 'conflict');
    expect(answers.filter(({ answer }) => answer.status < 300)).toHaveLength(names.length);
    const held = await api.query('SELECT user_name_key AS key FROM users WHERE version > 1 ORDER BY 1');
    expect(held.map(({ key }) => key)).toEqual(names);
  });

  test('a name that is given up can be had, whichever comes first', async () => {
    const [first, second] = (await createMany(2)) as [string, string];
    const [away, towards] = await Promise.all([
      patch(api, 'v1', first, { username: 'elsewhere' }),
      patch(replica, 'nerm', second, { login: 'USER-0' }),
    ]);
    expect(away.status).toBe(200);
    if (towards.status !== 200) expectRefusal('nerm', towards, 'conflict');
    const retried = await patch(api, 'nerm', second, { login: 'USER-0' });
    expect([retried.status, retried.body.user.login]).toEqual([200, 'USER-0']);
  });

  test("two users who swap names at once are not in each other's way for long", async () => {
    // Each has written its row, and finds only then that the other holds the name: to PostgreSQL a deadlock. A gate in an
    // index before the one of the names lets both come that far.
    await api.query(`
      CREATE FUNCTION pass_gate(name text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_advisory_xact_lock_shared(${GATE}); RETURN name; END $$;
      CREATE INDEX gate ON users (pass_gate(user_name));
      DROP INDEX users_user_name_key;
      CREATE UNIQUE INDEX users_user_name_key ON users (tenant_id, user_name_key) WHERE deleted_at IS NULL`);
    try {
      const [first, second] = (await createMany(2)) as [string, string];
      const gate = await holdGate(api);
      const swaps = [
        patch(api, 'scim', first, { userName: 'user-1' }),
        patch(replica, 'scim', second, { userName: 'user-0' }),
      ];
      await gate.waiting(2);
      await gate.release();
      for (const answer of await Promise.all(swaps))
        if (answer.status !== 200) expectRefusal('scim', answer, 'conflict');
      const held = await api.query('SELECT user_name AS name FROM users ORDER BY name');
      expect(held.map(({ name }) => name)).toEqual(['user-0', 'user-1']);
    } finally {
      await api.query('DROP FUNCTION pass_gate CASCADE');
    }
  });

  test('the same spelling, another spelling: renaming oneself is no conflict', async () => {
    const [id] = (await createMany(1)) as [string];
    for (const [index, userName] of ['USER-0', 'ｕｓｅｒ-0', 'user-0'].entries()) {
      const answer = await patch(api, tongues[index]!, id, { [renames[tongues[index]!]]: userName });
      expect(answer.status).toBe(200);
    }
  });

  test('many users, changed by both replicas at once in any order: every change is done', async () => {
    const ids = await createMany(64);
    const rounds = indexes(4).flatMap((round) =>
      ids.map((_, index) => ({ id: ids[(index * (2 * round + 1)) % ids.length]!, round, index })),
    );
    const answers = await Promise.all(
      rounds.map(({ id, round, index }) => {
        const on = (index + round) % 2 ? api : replica;
        return patch(on, 'scim', id, { [['title', 'nickName', 'locale', 'timezone'][round]!]: `value ${index}` });
      }),
    );
    expect(answers.map(({ status }) => status)).toEqual(rounds.map(() => 200));
    expect(await api.query('SELECT 1 FROM users WHERE version <> 5')).toEqual([]);
    expect(await api.query('SELECT 1 FROM user_history')).toHaveLength(ids.length + rounds.length);
  });

  test('groups that come to contain each other, all at once: nobody waits in a circle', async () => {
    const on = [scimAt(api), scimAt(replica)];
    const groups = await Promise.all(indexes(4).map((index) => on[0]!.group(`ring ${index}`)));
    const before = await countDeadlocks([api, replica]);
    const answers = await Promise.all(
      indexes(40).map((index) => {
        const next = groups[(index + 1 + Math.floor(index / 4)) % 4]!;
        const member = next === groups[index % 4] ? groups[(index + 1) % 4]! : next;
        return on[index % 2]!.patch(`/Groups/${groups[index % 4]}`, [
          { op: 'add', path: 'members', value: [{ value: member }] },
        ]);
      }),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 204));
    expect(await countDeadlocks([api, replica])).toBe(before);
  });
});
