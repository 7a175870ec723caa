import { z } from 'zod';
import { UserProfile } from './user.ts';

type Scalar = string | number | boolean | Date | readonly unknown[];

/** The path of every value in an object, with dots. Lists and times are values. */
export type AttributeOf<Group, Path extends string = ''> = {
  [Key in keyof Group & string]-?: Exclude<Group[Key], undefined> extends Scalar
    ? `${Path}${Key}`
    : AttributeOf<Exclude<Group[Key], undefined>, `${Path}${Key}.`>;
}[keyof Group & string];
type ValueAt<Group, Path extends string> = Path extends `${infer Key}.${infer Rest}`
  ? Key extends keyof Group
    ? ValueAt<Group[Key], Rest>
    : never
  : Path extends keyof Group
    ? Exclude<Group[Path], undefined>
    : never;

/**
 * One attribute of a user that a write can change, nested ones with dots: `title`, `name.givenName`, `emails`. Columns,
 * differences and history are all kept by attribute.
 */
export type UserAttribute = AttributeOf<UserProfile>;

/** What an attribute holds when it is assigned. */
export type UserAttributeValue<Attribute extends UserAttribute = UserAttribute> = ValueAt<UserProfile, Attribute>;

/**
 * New values by attribute. An absent key leaves the attribute, `null` clears it. `password` is the one attribute that is
 * written and never read.
 */
export type UserPatch = { [Attribute in UserAttribute]?: UserAttributeValue<Attribute> | null } & { password?: string };

/** The keys of a group of the model: each an attribute, or a group again. */
export type AttributeGroup = readonly {
  readonly key: string;
  /** The whole path, with dots. */
  readonly attribute: string;
  readonly group?: AttributeGroup;
}[];

const groupOf = (schema: z.ZodObject, path: string): AttributeGroup =>
  Object.entries(schema.shape).map(([key, field]) => {
    const attribute = `${path}${key}`;
    return field instanceof z.ZodObject
      ? { key, attribute, group: groupOf(field, `${attribute}.`) }
      : { key, attribute };
  });

/** The attributes as they lie within each other. */
export const userAttributeTree: AttributeGroup = groupOf(UserProfile, '');

const leavesOf = (group: AttributeGroup): string[] =>
  group.flatMap((each) => (each.group ? leavesOf(each.group) : [each.attribute]));

/** Every attribute, in the order of the model. */
export const userAttributes = leavesOf(userAttributeTree) as UserAttribute[];

/** The way to each attribute, in the order of `userAttributes`. */
export const userAttributePaths: readonly (readonly string[])[] = userAttributes.map((attribute) =>
  attribute.split('.'),
);
