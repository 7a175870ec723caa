import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Operation } from '../src/contract/operation.ts';
import { exampleOf } from '../src/contract/example.ts';
import { openApiOf } from '../src/contract/openapi.ts';
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
    ...(key === 'example' || key === 'examples' ? [] : propertiesOf(value, [...path, key])),
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
    const schemas = [body, operation.response?.schema].filter((schema) => schema !== undefined);
    for (const schema of schemas) expect(schema.safeParse(exampleOf(schema)).error).toBeUndefined();
  });
});
