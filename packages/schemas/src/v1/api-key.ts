import { z } from 'zod';
import { type ApiKey, type ApiKeyDraft, CompatibilityProfile, type IssuedApiKey } from '../canonical/api-key.ts';
import { ProvisioningDomain } from '../canonical/external-id.ts';
import { isEncodable } from '../canonical/instant.ts';
import { scopes, toScopeSet } from '../canonical/scope.ts';
import { encodeApiKeyId, encodeTenantId } from './identifier.ts';
import { pageOf } from './page.ts';
import { seconds, time } from './time.ts';

/** Seconds for which a key that is replaced goes on to be valid: unless it is said, and at most. */
const OVERLAP = 86_400;
const LONGEST_OVERLAP = 30 * 86_400;

const fields = {
  name: z.string().min(1).max(255).meta({ description: 'What it is for.', example: 'nightly sync' }),
  scopes: z
    .array(z.enum(scopes))
    .min(1)
    .meta({
      description:
        'A set: order and repetition do not count. `write` includes `read`, `admin` includes both; `operator` makes tenants. A caller cannot grant a scope that it does not have.',
      example: ['write'],
    }),
  profile: CompatibilityProfile.meta({
    description:
      'How SCIM treats this client: `default` is the RFC and what identity providers really send, `strict` the RFC alone.',
    example: 'default',
  }),
  domain: ProvisioningDomain.meta({
    description:
      'The provisioning domain (RFC 7643 3.1): whose SCIM `externalId` the key finds, shows and writes. Keys of one identity provider share it.',
    example: 'okta',
  }),
};

export const V1ApiKey = z
  .strictObject({
    id: z.string().meta({
      description: 'The identifier, which is no secret.',
      example: 'key_01hzxrphnke7jrvvzhvhsvq5bm',
      readOnly: true,
    }),
    tenant_id: z.string().meta({
      description: 'Whose users it opens.',
      example: 'tnt_01hzxrphnke7jrvvzhvhsvq5bm',
      readOnly: true,
    }),
    ...fields,
    created_at: time('When it was made.', '2023-01-01T12:00:00Z').meta({ readOnly: true }),
    expires_at: time('When it stops opening anything; `null` for never.', '2024-01-01T12:00:00Z').nullable(),
    last_used_at: time('When it was last used, to the minute or so; `null` for never.', '2023-01-01T13:00:00Z')
      .nullable()
      .meta({ readOnly: true }),
    previous_secrets: z.array(z.strictObject({ expires_at: time('When it ends.', '2023-01-02T12:00:00Z') })).meta({
      description: 'Secrets from before rotations that are still valid, the first to end first. At most 3.',
      example: [{ expires_at: '2023-01-02T12:00:00Z' }],
      readOnly: true,
    }),
  })
  .meta({ id: 'V1ApiKey', description: 'An API key, without what opens.' });

export const V1IssuedApiKey = V1ApiKey.extend({
  key: z.string().exactOptional().meta({
    description:
      'The secret to send as `Authorization: Bearer`. It is shown once: a response that is replayed for an `Idempotency-Key` does not have it.',
    example: 'stele_01979f2e3b7c7d109f6a6f3f2a9d1c557sTeLeKeYsAreMadeOf256BitsAndThisIsNoneOfIt1di6UE',
  }),
}).meta({ id: 'V1IssuedApiKey', description: 'An API key that was just made.' });

export const V1ApiKeyDraft = z
  .strictObject({
    name: fields.name,
    scopes: fields.scopes.overwrite(toScopeSet),
    profile: fields.profile.exactOptional(),
    domain: fields.domain.exactOptional().meta({
      description:
        'The provisioning domain (RFC 7643 3.1): whose SCIM `externalId` the key finds, shows and writes. Default: the id of the key. Keys of one identity provider should have the same one.',
      example: 'okta',
    }),
    expires_at: z.iso
      .datetime({ offset: true })
      .refine((text) => Date.parse(text) > Date.now(), { error: 'must be in the future' })
      .refine((text) => isEncodable(Date.parse(text)), { error: 'must be before the year 10000 in UTC' })
      .nullable()
      .exactOptional()
      .meta({
        description: 'When it is to stop opening anything: a time in the future. Default: never.',
        example: '2099-01-01T12:00:00Z',
      }),
  })
  .meta({ id: 'V1ApiKeyDraft', description: 'An API key to make.' });
export type V1ApiKeyDraft = z.infer<typeof V1ApiKeyDraft>;

export const V1ApiKeyPatch = z
  .strictObject({ domain: fields.domain })
  .meta({ id: 'V1ApiKeyPatch', description: 'What to change in an API key.' });
export type V1ApiKeyPatch = z.infer<typeof V1ApiKeyPatch>;

export const V1Rotation = z
  .strictObject({
    overlap_seconds: z
      .int()
      .min(0)
      .max(LONGEST_OVERLAP)
      .exactOptional()
      .meta({
        description: `Seconds for which the previous secret stays valid. Default ${OVERLAP}: a day. The end of secrets before that does not change.`,
        example: OVERLAP,
      }),
  })
  .meta({ id: 'V1Rotation', description: 'How a key is replaced.' });
export type V1Rotation = z.infer<typeof V1Rotation>;

export const V1ApiKeyPage = pageOf('V1ApiKeyPage', V1ApiKey);

export function encodeV1ApiKey(key: ApiKey): z.infer<typeof V1ApiKey> {
  return {
    id: encodeApiKeyId(key.id),
    tenant_id: encodeTenantId(key.tenantId),
    name: key.name,
    scopes: toScopeSet(key.scopes),
    profile: key.profile,
    domain: key.domain,
    created_at: seconds(key.createdAt),
    expires_at: key.expiresAt ? seconds(key.expiresAt) : null,
    last_used_at: key.lastUsedAt ? seconds(key.lastUsedAt) : null,
    previous_secrets: key.previousEnds.map((end) => ({ expires_at: seconds(end) })),
  };
}

export function encodeV1IssuedApiKey({ apiKey, secret }: IssuedApiKey): z.infer<typeof V1IssuedApiKey> {
  return { ...encodeV1ApiKey(apiKey), key: secret };
}

export function draftV1ApiKey({ expires_at, profile = 'default', domain, ...draft }: V1ApiKeyDraft): ApiKeyDraft {
  return {
    ...draft,
    profile,
    domainOf: (id) => domain ?? encodeApiKeyId(id),
    ...(expires_at != null && { expiresAt: new Date(expires_at) }),
  };
}

/** Milliseconds of overlap that a rotation asks for. */
export function overlapOf({ overlap_seconds = OVERLAP }: V1Rotation): number {
  return overlap_seconds * 1000;
}
