import { z } from 'zod';
import { resourceType } from './attribute.ts';
import { commonAttributes, described, optional, text } from './field.ts';
import { urns } from './urn.ts';

// RFC 7643 8.7.1: the sub-attributes of a member are immutable; members come and go whole.
const Member = z.strictObject({
  value: text('Identifier of the member.', '01979f2e-3b7c-7d10-9f6a-6f3f2a9d1c55', {
    caseExact: true,
    mutability: 'immutable',
  }),
  $ref: text('Address of the member.', '../Users/01979f2e-3b7c-7d10-9f6a-6f3f2a9d1c55', {
    type: 'reference',
    mutability: 'immutable',
    referenceTypes: ['User', 'Group'],
  }),
  type: text('Whether the member is a user or a group.', 'User', {
    mutability: 'immutable',
    canonicalValues: ['User', 'Group'],
  }),
  display: text('Name of the member; the server keeps it.', 'mira.olsen@example.com', { mutability: 'readOnly' }),
});

/** The wire form of a group (RFC 7643 4.2). */
export const ScimGroup = z
  .strictObject({
    schemas: described(z.array(z.string()), 'The core schema.', [urns.group], {
      type: 'reference',
      returned: 'always',
    }),
    ...commonAttributes('Group'),
    displayName: described(z.string(), 'The name to show.', 'Field Team'),
    members: optional(z.array(Member), 'Users and groups that belong to the group.', [
      { value: '01979f2e-3b7c-7d10-9f6a-6f3f2a9d1c55', type: 'User' },
    ]),
  })
  .meta({ id: 'ScimGroup', title: 'Group', description: 'A group of users and groups.' });
export type ScimGroup = z.infer<typeof ScimGroup>;

/** Groups as PATCH, filters and discovery see them. */
export const groupType = resourceType('Group', '/Groups', urns.group, ScimGroup);
