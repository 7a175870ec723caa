import fc from 'fast-check';
import SCIMMY from 'scimmy';
import { describe, expect, test } from 'vitest';
import { patchDisagreements, type PatchOutcome } from '../../test/disagreements.ts';
import { comparable } from '../../test/comparable.ts';
import { complexValue, scimUser, simpleValue, valueOf } from '../../test/users.ts';
import { ScimError } from './error.ts';
import { printTarget, type Target } from './filter.ts';
import type { Json } from './json.ts';
import type { PatchOperation } from './message.ts';
import { applyOperations } from './patch.ts';
import { profiles } from './profile.ts';
import { urns } from './urn.ts';
import { userType } from './user.ts';
import { readingBy } from './reading.ts';

// Its types ask for an instance where its documentation and its code take the class.
SCIMMY.Schemas.User.extend(SCIMMY.Schemas.EnterpriseUser as never);

const targets: Target[] = [];
for (const { urn, attributes } of userType.schemas.values()) {
  if (urn === urns.lifecycle) continue;
  for (const attribute of attributes.values()) {
    if (['schemas', 'password', 'meta', 'id', 'groups'].includes(attribute.name)) continue;
    targets.push(urn === urns.user ? { attribute } : { urn, attribute });
  }
}
const lists = targets.filter(({ attribute }) => attribute.multiValued);
const complexes = targets.filter(({ attribute }) => !attribute.multiValued && attribute.type === 'complex');

const written = (path: string, value: fc.Arbitrary<unknown>): fc.Arbitrary<PatchOperation> =>
  fc.tuple(fc.constantFrom('add' as const, 'replace' as const), value).map(([op, value]) => ({ op, path, value }));

const whole = fc.constantFrom(...targets).chain((target) => {
  const path = printTarget(target);
  return fc.oneof(
    { weight: 4, arbitrary: written(path, valueOf(target.attribute)) },
    { weight: 1, arbitrary: fc.constant<PatchOperation>({ op: 'remove', path }) },
  );
});

/** Several attributes at once, without a path. */
const members = fc
  .tuple(
    fc.constantFrom('add' as const, 'replace' as const),
    fc.uniqueArray(fc.constantFrom(...targets), { minLength: 1, maxLength: 3 }),
  )
  .chain(([op, chosen]) =>
    fc
      .record(Object.fromEntries(chosen.map((target) => [printTarget(target), valueOf(target.attribute)])))
      .map((value): PatchOperation => ({ op, value })),
  );

const parts = fc.constantFrom(...complexes).chain((target) =>
  fc.constantFrom(...target.attribute.subAttributes.values()).chain((sub) => {
    const path = printTarget({ ...target, sub });
    return fc.oneof(
      { weight: 4, arbitrary: written(path, simpleValue(sub)) },
      { weight: 1, arbitrary: fc.constant<PatchOperation>({ op: 'remove', path }) },
    );
  }),
);

const conditions = [
  'type eq "work"',
  'primary eq true',
  'display pr',
  'type eq "work" or type eq "photo"',
  'not (type pr)',
];

/** Conditions, most of which hold for a value of the list. */
const conditionOn = (list: readonly Json[]): fc.Arbitrary<string> => {
  const facts = list.map((each) => Object.entries(each).map(([name, value]) => `${name} eq ${JSON.stringify(value)}`));
  const usual = facts.flatMap((each) => [
    ...each,
    ...each.map((fact, index) => [fact, each[(index + 1) % each.length]].join(' and ')),
  ]);
  return usual.length === 0
    ? fc.constantFrom(...conditions)
    : fc.oneof(
        { weight: 5, arbitrary: fc.constantFrom(...usual) },
        { weight: 1, arbitrary: fc.constantFrom(...conditions) },
      );
};

const selected = (user: Json) =>
  fc
    .constantFrom(...lists)
    .chain((target) =>
      conditionOn((user[target.attribute.name] ?? []) as Json[]).map((condition) => [target, condition] as const),
    )
    .chain(([target, condition]) => {
      const path = `${printTarget(target)}[${condition}]`;
      return fc.oneof(
        written(path, complexValue(target.attribute)),
        fc.constant<PatchOperation>({ op: 'remove', path }),
        fc
          .constantFrom(...target.attribute.subAttributes.values())
          .chain((sub) =>
            fc.oneof(
              { weight: 3, arbitrary: written(`${path}.${sub.name}`, simpleValue(sub)) },
              { weight: 1, arbitrary: fc.constant<PatchOperation>({ op: 'remove', path: `${path}.${sub.name}` }) },
            ),
          ),
      );
    });

const listed = (user: Json) =>
  fc.constantFrom(...lists).chain((target) =>
    fc
      .oneof(
        fc.subarray((user[target.attribute.name] ?? []) as Json[], { minLength: 0 }),
        fc.array(complexValue(target.attribute), { minLength: 1, maxLength: 2 }),
      )
      .filter(({ length }) => length > 0)
      .map((value): PatchOperation => ({ op: 'remove', path: printTarget(target), value })),
  );

const { attributes } = userType.schemas.get(urns.enterprise.toLowerCase())!;
const extension = fc.oneof(
  written(
    urns.enterprise,
    fc.record(Object.fromEntries([...attributes.values()].map((each) => [each.name, valueOf(each)])), {
      requiredKeys: ['department'],
    }),
  ),
  fc.constant<PatchOperation>({ op: 'remove', path: urns.enterprise }),
);

const clearing = fc.constantFrom<PatchOperation>(
  { op: 'replace', path: 'title', value: null },
  { op: 'add', path: 'nickName', value: null },
  { op: 'replace', path: 'name.givenName', value: null },
  { op: 'replace', path: 'emails', value: [] },
  { op: 'add', path: 'emails', value: [] },
  { op: 'replace', value: { displayName: null, locale: 'a' } },
);

const wrong = fc.constantFrom<PatchOperation>(
  { op: 'add', path: 'shoeSize', value: 42 },
  { op: 'replace', path: 'title', value: 42 },
  { op: 'replace', path: 'active', value: 'yes' },
  { op: 'replace', path: 'name.shoeSize', value: 'a' },
  { op: 'add', path: 'name', value: 'a' },
  { op: 'add', path: 'emails', value: 'a' },
  { op: 'add', path: 'emails', value: [{ value: 7 }] },
  { op: 'add', path: 'emails[type eq "nowhere"].value', value: 'a' },
  { op: 'add', value: { shoeSize: 42 } },
  { op: 'add', value: { title: ['a'] } },
  { op: 'add', value: 'a' },
  { op: 'add', path: 'title' },
  { op: 'remove', path: 'shoeSize' },
  { op: 'remove', path: 'userName' },
  { op: 'replace', path: 'userName', value: null },
  { op: 'replace', path: 'id', value: 'z' },
  { op: 'remove', path: 'id' },
  { op: 'add', path: 'meta.version', value: 'z' },
  { op: 'remove', path: 'groups' },
  { op: 'add', path: 'groups', value: [{ value: 'z' }] },
  { op: 'remove' },
  { op: 'add', path: 'urn:example:User:title', value: 'a' },
  { op: 'replace', path: `${urns.enterprise}:shoeSize`, value: 'a' },
);

const operationOn = (user: Json) =>
  fc.oneof(
    { weight: 6, arbitrary: whole },
    { weight: 3, arbitrary: members },
    { weight: 3, arbitrary: parts },
    { weight: 6, arbitrary: selected(user) },
    { weight: 1, arbitrary: listed(user) },
    { weight: 1, arbitrary: extension },
    { weight: 1, arbitrary: clearing },
    { weight: 2, arbitrary: wrong },
  );

function ours(before: Json, operations: readonly PatchOperation[]): PatchOutcome {
  try {
    return applyOperations(before, operations, userType, readingBy(profiles.strict));
  } catch (error) {
    if (error instanceof ScimError) return 'refuses';
    throw error;
  }
}

async function theirs(before: Json, operations: readonly PatchOperation[]): Promise<PatchOutcome> {
  const resource = new SCIMMY.Schemas.User(structuredClone(before));
  try {
    const request = { schemas: [urns.patchOp], Operations: structuredClone(operations) };
    const patched = await new SCIMMY.Messages.PatchOp(request as never).apply(resource);
    return JSON.parse(JSON.stringify(patched ?? resource)) as Json;
  } catch {
    return 'refuses';
  }
}

/** Users of the schemas that scimmy has. */
const user = scimUser.map((each): Json => {
  const { [urns.lifecycle]: _, ...rest } = each;
  return { ...rest, schemas: [urns.user, urns.enterprise] };
});

const change = user.chain((before) =>
  fc.array(operationOn(before), { minLength: 1, maxLength: 4 }).map((operations) => ({ before, operations })),
);

describe('what a PATCH makes of a user (RFC 7644 3.5.2)', () => {
  test('both engines agree, apart from what is known of scimmy', async () => {
    let [compared, refused, total] = [0, 0, 0];
    await fc.assert(
      fc.asyncProperty(change, async ({ before, operations }) => {
        const chosen: PatchOperation[] = [];
        let state: PatchOutcome = before;
        for (const operation of operations) {
          if (state === 'refuses') break;
          total += 1;
          const input = { before: state, operation };
          if (patchDisagreements.some(({ applies }) => applies(input))) continue;
          chosen.push(operation);
          state = ours(state, [operation]);
        }
        compared += chosen.length;
        if (chosen.length === 0) return;
        if (state === 'refuses') refused += 1;
        const outcome = ours(before, chosen);
        expect(comparable(await theirs(before, chosen)), JSON.stringify({ before, chosen })).toEqual(
          comparable(outcome),
        );
      }),
      { seed: 7644, numRuns: 500 },
    );
    expect(compared / total).toBeGreaterThan(0.7);
    expect(refused / compared).toBeGreaterThan(0.05);
    expect(refused / compared).toBeLessThan(0.25);
  });

  test.each(patchDisagreements)('$oracle: $name ($source)', async ({ example, applies, ...outcomes }) => {
    const { before, operation } = example;
    expect(applies(example)).toBe(true);
    expect(comparable(ours(before, [operation]))).toEqual(comparable(outcomes.ours));
    expect(comparable(await theirs(before, [operation]))).toEqual(comparable(outcomes.theirs));
    expect(comparable(outcomes.ours)).not.toEqual(comparable(outcomes.theirs));
  });
});
