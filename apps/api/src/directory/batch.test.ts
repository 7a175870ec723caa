import { DirectoryError, emptyDraft, type User } from '@stele/schemas/canonical';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BatchReplay, itemRecord } from '../idempotency/batch-replay.ts';
import type { IdempotencyStore } from '../idempotency/idempotency-store.ts';
import { hashParts } from '../idempotency/key.ts';
import type { Access } from './request-context.ts';
import { type Item, type Place, runBatch, runsOf } from './batch.ts';
import { unchanged, type WriteResult } from './write-result.ts';

const indexes = (count: number) => Array.from({ length: count }, (_, index) => index);

const place = fc.record(
  { kind: fc.constantFrom('create', 'update', 'rename'), key: fc.constantFrom('a', 'b', 'c', 'd') },
  { requiredKeys: ['kind'] },
) as fc.Arbitrary<Place>;

describe('runs', () => {
  const check = (law: (runs: ReturnType<typeof runsOf<Place>>, items: readonly Place[]) => void) =>
    fc.assert(fc.property(fc.array(place, { maxLength: 30 }), (items) => law(runsOf(items), items)));

  test('hold every item once, in order, with its index', () => {
    check((runs, items) => {
      expect(runs.flat()).toEqual(items.map((value, index) => ({ value, index })));
    });
  });

  test('are of one kind, and no two items of one have the same key', () => {
    check((runs) => {
      for (const run of runs) {
        expect(new Set(run.map(({ value }) => value.kind)).size).toBe(1);
        expect(new Set(run.map(({ value }) => value.key)).size).toBe(run.length);
      }
    });
  });

  test('of an item without a key are of it alone', () => {
    check((runs) => {
      for (const run of runs) if (run.some(({ value }) => value.key === undefined)) expect(run).toHaveLength(1);
    });
  });

  test('are as long as they can be', () => {
    check((runs) => {
      for (const [index, run] of runs.entries()) {
        const next = runs[index + 1]?.[0]?.value;
        if (!next) continue;
        const values = run.map(({ value }) => value);
        const mayJoin =
          next.key !== undefined &&
          values.every(({ kind, key }) => kind === next.kind && key !== next.key && key !== undefined);
        expect(mayJoin).toBe(false);
      }
    });
  });

  test.each([
    ['', []],
    ['create a', [1]],
    ['create a, create b, create c', [3]],
    ['create a, create a', [1, 1]],
    ['create a, create b, create a, create b', [2, 2]],
    ['create a, update a', [1, 1]],
    ['update a, update b, delete a, delete b, update a', [2, 2, 1]],
    ['rename, rename', [1, 1]],
    ['update a, rename, update b', [1, 1, 1]],
  ])('of %j: %j', (spelled, lengths) => {
    const items = spelled === '' ? [] : spelled.split(', ').map((item) => item.split(' '));
    const runs = runsOf(items.map(([kind, key]) => ({ kind: kind!, ...(key !== undefined && { key }) })));
    expect(runs.map(({ length }) => length)).toEqual(lengths);
  });
});

describe('each alone', () => {
  const access: Access = {
    tenantId: 'tenant',
    credentialId: 'credential',
    scopes: ['write'],
    profile: 'default',
    domain: 'default',
    dialect: 'test',
    operation: 'batch',
    requestId: 'request',
    deadline: Number.POSITIVE_INFINITY,
  };
  const now = new Date();
  const user = (name: string): User => ({ ...emptyDraft(name), id: name, version: 1, createdAt: now, updatedAt: now });
  const result = (name: string): WriteResult<User> => unchanged(user(name));
  const item = (at: Place, run: Item<string>['run']): Item<string> => ({
    ...at,
    run,
    encode: ({ userName }) => userName,
  });
  const toCode = ({ code }: DirectoryError): string => code;
  const later = () => new Promise((resolve) => setTimeout(resolve, 1));

  test('outcomes stand in the order of the items, whichever is done first', async () => {
    const items = indexes(20).map((index) =>
      item({ kind: 'create', key: String(index) }, async () => {
        for (let turns = index; turns < 20; turns++) await later();
        return result(`user-${index}`);
      }),
    );
    expect((await runBatch(access, items, toCode)).result).toEqual(indexes(20).map((index) => `user-${index}`));
  });

  test('a refusal is the outcome of its own item', async () => {
    const items = ['done', 'conflict', 'done'].map((fate, index) =>
      item({ kind: 'create', key: String(index) }, async () => {
        if (fate === 'conflict') throw new DirectoryError('conflict', 'taken');
        return result(fate);
      }),
    );
    expect((await runBatch(access, items, toCode)).result).toEqual(['done', 'conflict', 'done']);
  });

  test('what nobody foresaw is the outcome of none', async () => {
    const items = [item({ kind: 'create', key: 'a' }, () => Promise.reject(new TypeError('a bug')))];
    await expect(runBatch(access, items, toCode)).rejects.toThrow(TypeError);
  });

  test('at most 64 are under way at once, and a run begins when the one before is done', async () => {
    let underWay = 0;
    let most = 0;
    const began: string[] = [];
    const items = ['one', 'two'].flatMap((kind) =>
      indexes(100).map((index) =>
        item({ kind, key: String(index) }, async () => {
          began.push(kind);
          most = Math.max(most, ++underWay);
          if (kind === 'two') expect(began.filter((each) => each === 'one')).toHaveLength(100);
          await later();
          underWay--;
          return result('x');
        }),
      ),
    );
    await runBatch(access, items, toCode);
    expect(most).toBe(64);
    expect(began.indexOf('two')).toBe(100);
  });

  test('what was done before is not done again, and what is done is to be remembered under its own index', async () => {
    const ran: number[] = [];
    const kept: Buffer[] = [];
    const claim = { tenantId: 'tenant', keyHash: hashParts('key'), fingerprint: hashParts('request'), token: 'token' };
    const hashes = indexes(5).map((index) => hashParts(claim.keyHash, claim.fingerprint, String(index)));
    const store: Pick<IdempotencyStore, 'claimItems' | 'storeItems'> = {
      claimItems: async () => new Map([[hashes[1]!.toString('hex'), itemRecord('as it was')]]),
      storeItems: async (_, records) => void kept.push(...records.map(([keyHash]) => keyHash)),
    };
    const replay = await BatchReplay.claim(store as IdempotencyStore, claim, 0, 5);
    const items = indexes(5).map((index) =>
      item({ kind: 'create', key: String(index) }, async ({ claim: own, encode, ...rest }) => {
        ran.push(index);
        if (index === 3) throw new DirectoryError('conflict', 'taken');
        if (index === 4) throw new DirectoryError('unavailable', 'gone', { uncertain: true });
        expect([own, rest]).toEqual([{ keyHash: hashes[index], token: 'token' }, access]);
        expect(encode!(user('kept'))).toEqual({ body: '"kept"' });
        return { resource: user(`user-${index}`), isReplayStored: index === 0 };
      }),
    );
    const { result: outcomes, remaining, failures } = await runBatch({ ...access, items: replay }, items, toCode);
    expect(outcomes).toEqual(['user-0', 'as it was', 'user-2', 'conflict', 'unavailable']);
    expect(ran).toEqual([0, 2, 3, 4]);
    // What wrote nothing, and what was refused; not what its write kept, nor what is still to be done.
    expect(kept).toEqual([hashes[2], hashes[3]]);
    expect([remaining, failures.map(({ code }) => code)]).toEqual(['uncertain', ['unavailable']]);
  });

  test('without a key nothing is to be remembered', async () => {
    const items = [
      item({ kind: 'create', key: 'a' }, async ({ encode: _encode, ...by }) => {
        expect(by).toEqual(access);
        return result('alice');
      }),
    ];
    expect((await runBatch(access, items, toCode)).result).toEqual(['alice']);
  });
});
