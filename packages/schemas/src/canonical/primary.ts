import type { Role, User, UserProfile } from './user.ts';

interface Valued {
  readonly value?: string;
  readonly primary?: boolean;
}

const primaryOrFirst = <Item extends Valued>(items: readonly Item[]): Item | undefined =>
  items.find((each) => each.primary === true) ?? items.find((each) => each.value !== undefined);

/** The address that dialects with a single e-mail show: the primary one, else the first. */
export function primaryEmail(user: Pick<User, 'emails'>): string | undefined {
  return primaryOrFirst(user.emails)?.value;
}

/** The same e-mail addresses, or pictures, with another primary one: its value is replaced, or it is added where none is primary. */
export function withPrimaryValue<Item extends Valued>(items: readonly Item[], value: string): (Item | Valued)[] {
  return items.some((each) => each.primary === true)
    ? items.map((each) => (each.primary === true ? { ...each, value } : each))
    : [...items, { value, primary: true }];
}

/** The picture that a dialect with a single one shows. */
export function primaryPhoto(user: Pick<User, 'photos'>): string | undefined {
  return primaryOrFirst(user.photos)?.value;
}

/** The role that a dialect with a single role shows: the primary one, else the first. */
export function primaryRole(user: Pick<User, 'roles'>): string | undefined {
  return primaryOrFirst(user.roles)?.value;
}

/**
 * The same roles with another one in the place of the shown one. The first role stands in for a primary one, so that a
 * user who is shown as `admin` never keeps that role when another is written. A role that the user has already becomes
 * the primary one.
 */
export function withPrimaryRole(roles: readonly Role[], value: string): Role[] {
  const shown = primaryOrFirst(roles);
  const held = roles.find((each) => each.value === value);
  if (!shown) return [...roles, { value, primary: true }];
  if (!held) return roles.map((each) => (each === shown ? { ...each, value } : each));
  return roles
    .filter((each) => each === held || (each !== shown && each.value !== value))
    .map((each) => (each === held ? { ...each, primary: true } : each));
}

/** The role that a user is shown with who was given none. */
export const DEFAULT_ROLE = 'user';

/** The type that a user is shown with who was given none. */
export const DEFAULT_TYPE = 'NeprofileUser';

/** The name that a dialect with a single one shows: the display name, else the formatted name, else its parts, else the user name. */
export function shownName({
  displayName,
  name,
  userName,
}: Pick<UserProfile, 'displayName' | 'name' | 'userName'>): string {
  return displayName || name.formatted || [name.givenName, name.familyName].filter(Boolean).join(' ') || userName;
}
