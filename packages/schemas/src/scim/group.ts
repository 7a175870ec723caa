import { z } from 'zod';
import { entityTag } from '../canonical/entity-tag.ts';
import { externalIdOf } from '../canonical/external-id.ts';
import { type GroupWithMembers, MAX_DISPLAY_NAME } from '../canonical/group.ts';
import type { Reader } from '../contract/operation.ts';
import { resourceType } from './attribute.ts';
import { commonAttributes, described, optional, partOf, SCHEMAS_TOLERATED, text } from './field.ts';
import { urns } from './urn.ts';

// RFC 7643 8.7.1: the sub-attributes of a member are immutable; members come and go whole.
const Member = z.strictObject({
  value: text(
    'Identifier of the member of this Group.',
    '01979f2e-3b7c-7d10-9f6a-6f3f2a9d1c55',
    { caseExact: true, mutability: 'immutable' },
    {},
  ),
  $ref: text(
    'The URI corresponding to a SCIM resource that is a member of this Group.',
    '../Users/01979f2e-3b7c-7d10-9f6a-6f3f2a9d1c55',
    {
      type: 'reference',
      mutability: 'immutable',
      referenceTypes: ['User', 'Group'],
    },
    {},
  ),
  type: text(
    "A label indicating the type of resource, e.g., 'User' or 'Group'.",
    'User',
    { mutability: 'immutable', canonicalValues: ['User', 'Group'] },
    {},
  ),
  display: text('Name of the member, set by the server.', 'mira.olsen@example.com', {
    mutability: 'readOnly',
    returned: 'request',
  }),
});

/** The wire form of a group (RFC 7643 4.2). */
export const ScimGroup = z
  .strictObject({
    schemas: described(
      z.array(z.string()),
      'The core schema.',
      [urns.group],
      { type: 'reference', returned: 'always' },
      { contains: { const: urns.group } },
    ),
    ...commonAttributes('Group'),
    displayName: described(
      z.string(),
      'A human-readable name for the Group. REQUIRED.',
      'Field Team',
      {},
      { maxLength: MAX_DISPLAY_NAME, pattern: '\\S' },
    ),
    members: optional(z.array(Member), 'A list of members of the Group.', [
      { value: '01979f2e-3b7c-7d10-9f6a-6f3f2a9d1c55', type: 'User' },
    ]),
  })
  .meta({ id: 'ScimGroup', title: 'Group', description: 'Group' });
export type ScimGroup = z.infer<typeof ScimGroup>;

/** What `attributes` and `excludedAttributes` leave of a group (RFC 7644 3.9). */
export const ScimGroupPart = ScimGroup.exactPartial()
  .extend({ schemas: ScimGroup.shape.schemas, id: ScimGroup.shape.id, meta: partOf(ScimGroup.shape.meta) })
  .meta({ id: 'ScimGroupPart', title: 'Group', description: 'The attributes of a group that were asked for.' });

/** The wire form of a group in requests that create or replace it: read-only attributes have been left out. */
export const ScimGroupDraft = ScimGroup.omit({ id: true, meta: true }).meta({
  id: 'ScimGroupDraft',
  title: 'Group',
  description: `A group to create. Read-only attributes are ignored. ${SCHEMAS_TOLERATED}`,
});
export type ScimGroupDraft = z.infer<typeof ScimGroupDraft>;

/** What a write can change in a group, in SCIM's words. */
export function comparableGroup(
  { displayName, externalIds, members = [] }: GroupWithMembers,
  { domain }: Reader,
): Record<string, unknown> {
  const externalId = externalIdOf(externalIds, domain);
  return {
    displayName,
    ...(externalId !== undefined && { externalId }),
    ...(members.length > 0 && { members: members.map(({ id }) => ({ value: id })) }),
  };
}

/** A group in SCIM's words. What depends on the request, such as `meta.location`, is added by `encodeResource`. */
export function encodeGroup(group: GroupWithMembers, { domain }: Reader): ScimGroup {
  const { id, members } = group;
  const externalId = externalIdOf(group.externalIds, domain);
  return {
    schemas: [urns.group],
    id,
    displayName: group.displayName,
    ...(externalId !== undefined && { externalId }),
    // A group without members shows an empty list: clients of authentik read a missing one as "not supported".
    ...(members && {
      members: members.map(({ id: value, type, display }) => ({
        value,
        ...(type !== undefined && { type }),
        ...(display !== undefined && { display }),
      })),
    }),
    meta: {
      resourceType: 'Group',
      created: group.createdAt.toISOString(),
      lastModified: group.updatedAt.toISOString(),
      version: entityTag(group),
    },
  };
}

/** Groups as PATCH, filters and discovery see them. */
export const groupType = resourceType('Group', '/Groups', urns.group, ScimGroup);
