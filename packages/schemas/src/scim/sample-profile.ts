import { z } from 'zod';
import type { UserAttribute } from '../canonical/attribute.ts';
import { DEFAULT_DOMAIN } from '../canonical/external-id.ts';
import { UserProfile } from '../canonical/user.ts';
import { scimPaths, userType } from './user.ts';

/** One value for each type that SCIM suggests for a list, the first of them primary. */
function listOf(item: z.ZodType, name: string, mark: string): unknown[] {
  if (!(item instanceof z.ZodObject)) return [mark];
  if ('domain' in item.shape) return [{ domain: DEFAULT_DOMAIN, value: mark }];
  const [key = 'value'] = Object.keys(item.shape);
  const { canonicalValues } = userType.schema.attributes.get(name.toLowerCase())?.subAttributes.get('type') ?? {};
  return (canonicalValues ?? [undefined]).map((type, index) => ({
    [key]: `${mark}-${type ?? 'value'}@example.com`,
    ...(type !== undefined && { type }),
    primary: index === 0,
  }));
}

/** A value for a schema, with a mark in it where it is text. */
function sampleOf(schema: z.ZodType, path: string, mark: string): unknown {
  if (schema instanceof z.ZodExactOptional) return sampleOf(schema.unwrap() as z.ZodType, path, mark);
  if (schema instanceof z.ZodObject) return samplesOf(schema, `${path}.`, mark);
  if (schema instanceof z.ZodArray) return listOf(schema.element as z.ZodType, path, mark);
  if (schema instanceof z.ZodEnum) return schema.options.at(-1);
  return schema instanceof z.ZodDate ? new Date(0) : mark;
}

/** SCIM has every attribute that a dialect can write. */
const isWritten = (path: string): boolean => scimPaths.get(path as UserAttribute)?.length !== 0;

const samplesOf = (schema: z.ZodObject, prefix: string, mark: string): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(schema.shape)
      .filter(([key]) => isWritten(prefix + key))
      .map(([key, field]) => [key, sampleOf(field as z.ZodType, prefix + key, mark)]),
  );

/** A profile with a value for every attribute that SCIM has. All texts but those of enumerations hold the mark. */
export const sampleProfile = (mark: string): UserProfile => samplesOf(UserProfile, '', mark) as UserProfile;
