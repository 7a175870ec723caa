import { DirectoryError } from '@stele/schemas/canonical';
import { z } from 'zod';

/** What is inside of an optional field. */
const inner = (schema: unknown): unknown =>
  schema instanceof z.ZodExactOptional || schema instanceof z.ZodOptional ? inner(schema.unwrap()) : schema;

/** Text becomes what the schema asks for where it spells that; anything else is left for the schema to refuse. */
function decode(schema: unknown, text: unknown): unknown {
  if (typeof text !== 'string') return text;
  const wanted = inner(schema);
  if (wanted instanceof z.ZodNumber && /^-?\d{1,15}$/.test(text)) return Number(text);
  if (wanted instanceof z.ZodBoolean && /^(?:true|false)$/.test(text)) return text === 'true';
  return text;
}

/** What PostgreSQL, like the body reader, does not take. */
function assertText(name: string, value: unknown): void {
  for (const text of [value].flat()) {
    if (typeof text === 'string' && text.isWellFormed() && !text.includes('\0')) continue;
    throw new DirectoryError('invalid_parameter', 'Invalid request parameters', {
      issues: [{ path: [name], rule: 'invalid', message: 'must be well-formed text without U+0000' }],
    });
  }
}

/** A query as its schema describes it: numbers and booleans as such, and `filter[role]=admin` as a part of `filter`. */
export function decodeQuery(schema: z.ZodObject, query: unknown): Record<string, unknown> {
  const decoded: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [name, value] of Object.entries(query as Record<string, unknown>)) {
    const [, group, part] = /^([^[\]]+)\[([^[\]]*)\]$/.exec(name) ?? [];
    assertText(group ?? name, value);
    if (group === undefined || part === undefined || !(inner(schema.shape[group]) instanceof z.ZodObject)) {
      decoded[name] = decode(schema.shape[name], value);
    } else {
      const parts = (decoded[group] ??= Object.create(null)) as Record<string, unknown>;
      if (typeof parts === 'object') parts[part] = value;
    }
  }
  return decoded;
}
