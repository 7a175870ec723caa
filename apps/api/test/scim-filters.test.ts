import {
  entityTag,
  DEFAULT_ROLE,
  defined,
  emptyDraft,
  foldKey,
  type Group,
  type Member,
  type Membership,
  primaryEmail,
  primaryRole,
  User,
  UserProfile,
} from '@stele/schemas/canonical';
import fc from 'fast-check';
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { ScimAttribute, ScimResourceType } from '../../../packages/schemas/src/scim/attribute.ts';
import { conditionOf, memberCondition } from '../../../packages/schemas/src/scim/condition.ts';
import {
  comparedAttribute,
  type CompareOperator,
  type Filter,
  parseFilter,
  printFilter,
  selectorOf,
  type Target,
} from '../../../packages/schemas/src/scim/filter.ts';
import { encodeGroup, groupType } from '../../../packages/schemas/src/scim/group.ts';
import type { Json } from '../../../packages/schemas/src/scim/json.ts';
import { profiles } from '../../../packages/schemas/src/scim/profile.ts';
import { encodeUser, userType } from '../../../packages/schemas/src/scim/user.ts';
import { compile } from '../src/store/condition.ts';
import { createDataSource } from '../src/store/data-source.ts';
import { foldsOf } from '../src/store/folds.ts';
import { Filters1763900000000 } from '../src/store/migrations/1763900000000-filters.ts';
import { FoldedSigma1764530000000 } from '../src/store/migrations/1764530000000-folded-sigma.ts';
import { rowOf } from '../src/store/user-row.ts';
import { createDatabase, type TestDatabase } from './support/database.ts';
import { urns } from './support/users.ts';

/** What is searched in one run of the property, and how often it runs. */
const RUNS = 20;
const USERS = 60;
const USER_FILTERS = 15;
const GROUP_FILTERS = 5;
const MEMBER_FILTERS = 5;

const BASE = 'https://stele.example.com/scim/v2';

/** The provisioning domain of who asks. */
const DOMAIN = 'okta';
const CONTEXT = { base: BASE, domain: DOMAIN };

/** Takes one step of the database's schema. */
const stepsOf = { up: [Filters1763900000000, FoldedSigma1764530000000], down: [Filters1763900000000] };

async function migrateBy(url: string, step: 'up' | 'down'): Promise<void> {
  const dataSource = await createDataSource({ url, poolSize: 1, acquireTimeout: 5000 }).initialize();
  const runner = dataSource.createQueryRunner();
  try {
    await runner.startTransaction();
    for (const Migration of stepsOf[step]) await new Migration()[step](runner);
    await runner.commitTransaction();
  } finally {
    await runner.release();
    await dataSource.destroy();
  }
}

interface Store {
  readonly database: TestDatabase;
  readonly client: pg.Client;
}

async function openStore(): Promise<Store> {
  const database = await createDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  return { database, client };
}

async function closeStore({ database, client }: Store): Promise<void> {
  await client.end();
  await database.drop();
}

const tables = new Map([
  [userType, { name: 'users', alias: 'u' }],
  [groupType, { name: 'groups', alias: 'g' }],
] as const);

const collector = (values: unknown[]) => ({ add: (value: unknown) => `$${values.push(value)}` });

/** The statement that finds what a filter selects. */
function statementOf(tenantId: string, filter: Filter, type: ScimResourceType) {
  const { name, alias } = tables.get(type)!;
  const values: unknown[] = [tenantId];
  const condition = compile(conditionOf(filter, type, CONTEXT), alias, collector(values), tenantId);
  return {
    from: `FROM ${name} ${alias} WHERE ${alias}.tenant_id = $1 AND ${alias}.deleted_at IS NULL AND ${condition}`,
    values,
  };
}

async function found({ client }: Store, tenantId: string, filter: Filter, type: ScimResourceType): Promise<string[]> {
  const { from, values } = statementOf(tenantId, filter, type);
  const { rows } = await client.query<{ id: string }>(`SELECT id ${from} ORDER BY id`, values);
  return rows.map(({ id }) => id);
}

type GroupOfMembers = Group & { readonly members: readonly Required<Omit<Member, 'display'>>[] };

interface Directory {
  readonly users: readonly User[];
  readonly groups: readonly GroupOfMembers[];
}

/** Keeps a directory, for a tenant of its own. */
async function keep({ client }: Store, { users, groups }: Directory): Promise<string> {
  const tenantId = uuidv7();
  const rows = users.map((user) => ({ ...rowOf(tenantId, user, undefined).columns, folds: foldsOf(user) }));
  await client.query('INSERT INTO users SELECT * FROM jsonb_populate_recordset(NULL::users, $1)', [
    JSON.stringify(rows),
  ]);
  await client.query(
    `INSERT INTO user_history (tenant_id, user_id, version, at, credential_id, dialect, operation, request_id, changes)
     SELECT tenant_id, id, n, CASE n WHEN 1 THEN created_at ELSE updated_at END, id, 'scim', 'test', 'test', '{}'
     FROM users, generate_series(1, 2) n WHERE tenant_id = $1`,
    [tenantId],
  );
  await client.query('INSERT INTO groups SELECT * FROM jsonb_populate_recordset(NULL::groups, $1)', [
    JSON.stringify(
      groups.map(({ id, version, createdAt, updatedAt, displayName, externalIds }) => ({
        tenant_id: tenantId,
        id,
        version,
        created_at: createdAt,
        updated_at: updatedAt,
        display_name: displayName,
        display_name_key: foldKey(displayName),
        external_ids: externalIds.length > 0 ? externalIds : null,
      })),
    ),
  ]);
  await client.query('INSERT INTO group_members SELECT * FROM jsonb_populate_recordset(NULL::group_members, $1)', [
    JSON.stringify(
      groups.flatMap((group) =>
        group.members.map(({ id, type }) => ({
          tenant_id: tenantId,
          group_id: group.id,
          member_id: id,
          member_type: type,
          added_at: group.updatedAt,
        })),
      ),
    ),
  ]);
  return tenantId;
}

const plural = { User: 'Users', Group: 'Groups' } as const;

const addressOf = (type: 'User' | 'Group', id: string): string => `${BASE}/${plural[type]}/${id}`;

/** The groups of somebody, itself or through others. */
function membershipsOf(id: string, { groups }: Directory): Membership[] {
  const holding = (member: string) => groups.filter(({ members }) => members.some((each) => each.id === member));
  const direct = holding(id);
  const all = new Set(direct);
  for (const each of all) for (const outer of holding(each.id)) all.add(outer);
  return [...all].map((each) => ({ id: each.id, display: each.displayName, direct: direct.includes(each) }));
}

/** Everybody as SCIM shows them, with the addresses that depend on the request. */
function shown(directory: Directory): { users: Json[]; groups: Json[] } {
  const { users, groups } = directory;
  const names = new Map([
    ...users.map(({ id, displayName, userName }) => [id, displayName ?? userName] as const),
    ...groups.map(({ id, displayName }) => [id, displayName] as const),
  ]);
  return {
    users: users.map((user) => {
      const encoded = encodeUser({ ...user, groups: membershipsOf(user.id, directory) }, CONTEXT);
      const memberships = encoded.groups?.map((each) => ({ ...each, $ref: addressOf('Group', each.value!) }));
      return {
        ...encoded,
        ...defined({ groups: memberships }),
        // A filter compares the version; the tag that is shown also speaks of groups.
        meta: { ...encoded.meta, version: entityTag(user), location: addressOf('User', user.id) },
      };
    }),
    groups: groups.map((group) => {
      const members = group.members.map((each) => ({ ...each, display: names.get(each.id)! }));
      const encoded = encodeGroup({ ...group, members }, CONTEXT);
      const refs = encoded.members?.map((each) => ({ ...each, $ref: addressOf(each.type as 'User', each.value!) }));
      return {
        ...encoded,
        ...defined({ members: refs }),
        meta: { ...encoded.meta, location: addressOf('Group', group.id) },
      };
    }),
  };
}

/**
 * Letters whose case SQL does not know or JavaScript minds (sharp s, dotted and dotless I, final sigma), those that NFKC
 * makes others of, astral ones, and what means something in SQL, in LIKE, in JSON or in a regular expression.
 */
const characters = [
  ...Array.from('aAbBzZ ßẞİiıΣσςéÉøØ²ﬁＡ𝒜😀𐐀%_\\\'"$1{}[]().*'),
  // A combining accent, the signs for kelvin and ångström, and one that UTF-16 units put after the astral ones.
  '\u0301',
  '\u212a',
  '\u212b',
  '\ue000',
];

const text = fc.array(fc.constantFrom(...characters), { maxLength: 3 }).map((each) => each.join(''));
/** Everything that some rule of the model lets through. */
const anyText = fc.oneof(
  text,
  fc.tuple(text, fc.constantFrom('x.org', 'X.ORG', 'ØL.no')).map(([local, domain]) => `${local || 'a'}@${domain}`),
);

const moments = ['2026-03-01T08:30:00.000Z', '2026-03-01T08:30:00.001Z', '2026-03-01T10:29:59.999+02:00'].map(
  (each) => new Date(each),
);
const moment = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...moments) },
  fc.date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true }),
);

/** Any value that a schema of the model takes. */
function valueOf(schema: z.ZodType): fc.Arbitrary<unknown> {
  const fits = (value: unknown) => schema.safeParse(value).success;
  if (schema instanceof z.ZodObject) {
    const fields = Object.entries(schema.shape) as [string, z.ZodType][];
    const inner = (field: z.ZodType) => (field instanceof z.ZodExactOptional ? (field.unwrap() as z.ZodType) : field);
    return fc.record(Object.fromEntries(fields.map(([name, field]) => [name, valueOf(inner(field))])), {
      requiredKeys: fields.filter(([, field]) => !(field instanceof z.ZodExactOptional)).map(([name]) => name),
    });
  }
  if (schema instanceof z.ZodArray) {
    return fc.array(valueOf(schema.element as z.ZodType), { maxLength: 2 }).filter(fits);
  }
  if (schema instanceof z.ZodEnum) return fc.constantFrom<unknown[]>(...schema.options);
  if (schema instanceof z.ZodBoolean) return fc.boolean();
  const simple: fc.Arbitrary<unknown> = schema instanceof z.ZodDate ? moment : anyText;
  return simple.filter(fits);
}

const kept = fc
  .record({
    id: fc.uuid({ version: 7 }),
    version: fc.constantFrom(2, 3, 10, 12),
    createdAt: fc.constantFrom(...moments),
    lived: fc.constantFrom(0, 1, 86_400_000),
  })
  .map(({ lived, ...rest }) => ({ ...rest, updatedAt: new Date(rest.createdAt.getTime() + lived) }));

/** Values of the domain of who asks, and of others. */
const externalIds = fc.uniqueArray(
  fc.record({
    domain: fc.constantFrom(DOMAIN, DOMAIN, DOMAIN.toUpperCase(), 'https://login.example.com'),
    value: text.filter((each) => each !== ''),
  }),
  { maxLength: 3, selector: ({ domain }) => domain },
);

const user = fc
  .tuple(valueOf(UserProfile.omit({ externalIds: true })) as fc.Arbitrary<UserProfile>, externalIds, kept)
  .map(([profile, externalIds, times]): User => ({ ...profile, externalIds, ...times }));

const group = fc
  .tuple(
    fc.record({ displayName: text.filter((name) => /\S/.test(name)), externalIds }),
    kept,
    fc.array(fc.nat(), { maxLength: 6 }),
  )
  .map(([profile, times, chosen]) => ({ ...profile, ...times, chosen }));

const directory = fc
  .tuple(
    fc.uniqueArray(user, { minLength: USERS, maxLength: USERS, selector: ({ userName }) => foldKey(userName) }),
    fc.array(group, { minLength: 6, maxLength: 12 }),
  )
  .filter(([users, groups]) => new Set([...users, ...groups].map(({ id }) => id)).size === users.length + groups.length)
  .map(([users, groups]): Directory => {
    const inner = groups.map(({ id }) => ({ id, type: 'Group' as const }));
    // Groups are as likely as users, so that many are members through others, and some of themselves.
    const candidates = [
      ...users.map(({ id }) => ({ id, type: 'User' as const })),
      ...Array.from({ length: USERS / inner.length }, () => inner).flat(),
    ];
    return {
      users: users.map((each) => User.parse(each)),
      groups: groups.map(({ chosen, ...rest }) => ({
        ...rest,
        members: [...new Set(chosen.map((index) => candidates[index % candidates.length]!))],
      })),
    };
  });

const equality: readonly CompareOperator[] = ['eq', 'ne'];
const order: readonly CompareOperator[] = ['gt', 'ge', 'lt', 'le'];
const substring: readonly CompareOperator[] = ['co', 'sw', 'ew'];

// RFC 7644 3.4.2.2, table 3.
const operators = new Map<string, readonly CompareOperator[]>([
  ['string', [...equality, ...substring, ...order]],
  ['reference', [...equality, ...substring, ...order]],
  ['binary', [...equality, ...substring]],
  ['boolean', equality],
  ['dateTime', [...equality, ...order]],
]);

/** A filter that takes its operands from those it is for, so that it selects some of them. */
type Plan = (resources: readonly Json[]) => Filter;

const listOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : value === undefined ? [] : [value];

/** What resources hold at a target. */
function valuesAt(resources: readonly Json[], path: readonly string[]): readonly unknown[] {
  return path.reduce<readonly unknown[]>(
    (values, name) =>
      values.flatMap((value) =>
        listOf(typeof value === 'object' && value !== null ? (value as Json)[name] : undefined),
      ),
    resources,
  );
}

const pathOf = ({ urn, attribute, sub }: Target, leaf: ScimAttribute): string[] => {
  const part = sub ?? (attribute.type === 'complex' ? leaf : undefined);
  return [urn, attribute.name, part?.name].filter((name) => name !== undefined);
};

type Vary = (value: string) => string;

/** Some of the characters of a text, from and to a share of its length. */
function part(text: string, from: number, to: number): string {
  const letters = Array.from(text);
  return letters.slice(Math.floor(letters.length * from), Math.ceil(letters.length * to)).join('');
}

const variations: readonly Vary[] = [
  (value) => value,
  (value) => value.toUpperCase(),
  (value) => value.toLowerCase(),
  (value) => part(value, 0, 0.5),
  (value) => part(value, 0.5, 1),
  (value) => part(value, 0.3, 0.7),
];

const distances = [-1, 0, 0, 1];

function operandOf(type: string, value: unknown, drawn: string, turn: number): string | boolean {
  if (type === 'boolean') return turn % 2 === 0;
  if (type === 'dateTime') {
    const near = new Date((typeof value === 'string' ? Date.parse(value) : 0) + distances[turn % 4]!);
    const spelled = near.toISOString();
    // Another spelling of the same instant.
    return turn % 3 === 0 && spelled.startsWith('2026') ? spelled.replace('Z', '+00:00') : spelled.slice(-24);
  }
  return typeof value === 'string' ? variations[turn % variations.length]!(value) : drawn;
}

/** @param inside the list whose values the filter is about, in brackets */
function comparison(targets: readonly Target[], inside?: Target): fc.Arbitrary<Plan> {
  const comparable = targets.filter((target) => comparedAttribute(target));
  return fc
    .record({
      target: fc.constantFrom(...comparable),
      operator: fc.nat(),
      drawn: fc.oneof({ weight: 4, arbitrary: text }, fc.constant(null)),
      pick: fc.option(fc.nat(), { freq: 4 }),
      turn: fc.nat(),
    })
    .map(({ target, operator, drawn, pick, turn }) => (resources): Filter => {
      const leaf = comparedAttribute(target)!;
      const able = drawn === null ? equality : operators.get(leaf.type)!;
      const path = pathOf(inside ?? target, leaf);
      const values = pick === null ? [] : valuesAt(resources, path);
      const value = pick === null ? undefined : values[pick % (values.length || 1)];
      return {
        kind: 'compare',
        target,
        operator: able[operator % able.length]!,
        operand: drawn === null ? null : operandOf(leaf.type, value, drawn, turn),
      };
    });
}

function planOf(terms: readonly fc.Arbitrary<Plan>[], maxDepth: number): fc.Arbitrary<Plan> {
  return fc.letrec<{ plan: Plan; junction: Plan; negation: Plan }>((tie) => ({
    plan: fc.oneof({ maxDepth }, ...terms, tie('junction'), tie('negation')),
    junction: fc
      .tuple(fc.constantFrom('and' as const, 'or' as const), fc.array(tie('plan'), { minLength: 2, maxLength: 3 }))
      .map(([kind, plans]) => (resources) => ({ kind, terms: plans.map((plan) => plan(resources)) })),
    negation: tie('plan').map((plan) => (resources) => ({ kind: 'not', term: plan(resources) })),
  })).plan;
}

const presence = (targets: readonly Target[]): fc.Arbitrary<Plan> =>
  fc.constantFrom(...targets).map((target) => () => ({ kind: 'present', target }));

/** Any filter on the values of a list, as it stands in brackets. */
function planInside(list: Target): fc.Arbitrary<Plan> {
  const { attribute } = list;
  const parts: Target[] =
    attribute.type === 'complex'
      ? [...attribute.subAttributes.values()].map((sub) => ({ attribute: sub }))
      : [{ attribute: { ...attribute, name: 'value', multiValued: false } }];
  return planOf([comparison(parts, list), comparison(parts, list), presence(parts)], 2);
}

/** Any filter on resources of a type, in all of its attributes. */
function planFor(type: ScimResourceType): fc.Arbitrary<Plan> {
  const targets = [...type.schemas.values()].flatMap(({ urn, attributes }) =>
    [...attributes.values()].flatMap((attribute) => {
      const target: Target = urn === type.schema.urn ? { attribute } : { urn, attribute };
      return [target, ...[...attribute.subAttributes.values()].map((sub) => Object.assign({ sub }, target))];
    }),
  );
  const lists = targets.filter(({ attribute, sub }) => !sub && attribute.multiValued);
  const values = fc.constantFrom(...lists).chain((target) =>
    planInside(target).map((plan): Plan => (resources) => ({ kind: 'values', target, filter: plan(resources) })),
  );
  return planOf([comparison(targets), comparison(targets), values, presence(targets)], 3);
}

const members: Target = { attribute: groupType.schema.attributes.get('members')! };

/** Members of any group that a filter selects, as group and member. */
async function foundMembers({ client }: Store, tenantId: string, filter: Filter): Promise<string[]> {
  const values: unknown[] = [tenantId];
  const condition = compile(memberCondition(filter, BASE), 'm', collector(values), tenantId);
  const { rows } = await client.query<{ group_id: string; member_id: string }>(
    `SELECT group_id, member_id FROM group_members m WHERE m.tenant_id = $1 AND (${condition})`,
    values,
  );
  return rows.map((row) => `${row.group_id} ${row.member_id}`).toSorted();
}

/** A directory says less than the assertion that failed. */
const saying = <Values>(numRuns: number): fc.Parameters<Values> => ({
  numRuns,
  endOnFailure: true,
  reporter({ failed, seed, errorInstance }) {
    if (failed) throw new Error(`With the seed ${seed}`, { cause: errorInstance });
  },
});

describe('the meaning of a filter', () => {
  let store: Store;
  beforeAll(async () => {
    store = await openStore();
  });
  afterAll(() => closeStore(store));

  test('is in SQL what it is in memory, for any directory and any filter', async () => {
    await fc.assert(
      fc.asyncProperty(
        directory,
        fc.array(planFor(userType), { minLength: USER_FILTERS, maxLength: USER_FILTERS }),
        fc.array(planFor(groupType), { minLength: GROUP_FILTERS, maxLength: GROUP_FILTERS }),
        fc.array(planInside(members), { minLength: MEMBER_FILTERS, maxLength: MEMBER_FILTERS }),
        async (everybody, userPlans, groupPlans, memberPlans) => {
          const tenantId = await keep(store, everybody);
          const { users, groups } = shown(everybody);
          const cases = [
            { type: userType, plans: userPlans, resources: users },
            { type: groupType, plans: groupPlans, resources: groups },
          ];
          for (const { type, plans, resources } of cases) {
            for (const plan of plans) {
              const written = printFilter(plan(resources));
              const filter = parseFilter(written, type);
              const selected = resources.filter(selectorOf(filter)).map(({ id }) => id as string);
              expect(await found(store, tenantId, filter, type), written).toEqual(selected.toSorted());
            }
          }
          for (const plan of memberPlans) {
            const filter = plan(groups);
            const selects = selectorOf(filter);
            const selected = groups.flatMap((each) =>
              listOf(each['members'])
                .filter((member) => selects(member as Json))
                .map((member) => `${String(each['id'])} ${String((member as Json)['value'])}`),
            );
            expect(await foundMembers(store, tenantId, filter), printFilter(filter)).toEqual(selected.toSorted());
          }
        },
      ),
      saying(RUNS),
    );
  });

  test('of a single role and a single address is that of the waist', async () => {
    const queryOf = (field: 'primaryRole' | 'primaryEmail', operand: string, tenantId: string) => {
      const values: unknown[] = [tenantId];
      const folded = field === 'primaryEmail';
      const condition = compile(
        { kind: 'compare', field, operator: '=', operand, folded },
        'u',
        collector(values),
        tenantId,
      );
      return store.client.query<{ id: string }>(
        `SELECT id FROM users u WHERE tenant_id = $1 AND ${condition} ORDER BY id`,
        values,
      );
    };
    await fc.assert(
      fc.asyncProperty(directory, async (everybody) => {
        const tenantId = await keep(store, everybody);
        const { users } = everybody;
        const shows = {
          primaryRole: (each: User) => primaryRole(each) ?? DEFAULT_ROLE,
          primaryEmail: (each: User) => foldKey(primaryEmail(each) ?? ''),
        };
        for (const field of ['primaryRole', 'primaryEmail'] as const) {
          for (const operand of new Set(users.slice(0, 5).map(shows[field]))) {
            if (operand === '') continue;
            const expected = users.filter((each) => shows[field](each) === operand).map(({ id }) => id);
            expect((await queryOf(field, operand, tenantId)).rows.map(({ id }) => id)).toEqual(expected.toSorted());
          }
        }
      }),
      saying(5),
    );
  });
});

/** A user of this name who holds little else. */
const someone = (userName: string, attributes: Partial<UserProfile> = {}): User => ({
  ...emptyDraft(userName),
  id: uuidv7(),
  version: 1,
  createdAt: moments[0]!,
  updatedAt: moments[0]!,
  ...attributes,
});

describe('texts', () => {
  let store: Store;
  let tenantId: string;

  const titles = {
    percent: '100%',
    underscore: 'a_b',
    backslash: 'a\\b',
    letters: 'axb',
    strasse: 'Straße',
    izmir: 'İZMIR',
    fine: 'ﬁne',
    odos: 'ΟΔΟΣ',
    kelvin: '300\u212a',
    eclair: 'E\u0301clair',
    injection: `'; DROP TABLE users; --`,
    quotes: `"'$1$$\\'`,
    face: '😀',
  };

  beforeAll(async () => {
    store = await openStore();
    const users = Object.entries(titles).map(([name, title]) =>
      someone(name, {
        title,
        externalIds: [{ domain: DOMAIN, value: title }],
        photos: [{ value: title, type: title }],
      }),
    );
    tenantId = await keep(store, { users, groups: [] });
  });
  afterAll(() => closeStore(store));

  const names = async (written: string): Promise<string[]> => {
    const filter = parseFilter(written, userType);
    const { from, values } = statementOf(tenantId, filter, userType);
    const { rows } = await store.client.query<{ user_name: string }>(`SELECT user_name ${from}`, values);
    return rows.map((row) => row.user_name).toSorted();
  };

  test.each([
    ['title co "%"', ['percent']],
    ['title ew "%"', ['percent']],
    ['title sw "%"', []],
    ['title co "_"', ['underscore']],
    ['title sw "a_"', ['underscore']],
    ['title co "\\\\b"', ['backslash']],
    ['title eq "a%b" or title eq "a_b"', ['underscore']],
  ])('no character stands for others: %s', async (filter, expected) => {
    expect(await names(filter)).toEqual(expected);
  });

  test.each([
    ['title eq "STRAẞE"', ['strasse']],
    ['title eq "strasse"', []],
    ['title sw "i\\u0307zm"', ['izmir']],
    ['title eq "FINE"', ['fine']],
    ['title ew "οδος"', ['odos']],
    ['title eq "300k"', ['kelvin']],
    ['title sw "É"', ['eclair']],
    // RFC 7643 2.2: what is case exact is compared as it is.
    ['externalId eq "fine"', []],
    ['externalId eq "ﬁne"', ['fine']],
    // The type of a photo is not case exact, its address is.
    ['photos[type eq "FINE" and value eq "ﬁne"]', ['fine']],
    ['photos[type eq "FINE" and value eq "fine"]', []],
    ['photos[type eq "FINE" and not (value eq "fine")]', ['fine']],
  ])('two texts are alike when JavaScript folds them alike: %s', async (filter, expected) => {
    expect(await names(filter)).toEqual(expected);
  });

  test('stand in the order of their code points', async () => {
    expect(await names('externalId ge "ﬁne" and externalId lt "\\uffff"')).toEqual(['fine']);
    expect(await names('externalId gt "\\uffff"')).toEqual(['face']);
    expect(await names('externalId ge "a" and externalId le "axb"')).toEqual(['backslash', 'letters', 'underscore']);
  });

  test.each(['injection', 'quotes', 'backslash', 'percent'] as const)('never become SQL: %s', async (name) => {
    const operand = JSON.stringify(titles[name]);
    for (const attribute of ['title', 'externalId']) {
      for (const operator of ['eq', 'co', 'sw', 'ew', 'ge']) {
        expect(await names(`${attribute} ${operator} ${operand}`)).toContain(name);
      }
      expect(await names(`not (${attribute} ne ${operand})`)).toEqual([name]);
    }
    expect(await names(`emails[display eq ${operand}] or emails.value co ${operand}`)).toEqual([]);
    expect(await names('userName pr')).toHaveLength(Object.keys(titles).length);
  });
});

test('a user is a member of the groups of its groups, in circles too', async () => {
  const store = await openStore();
  try {
    const [alice, bob, both] = [someone('alice'), someone('bob'), someone('both')];
    const group = (displayName: string) => ({ ...someone(displayName), displayName });
    const [inner, outer] = [group('Inner'), group('Outer')];
    const users = (...members: readonly User[]) => members.map(({ id }) => ({ id, type: 'User' as const }));
    const tenantId = await keep(store, {
      users: [alice, bob, both],
      groups: [
        { ...inner, members: [...users(alice, both), { id: outer.id, type: 'Group' }] },
        { ...outer, members: [...users(bob, both), { id: inner.id, type: 'Group' }] },
      ],
    });
    const selected = (written: string) => found(store, tenantId, parseFilter(written, userType), userType);
    const [all, ofOuter] = [[alice.id, bob.id, both.id], `value eq "${outer.id}"`];
    expect(await selected(`groups.${ofOuter}`)).toEqual(all);
    expect(await selected(`groups[${ofOuter} and type eq "direct"]`)).toEqual([bob.id, both.id]);
    // Whoever belongs to a group itself is a direct member, whatever other ways there are.
    expect(await selected(`groups[${ofOuter} and type eq "indirect"]`)).toEqual([alice.id]);
    expect(await selected('groups[display eq "INNER" and type ne "direct"]')).toEqual([bob.id]);
    expect(await selected('groups.display ew "er" and not (groups.display co "x")')).toEqual(all);
  } finally {
    await closeStore(store);
  }
});

test('the longest and the deepest filter is answered', async () => {
  const store = await openStore();
  try {
    const users = [someone('alice', { emails: [{ value: 'alice@example.com', type: 'work', primary: true }] })];
    const tenantId = await keep(store, { users, groups: [] });
    const selects = async (filter: string) => found(store, tenantId, parseFilter(filter, userType), userType);
    const path = 'emails[type eq "work" and value co "@" and primary eq true]';
    expect(await selects(Array.from({ length: 16 }, () => path).join(' and '))).toHaveLength(1);
    const nested = (depth: number): string =>
      depth === 0 ? 'title pr' : `not (${nested(depth - 1)} and active eq true)`;
    expect(await selects(nested(16))).toEqual([]);
    expect(await selects(nested(15))).toHaveLength(1);
  } finally {
    await closeStore(store);
  }
});

describe('the migration', () => {
  test('folds those who are there as the application folds those who come', async () => {
    const store = await openStore();
    try {
      await migrateBy(store.database.url, 'down');
      const folding = fc.sample(user, { numRuns: 50, seed: 1 });
      const users = [...folding.map((each, index) => ({ ...each, userName: `${index}` })), someone('ASCII')];
      const tenantId = uuidv7();
      const rows = users.map((each) => rowOf(tenantId, each, 'hash').columns);
      await store.client.query('INSERT INTO users SELECT * FROM jsonb_populate_recordset(NULL::users, $1)', [
        JSON.stringify(rows),
      ]);
      await migrateBy(store.database.url, 'up');
      const { rows: filled } = await store.client.query('SELECT id, folds FROM users ORDER BY id');
      const expected = users.map((each) => ({ id: each.id, folds: foldsOf(each) }));
      expect(filled).toEqual(expected.toSorted((left, right) => (left.id < right.id ? -1 : 1)));
      expect(filled.filter(({ folds }) => folds === null)).toHaveLength(1);
    } finally {
      await closeStore(store);
    }
  });
});

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Index Name'?: string;
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
  readonly Plans?: readonly PlanNode[];
}

const nodesOf = (plan: PlanNode): PlanNode[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];

describe('at 100,000 users', () => {
  const tenantId = uuidv7();
  const idOf = (n: number) => `01979f2e-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;

  let store: Store;
  /** The same value in two domains, as where two identity providers know everybody by one number. */
  const externalIdsOf = (value: string) =>
    `jsonb_build_array(jsonb_build_object('domain', '${DOMAIN}', 'value', ${value}), jsonb_build_object('domain', 'other', 'value', ${value}))`;

  beforeAll(async () => {
    store = await openStore();
    const id = "('01979f2e-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid";
    const time = "'2026-01-01T00:00:00Z'::timestamptz + n * interval '1 second'";
    await store.client.query(`
      INSERT INTO users (tenant_id, id, version, created_at, updated_at, user_name_key, user_name, external_ids, status, title, enterprise_employee_number, emails)
      SELECT '${tenantId}', ${id}, 1, ${time}, ${time}, 'user.' || n, 'User.' || n, ${externalIdsOf("'HR-' || n")}, 'active', 'Surveyor', 'E-' || n,
        jsonb_build_array(jsonb_build_object('value', 'User.' || n || '@Example.com', 'type', 'work', 'primary', true),
          jsonb_build_object('value', n || '@home.example', 'type', 'home'))
      FROM generate_series(1, 100000) n`);
    await store.client.query(`
      INSERT INTO user_history (tenant_id, user_id, version, at, credential_id, dialect, operation, request_id, changes)
      SELECT tenant_id, id, version, updated_at, id, 'scim', 'createUser', 'test', '{}' FROM users`);
    await store.client.query(`
      INSERT INTO groups (tenant_id, id, version, created_at, updated_at, display_name, display_name_key, external_ids)
      SELECT '${tenantId}', ${id}, 1, ${time}, ${time}, 'Team ' || n, 'team ' || n, ${externalIdsOf("'G-' || n")} FROM generate_series(1, 1000) n`);
    await store.client.query(`
      INSERT INTO group_members (tenant_id, group_id, member_id, member_type, added_at)
      SELECT g.tenant_id, g.id, u.id, 'User', u.created_at FROM users u
      JOIN groups g ON get_byte(uuid_send(g.id), 14) * 256 + get_byte(uuid_send(g.id), 15) = 1 + (get_byte(uuid_send(u.id), 14) * 256 + get_byte(uuid_send(u.id), 15)) % 1000`);
    await store.client.query('ANALYZE users, user_history, groups, group_members');
  }, 120_000);
  afterAll(() => closeStore(store));

  const employeeNumber = `${urns.enterprise}:employeeNumber`;
  const user = (written: string, ...indexes: string[]) => [written, userType, indexes] as const;
  const group = (written: string, ...indexes: string[]) => [written, groupType, indexes] as const;

  test.each([
    user('userName eq "USER.4711"', 'users_user_name_key'),
    user('externalId eq "HR-4711"', 'users_external_ids', 'users_pkey'),
    user('externalId eq "HR-4711" and active eq true', 'users_external_ids', 'users_pkey'),
    user(
      'userName eq "user.4711" or externalId eq "HR-4712"',
      'users_user_name_key',
      'users_external_ids',
      'users_pkey',
    ),
    user(`${employeeNumber} eq "e-4711"`, 'users_employee_number'),
    user(`${employeeNumber.toUpperCase()} eq "E-4711" and active eq true`, 'users_employee_number'),
    user(`userName eq "user.4711" or ${employeeNumber} eq "E-4712"`, 'users_user_name_key', 'users_employee_number'),
    user(`id eq "${idOf(4711)}" and not (${urns.enterprise}:manager eq "${idOf(4712)}")`, 'users_pkey'),
    user('emails.value eq "USER.4711@EXAMPLE.COM"', 'users_email_keys', 'users_pkey'),
    user('emails eq "4711@home.example"', 'users_email_keys', 'users_pkey'),
    user('emails[type eq "work" and value eq "user.4711@example.com"]', 'users_email_keys', 'users_pkey'),
    user('emails[type eq "work"].value eq "user.4711@example.com"', 'users_email_keys', 'users_pkey'),
    user(`id eq "${idOf(4711)}"`, 'users_pkey'),
    user('meta.lastModified gt "2026-01-02T03:46:30Z"', 'user_history_at', 'users_pkey'),
    user('meta.lastModified ge "2026-01-02T03:46:30Z" and active eq true', 'user_history_at', 'users_pkey'),
    user('userName eq "user.4711" and active eq true', 'users_user_name_key'),
    user(
      'userName eq "user.4711" or emails.value eq "4712@home.example"',
      'users_user_name_key',
      'users_email_keys',
      'users_pkey',
    ),
    user(`meta.location eq "${addressOf('User', idOf(4711))}"`, 'users_pkey'),
    user(`groups.value eq "${idOf(471)}"`, 'groups_pkey', 'group_members_groups', 'group_members_pkey', 'users_pkey'),
    group(`members.value eq "${idOf(4711)}"`, 'group_members_member_id', 'groups_pkey'),
    group(`members[value eq "${idOf(4711)}"]`, 'group_members_member_id', 'groups_pkey'),
    group(`members eq "${idOf(4711)}"`, 'group_members_member_id', 'groups_pkey'),
    group('displayName eq "TEAM 471"', 'groups_display_name_key'),
    group('externalId eq "G-471"', 'groups_external_ids', 'groups_pkey'),
    group(`id eq "${idOf(471)}"`, 'groups_pkey'),
  ])('an index answers: %s', async (written, type, indexes) => {
    const { alias } = tables.get(type)!;
    const { from, values } = statementOf(tenantId, parseFilter(written, type, { profile: profiles.default }), type);
    const page = (limit: number) => `SELECT * ${from} ORDER BY ${alias}.created_at, ${alias}.id LIMIT ${limit}`;
    const { rowCount } = await store.client.query(page(100), values);
    expect(rowCount).toBeGreaterThan(0);
    // To walk the rows in the order of the list looks cheaper the fewer are wanted, and the more there are: a page of one of
    // 100,000 users is planned as one of 100 of ten million. Of 1000 groups a walk is cheap.
    const pages = type === userType ? [page(100), page(1)] : [page(100)];
    for (const statement of [...pages, `SELECT count(*) ${from}`]) {
      const { rows } = await store.client.query(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${statement}`, values);
      const plan = (rows[0] as { 'QUERY PLAN': [{ Plan: PlanNode }] })['QUERY PLAN'][0].Plan;
      const nodes = nodesOf(plan);
      expect(nodes.map((node) => node['Node Type'])).not.toContain('Seq Scan');
      const used = nodes.map((node) => node['Index Name']).filter((name) => name !== undefined);
      expect([...new Set(used)].toSorted()).toEqual(indexes.toSorted());
      // An index that is walked from end to end is used, too: what is read has to be in proportion to what is found.
      expect(plan['Shared Hit Blocks'] + plan['Shared Read Blocks']).toBeLessThan(50 + 5 * rowCount!);
    }
  });
});
