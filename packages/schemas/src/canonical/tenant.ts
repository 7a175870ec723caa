import { z } from 'zod';

/** One directory of users beside others, none of which sees another. */
export const Tenant = z.strictObject({
  /** UUIDv7. */
  id: z.guid(),
  /** Unique. */
  name: z.string().min(1).max(255),
  createdAt: z.date(),
});
export type Tenant = z.infer<typeof Tenant>;
