import type { Email, Role, User } from './user.ts';

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

/** The same addresses with another primary one: its value is replaced, or it is added where none is primary. */
export function withPrimaryEmail(emails: readonly Email[], value: string): Email[] {
  return emails.some((each) => each.primary === true)
    ? emails.map((each) => (each.primary === true ? { ...each, value } : each))
    : [...emails, { value, primary: true }];
}

/** The role that a dialect with a single role shows: the primary one, else the first. */
export function primaryRole(user: Pick<User, 'roles'>): string | undefined {
  return primaryOrFirst(user.roles)?.value;
}

/**
 * The same roles with another one in the place of the shown one. The first role stands in for a primary one, so that a
 * user who is shown as `admin` never keeps that role when another is written.
 */
export function withPrimaryRole(roles: readonly Role[], value: string): Role[] {
  const shown = primaryOrFirst(roles);
  return shown ? roles.map((each) => (each === shown ? { ...each, value } : each)) : [{ value, primary: true }];
}

/** The role that a user is shown with who was given none. */
export const DEFAULT_ROLE = 'user';
