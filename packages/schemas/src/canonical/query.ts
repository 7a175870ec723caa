import { z } from 'zod';

/** Which users, in order of creation. Keys compare folded (`foldKey`). */
export const UserQuery = z.strictObject({
  userName: z.string().exactOptional(),
  externalId: z.string().exactOptional(),
  limit: z.int().min(0).max(1000),
});
export type UserQuery = z.infer<typeof UserQuery>;
