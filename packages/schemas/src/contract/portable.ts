import type { Parameter } from './required.ts';

interface JsonSchema {
  description?: string;
  example?: unknown;
  examples?: unknown;
  properties?: Record<string, JsonSchema>;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Takes the examples off a schema, and writes those that explain something into its description. */
function describeExample(schema: JsonSchema): void {
  const { example, description = '' } = schema;
  if (typeof example === 'string' && example !== '' && !description.includes(example)) {
    schema.description = `${description} For example \`${example}\`.`.trimStart();
  }
  delete schema.example;
  delete schema.examples;
  for (const property of Object.values(schema.properties ?? {})) describeExample(property);
}

/** An API reference fills in the examples of parameters and sends them: what is optional has none. */
export function describeExamples(parameters: readonly (Parameter & JsonSchema)[]): void {
  for (const parameter of parameters) {
    if (parameter.required || !parameter.schema) continue;
    const schema = parameter.schema as JsonSchema;
    describeExample(schema);
    if (schema.description !== undefined) parameter.description = schema.description;
  }
}

/** A list of exactly one item is written with `items`: generators and linters read `prefixItems` as a list of anything. */
export function withoutPrefixItems(node: unknown): void {
  for (const child of Array.isArray(node) ? node : isRecord(node) ? Object.values(node) : []) withoutPrefixItems(child);
  if (!isRecord(node) || !Array.isArray(node['prefixItems']) || node['prefixItems'].length !== 1) return;
  [node['items']] = node['prefixItems'];
  node['minItems'] = 1;
  node['maxItems'] = 1;
  delete node['prefixItems'];
}
