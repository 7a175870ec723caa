import { z } from 'zod';
import { shownNameFault } from '../canonical/name.ts';
import type { Tenant } from '../canonical/tenant.ts';
import { encodeTenantId } from './identifier.ts';
import { pageOf } from './page.ts';
import { seconds, time } from './time.ts';

const name = z
  .string()
  .regex(/\S/, { error: 'must not be blank' })
  .max(255)
  .refine((text) => shownNameFault(text) === undefined, { error: (issue) => shownNameFault(issue.input as string)! })
  .meta({ description: 'Unique.', example: 'acme' });

export const V1Tenant = z
  .strictObject({
    id: z.string().meta({ description: 'The identifier.', example: 'tnt_01hzxrphnke7jrvvzhvhsvq5bm', readOnly: true }),
    name,
    created_at: time('When it was made.', '2023-01-01T12:00:00Z').meta({ readOnly: true }),
  })
  .meta({ id: 'V1Tenant', description: 'A directory of users beside others, none of which sees another.' });

export const V1TenantDraft = z.strictObject({ name }).meta({ id: 'V1TenantDraft', description: 'A tenant to make.' });

export const V1TenantPage = pageOf('V1TenantPage', V1Tenant);

export function encodeV1Tenant({ id, name, createdAt }: Tenant): z.infer<typeof V1Tenant> {
  return { id: encodeTenantId(id), name, created_at: seconds(createdAt) };
}
