import { expect, test } from 'vitest';
import texts from '../../fixtures/scim/schema-texts.json' with { type: 'json' };
import { schemaDocuments } from './discovery.ts';

const { source: _, ...schemas } = texts;

test.each(Object.entries(schemas))('%s has the names and descriptions of RFC 7643 8.7.1', (urn, schema) => {
  const { name, description, attributes } = schemaDocuments.find(({ id }) => id === urn)!;
  expect({ name, description }).toEqual({ name: schema.name, description: schema.description });
  const described = Object.fromEntries(
    attributes.flatMap((attribute) => [
      [attribute.name, attribute.description],
      ...(attribute.subAttributes ?? []).map((sub) => [`${attribute.name}.${sub.name}`, sub.description]),
    ]),
  );
  expect(described).toMatchObject(schema.attributes);
});
