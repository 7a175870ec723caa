import type { UserDraft, UserName } from './user.ts';
import type { z } from 'zod';

/** A draft that has a name, is active, and holds nothing else. */
export function emptyDraft(userName: z.infer<typeof UserName>): UserDraft {
  return {
    userName,
    externalIds: [],
    status: 'active',
    name: {},
    emails: [],
    phoneNumbers: [],
    ims: [],
    photos: [],
    addresses: [],
    entitlements: [],
    roles: [],
    x509Certificates: [],
    enterprise: { manager: {} },
    lifecycle: { groupStrings: [] },
  };
}
