import { z } from 'zod';
import type { Condition } from './condition.ts';
import { missing } from './error.ts';
import { ExternalIds } from './external-id.ts';
import type { ListQuery } from './query.ts';

/** One who belongs to a group: a user, or another group. What is not asked for is not there. */
export interface Member {
  readonly id: string;
  readonly type?: 'User' | 'Group';
  /** The name to show; of a user its display name, else its user name. */
  readonly display?: string;
}

/** What is read of the members of a group: nothing, id and type, or also the name. A name costs a join. */
export type MemberDetail = 'none' | 'default' | 'all';

/** Characters of the name of a group. Entra ID allows 256, other directories name groups by their whole path. */
export const MAX_DISPLAY_NAME = 1024;

/** What a write may change in a group by itself. */
export const GroupProfile = z.strictObject({
  displayName: z.string().regex(/\S/, { error: missing.blank }).max(MAX_DISPLAY_NAME),
  externalIds: ExternalIds,
});
export type GroupProfile = z.infer<typeof GroupProfile>;

/** A group of users and groups. Its members are kept, and read, apart from it. */
export const Group = GroupProfile.extend({
  /** UUIDv7. */
  id: z.guid(),
  /** 1 when created, one more with every accepted change, of its members too. */
  version: z.int().positive(),
  createdAt: z.date(),
  updatedAt: z.date(),
});
export type Group = z.infer<typeof Group>;

/** A group with those who belong to it, where they were asked for. */
export type GroupWithMembers = Group & { readonly members?: readonly Member[] };

/** One step in which members change. Whoever belongs already is not added again. */
export type MemberChange =
  | {
      readonly kind: 'add' | 'remove' | 'replace';
      readonly ids: readonly string[];
      /** Each id may also be an `externalId` in the domain of the caller, or the e-mail address of a user. */
      readonly byName?: true;
    }
  /** Those that meet a condition on a member. How many these are may be a reason to refuse. */
  | {
      readonly kind: 'removeWhere';
      readonly condition: Condition;
      readonly refusal: (count: number) => Error | undefined;
    };

/** A group as a write wants it to be, and the steps in which its members change. */
export interface GroupRevision {
  readonly profile: GroupProfile;
  readonly members: readonly MemberChange[];
}

/** Which groups, and which part of them. */
export interface GroupQuery extends ListQuery {
  readonly members: MemberDetail;
}

export interface GroupPage {
  readonly groups: readonly GroupWithMembers[];
  readonly total: number;
  readonly next?: string;
}
