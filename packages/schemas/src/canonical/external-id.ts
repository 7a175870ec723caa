import { z } from 'zod';

/**
 * The name of a provisioning domain: the clients of one identity provider (RFC 7643 3.1). Compared as it is written. It has
 * no space, so that keys can join it to other texts with one.
 */
export const ProvisioningDomain = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, { error: 'must be 1 to 255 printable ASCII characters without spaces' });

/** The domain of credentials that have none of their own: keys from the settings, and keys that are older than domains. */
export const DEFAULT_DOMAIN = 'default';

/** Characters of one identifier. */
export const MAX_EXTERNAL_ID = 255;

/** Provisioning domains of one user or group. */
export const MAX_EXTERNAL_IDS = 32;

/** The identifier that one provisioning domain uses for a user or group. */
export const ExternalId = z.strictObject({ domain: ProvisioningDomain, value: z.string().min(1).max(MAX_EXTERNAL_ID) });
export type ExternalId = z.infer<typeof ExternalId>;

/** At most one for each domain. */
export const ExternalIds = z
  .array(ExternalId)
  .max(MAX_EXTERNAL_IDS, { error: `${MAX_EXTERNAL_IDS} provisioning domains have a value already` })
  .refine((ids) => new Set(ids.map(({ domain }) => domain)).size === ids.length, {
    error: 'one provisioning domain may have one value',
  });

/** The identifier that a domain uses. */
export function externalIdOf(ids: readonly ExternalId[], domain: string): string | undefined {
  return ids.find((each) => each.domain === domain)?.value;
}

/** The same identifiers with another one for a domain, or with none for it. Those of other domains stay. */
export function withExternalId(ids: readonly ExternalId[], domain: string, value: string | undefined): ExternalId[] {
  if (value === undefined) return ids.filter((each) => each.domain !== domain);
  return ids.some((each) => each.domain === domain)
    ? ids.map((each) => (each.domain === domain ? { domain, value } : each))
    : [...ids, { domain, value }];
}
