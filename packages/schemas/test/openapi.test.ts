import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { DirectoryError } from '../src/canonical/error.ts';
import { emptyDraft } from '../src/canonical/draft.ts';
import type { User } from '../src/canonical/user.ts';
import type { Operation } from '../src/contract/operation.ts';
import { exampleOf, requestExampleOf } from '../src/contract/example.ts';
import { openApiOf } from '../src/contract/openapi.ts';
import type { Dialect } from '../src/contract/dialect.ts';
import { parseWire } from '../src/contract/parse.ts';
import {
  changeNermUser,
  createUser as createNermUser,
  draftNermUser,
  nerm,
  NermUserChange,
} from '../src/nerm/index.ts';
import {
  createGroup,
  createUser as createScimUser,
  profiles,
  readingBy,
  scim,
  scimDraft,
  scimGroupReplacement,
} from '../src/scim/index.ts';
import { urns } from '../src/scim/urn.ts';
import {
  createApiKey,
  createTenant,
  createUser as createV1User,
  draftV1User,
  reviseV1User,
  setPassword,
  updateUser as updateV1User,
  v1,
  verifyEmail,
} from '../src/v1/index.ts';
import { dialects } from '../src/dialects.ts';

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Every property that a document describes, by its path in the document. */
function propertiesOf(node: unknown, path: string[] = []): { path: string; property: Json }[] {
  if (!isObject(node))
    return Array.isArray(node) ? node.flatMap((item, index) => propertiesOf(item, [...path, `${index}`])) : [];
  return Object.entries(node).flatMap(([key, value]) => [
    ...(key === 'properties' && isObject(value)
      ? Object.entries(value).map(([name, property]) => ({
          path: [...path, name].join('.'),
          property: property as Json,
        }))
      : []),
    ...(['example', 'examples', 'if', 'then'].includes(key) ? [] : propertiesOf(value, [...path, key])),
  ]);
}

const operations = dialects.flatMap((dialect) =>
  Object.values(dialect.operations).map((operation) => ({ dialect, operation })),
);

describe.each(dialects)('the OpenAPI document of $name', (dialect) => {
  const document = openApiOf(dialect, '1.2.3') as Json;

  it('describes every field, with an example', () => {
    const properties = propertiesOf((document['components'] as Json)['schemas']);
    expect(properties.length).toBeGreaterThan(5);
    const bare = properties.filter(
      ({ property }) =>
        !('$ref' in property) && (!property['description'] || !('example' in property || 'examples' in property)),
    );
    // A wrapper is described by its parts, a list by its items.
    const isRef = (schema: Json) => '$ref' in schema;
    const areRefs = ({ anyOf, ...items }: Json) => (anyOf ? (anyOf as Json[]).every(isRef) : isRef(items));
    const hasParts = ({ property }: (typeof bare)[number]) =>
      property['description'] && (property['type'] === 'object' || areRefs((property['items'] as Json) ?? {}));
    expect(bare.filter((each) => !hasParts(each))).toEqual([]);
  });

  it('says which query parameters may be left out, and of one with parts which of these', () => {
    for (const { id, method, path, query } of Object.values<Operation>(dialect.operations)) {
      const { parameters = [] } = (document['paths'] as Record<string, Record<string, { parameters?: Json[] }>>)[path]![
        method.toLowerCase()
      ]!;
      for (const { name, in: place, required, schema } of parameters) {
        if (place !== 'query') continue;
        expect([id, name, Boolean(required)]).toEqual([
          id,
          name,
          !(query!.shape[String(name)] instanceof z.ZodExactOptional),
        ]);
        expect([id, name, (schema as Json)['required']]).toEqual([id, name, undefined]);
      }
    }
  });

  it('shows no example of an optional parameter, which an API reference would send', () => {
    for (const methods of Object.values(document['paths'] as Record<string, Record<string, { parameters?: Json[] }>>)) {
      for (const { parameters = [] } of Object.values(methods)) {
        const optional = parameters.filter(({ required }) => required !== true);
        expect(optional.filter((each) => /"examples?":/.test(JSON.stringify(each)))).toEqual([]);
      }
    }
  });

  it('gives every operation an example of each body and each refusal', () => {
    for (const methods of Object.values(document['paths'] as Record<string, Record<string, Json>>)) {
      for (const { description, requestBody, responses } of Object.values(methods)) {
        expect(description).toBeTruthy();
        const bodies = [requestBody, ...Object.values(responses as Json)].filter(isObject);
        // In one of the media types that a body may have.
        for (const content of bodies.flatMap((body) => body['content'] ?? [])) {
          const media = Object.values(content as Record<string, Json>);
          expect(media.some((each) => (each['example'] ?? each['examples']) !== undefined)).toBe(true);
        }
      }
    }
  });
});

describe.each(operations)('the examples of $dialect.name $operation.id', ({ operation }) => {
  it('are what the schemas accept', () => {
    // A document can only name a file, and a body holds its bytes.
    const body = operation.form ? undefined : operation.body;
    const response = operation.response?.schema;
    expect(body?.safeParse(requestExampleOf(body)).error).toBeUndefined();
    expect(response?.safeParse(exampleOf(response)).error).toBeUndefined();
  });
});

/** One value of a body that can be written: where it is, `[]` for the items of a list, and how long it may be. */
interface Limit {
  readonly path: readonly string[];
  readonly keyword: 'maxLength' | 'maxItems';
  /** None where the document has no limit. */
  readonly most: number | undefined;
  /** A value of a length. */
  readonly of: (length: number) => unknown;
}

const resolved = (schemas: Json, node: Json): Json =>
  '$ref' in node ? (schemas[String(node['$ref']).split('/').at(-1)!] as Json) : node;

/** The texts that a body can hold, and its lists that have a limit. */
function limitsOf(schemas: Json, schema: Json, path: readonly string[] = []): Limit[] {
  const { type, readOnly, format, maxLength, maxItems, items, properties, ...node } = resolved(schemas, schema);
  if (readOnly === true) return [];
  const item = items === undefined ? undefined : resolved(schemas, items as Json);
  const limits: Limit[] = [];
  if ([type].flat().includes('string') && format === undefined && !('enum' in node)) {
    limits.push({
      path,
      keyword: 'maxLength',
      most: maxLength as number | undefined,
      of: (length) => 'x'.repeat(length),
    });
  }
  if (maxItems !== undefined) {
    const valueOf = (index: number) => (item!['type'] === 'string' ? `x${index}` : { type: `x${index}` });
    limits.push({
      path,
      keyword: 'maxItems',
      most: maxItems as number,
      of: (length) => Array.from({ length }, (_, index) => valueOf(index)),
    });
  }
  return [
    ...limits,
    ...(item ? limitsOf(schemas, item, [...path, '[]']) : []),
    ...Object.entries((properties ?? {}) as Record<string, Json>).flatMap(([name, each]) =>
      limitsOf(schemas, each, [...path, name]),
    ),
  ];
}

/** A body that holds one value at a path. */
const bodyWith = ([name, ...rest]: readonly string[], value: unknown): unknown => {
  if (name === undefined) return value;
  return name === '[]' ? [bodyWith(rest, value)] : { [name]: bodyWith(rest, value) };
};

const user: User = {
  ...emptyDraft('olsen'),
  id: '01979f2e-3b7c-7d10-9f6a-6f3f2a9d1c55',
  version: 1,
  createdAt: new Date(),
  updatedAt: new Date(),
};

/** The names that are joined have a limit each. */
const ofGroups = /^group_strings/;

/** Bodies by the name of their schema, and how the server reads one that holds some fields. */
const writes: Record<
  string,
  { readonly dialect: Dialect; readonly free?: RegExp; readonly write: (fields: Json) => unknown }
> = {
  ScimUserDraft: {
    dialect: scim,
    // Only URNs that there are.
    free: /^schemas/,
    write: (fields) => scimDraft(read(createScimUser, { schemas: [urns.user], userName: 'mira', ...fields }), 'okta'),
  },
  ScimGroupDraft: {
    dialect: scim,
    // Only members that there are.
    free: /^(schemas|members)/,
    write: (fields) => {
      const body = { schemas: [urns.group], displayName: 'Team', ...fields };
      read(createGroup, body);
      return scimGroupReplacement(body, readingBy(profiles.strict))();
    },
  },
  V1UserDraft: {
    dialect: v1,
    write: (fields) =>
      draftV1User(
        read(createV1User, { username: 'mira', email: 'mira@example.com', password: 'correct horse', ...fields }),
      ),
  },
  V1UserPatch: { dialect: v1, write: (fields) => reviseV1User(user, read(updateV1User, fields), 'off') },
  V1Password: { dialect: v1, write: (fields) => read(setPassword, fields) },
  V1EmailToken: { dialect: v1, write: (fields) => read(verifyEmail, fields) },
  V1ApiKeyDraft: {
    dialect: v1,
    // The pattern has its length.
    free: /^domain/,
    write: (fields) => read(createApiKey, { name: 'sync', scopes: ['read'], ...fields }),
  },
  V1TenantDraft: { dialect: v1, write: (fields) => read(createTenant, { name: 'acme', ...fields }) },
  NermUserWish: {
    dialect: nerm,
    free: ofGroups,
    write: (fields) =>
      draftNermUser(
        read(createNermUser, { user: { name: 'Mira', login: 'mira', email: 'mira@example.com', ...fields } }),
      ),
  },
  NermUserChange: {
    dialect: nerm,
    // A name that is shown may be longer than one that is written; an id that is too long names no user.
    free: new RegExp(`${ofGroups.source}|^name|^id`),
    write: (fields) => changeNermUser(user, parseWire(NermUserChange, { id: user.id, ...fields })),
  },
};

function read<Schema extends z.ZodType>({ body }: { readonly body: Schema }, value: unknown): z.output<Schema> {
  return parseWire(body, value);
}

describe.each(Object.entries(writes))('the limits of %s', (name, { dialect, free, write }) => {
  const { schemas } = (openApiOf(dialect, '1.2.3') as { components: { schemas: Json } }).components;
  const limits = limitsOf(schemas, schemas[name] as Json)
    .map((limit) => ({ ...limit, name: limit.path.join('.') }))
    .filter((limit) => !free?.test(limit.name));

  it('are in the document for every text', () => {
    expect(limits.filter(({ most }) => most === undefined)).toEqual([]);
  });

  it.each(limits)('are what a write of $name accepts: $keyword $most', ({ path, most, of }) => {
    const writing = (length: number) => () => write(bodyWith(path, of(length)) as Json);
    expect(writing(most!)).not.toThrow();
    expect(writing(most! + 1)).toThrow(DirectoryError);
  });
});

describe.each([
  { dialect: v1, shown: 'V1User', sent: 'V1UserDraft' },
  { dialect: v1, shown: 'V1ApiKey', sent: 'V1ApiKeyDraft' },
  { dialect: v1, shown: 'V1Tenant', sent: 'V1TenantDraft' },
  { dialect: scim, shown: 'ScimUser', sent: 'ScimUserDraft' },
  { dialect: scim, shown: 'ScimGroup', sent: 'ScimGroupDraft' },
  { dialect: nerm, shown: 'NermUser', sent: 'NermUserWish' },
])('the fields of $shown and $sent', ({ dialect, shown, sent }) => {
  it('are marked where they cannot be written, or are not shown', () => {
    const { schemas } = (openApiOf(dialect, '1.2.3') as { components: { schemas: Record<string, Json> } }).components;
    const fieldsOf = (name: string) => schemas[name]!['properties'] as Record<string, Json>;
    const [response, request] = [fieldsOf(shown), fieldsOf(sent)];
    const marked = (fields: Record<string, Json>, mark: string) =>
      Object.keys(fields).filter((name) => fields[name]![mark] === true);
    const missing = (fields: object, others: object) => Object.keys(fields).filter((name) => !(name in others));
    expect(marked(response, 'readOnly')).toEqual(missing(response, request));
    expect(marked(request, 'writeOnly')).toEqual(missing(request, response));
  });
});
