import { type UserAttribute, userAttributePaths, userAttributes, UserProfile } from '@stele/schemas/canonical';
import { z } from 'zod';

export type ColumnType = 'text' | 'jsonb' | 'timestamptz';

/** The column that keeps one attribute: scalars as themselves, lists as `jsonb`; unassigned is null. */
export interface UserColumn {
  readonly attribute: UserAttribute;
  readonly path: readonly string[];
  readonly name: string;
  readonly type: ColumnType;
}

const snakeCase = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const schemaAt = (path: readonly string[]): z.ZodType => {
  let schema: unknown = UserProfile;
  for (const key of path) schema = (schema as z.ZodObject).shape[key];
  return schema instanceof z.ZodExactOptional ? (schema.unwrap() as z.ZodType) : (schema as z.ZodType);
};

const columnType = (schema: z.ZodType): ColumnType =>
  schema instanceof z.ZodArray ? 'jsonb' : schema instanceof z.ZodDate ? 'timestamptz' : 'text';

/** One column for every attribute of the model, derived from it. */
export const userColumns: readonly UserColumn[] = userAttributes.map((attribute, index) => {
  const path = userAttributePaths[index]!;
  return { attribute, path, name: path.map(snakeCase).join('_'), type: columnType(schemaAt(path)) };
});

export const columnOf: ReadonlyMap<string, UserColumn> = new Map(
  userColumns.map((column) => [column.attribute, column]),
);
