import type { UserAttribute } from './attribute.ts';
import type { Member } from './group.ts';
import type { Membership } from './user.ts';

/** What everything in the directory has besides its attributes. */
type Kept = 'id' | 'version' | 'createdAt' | 'updatedAt';

/**
 * What a condition on users can speak of. `primaryEmail` and `primaryRole` are what dialects show that have a single one,
 * `shownName` what one shows that has a single name, and `shownType` what it shows of users without a type too.
 */
export type UserField = UserAttribute | Kept | 'groups' | 'primaryEmail' | 'primaryRole' | 'shownName' | 'shownType';

/** What a condition on one of the groups of a user can speak of. */
export type MembershipField = keyof Membership;

/** What a condition on groups can speak of. */
export type GroupField = Kept | 'displayName' | 'externalIds' | 'members';

/** What a condition on one of the members of a group can speak of. */
export type MemberField = keyof Member;

export type Comparator = '=' | '>' | '>=' | '<' | '<=' | 'contains' | 'startsWith' | 'endsWith';

/** Compares what a field holds. Texts stand in the order of their code points, and `id` and `version` are texts here. */
export interface Comparison<Field extends string> {
  readonly kind: 'compare';
  readonly field: Field;
  readonly operator: Comparator;
  readonly operand: string | boolean | Date;
  /** Both sides as keys (`foldKey`). */
  readonly folded?: boolean;
  /** What stands around the text of the field before it is compared. */
  readonly before?: string;
  readonly after?: string;
}

/**
 * Which users, which groups, or which members of a group. A condition holds or does not, there is no third: no comparison holds of a field that
 * holds nothing, and the negation of each does.
 */
export type Condition<Field extends string = UserField | GroupField | MemberField> =
  | { readonly kind: 'constant'; readonly holds: boolean }
  | { readonly kind: 'and' | 'or'; readonly terms: readonly Condition<Field>[] }
  | { readonly kind: 'not'; readonly term: Condition<Field> }
  /** The field holds something, be it an empty text. */
  | { readonly kind: 'assigned'; readonly field: Field }
  | Comparison<Field>
  /** One value of a list is like this. The fields of the inner condition are the parts of a value. */
  | { readonly kind: 'some'; readonly field: Field; readonly condition: Condition<string> };

/** In a condition on one value of a list: the value itself, where it has no parts. */
export const ITSELF = '';

export const constant = (holds: boolean): Condition<never> => ({ kind: 'constant', holds });

function junction<Field extends string>(kind: 'and' | 'or', given: readonly Condition<Field>[]): Condition<Field> {
  /** The constant that decides a junction of this kind; the other one says nothing. */
  const decisive = kind === 'or';
  if (given.some((term) => term.kind === 'constant' && term.holds === decisive)) return constant(decisive);
  const terms = given.filter((term) => term.kind !== 'constant');
  return terms.length === 0 ? constant(!decisive) : terms.length === 1 ? terms[0]! : { kind, terms };
}

export const allOf = <Field extends string>(...terms: readonly Condition<Field>[]): Condition<Field> =>
  junction('and', terms);

export const anyOf = <Field extends string>(...terms: readonly Condition<Field>[]): Condition<Field> =>
  junction('or', terms);

export const negationOf = <Field extends string>(term: Condition<Field>): Condition<Field> =>
  term.kind === 'constant' ? constant(!term.holds) : term.kind === 'not' ? term.term : { kind: 'not', term };
