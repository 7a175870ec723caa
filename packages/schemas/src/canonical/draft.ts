import { z } from 'zod';
import { type UserDraft, type UserName, UserProfile } from './user.ts';

/** The names of the lists of a user. */
const lists = Object.entries(UserProfile.shape)
  .filter(([, schema]) => schema instanceof z.ZodArray)
  .map(([name]) => name);

type Groups = Pick<UserDraft, 'name' | 'enterprise' | 'lifecycle'>;

const emptyGroups = (): Groups => ({ name: {}, enterprise: { manager: {} }, lifecycle: { groupStrings: [] } });

/** A draft that has a name, is active, and holds nothing else. */
export function emptyDraft(userName: z.infer<typeof UserName>): UserDraft {
  const draft: Record<string, unknown> = { userName, status: 'active', ...emptyGroups() };
  for (const list of lists) draft[list] = [];
  return draft as UserDraft;
}
