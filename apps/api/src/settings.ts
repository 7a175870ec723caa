import proxyAddr from '@fastify/proxy-addr';
import { MAX_BODY, MAX_LARGE_BODY } from '@stele/schemas/contract';
import { v1ApiKeyId, v1TenantId } from '@stele/schemas/v1';
import { z } from 'zod';
import { OAuthIssuers } from './auth/issuer.ts';
import { PASSWORD_MEMORY_KIB } from './directory/password.ts';
import { Limit, LimitOverrides } from './limits/limit.ts';

const origin = z
  .url({ protocol: /^https?$/ })
  .refine((url) => !/[?#]/.test(url), { error: 'must have neither a query nor a fragment' })
  .overwrite((url) => url.replace(/\/+$/, ''));

/** Names separated by commas. */
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);

/** Origins of the Fetch standard, each as a browser writes it. */
const origins = list
  .transform((texts) => texts.map((text) => (text === '*' ? text : originOf(text))))
  .refine((all) => all.every((each) => each !== undefined) && (!all.includes('*') || all.length === 1), {
    error: 'must be * or origins such as https://app.example.com, separated by commas',
  })
  .transform((all) => all.filter((each) => each !== undefined));

function originOf(text: string): string | undefined {
  const url = URL.parse(text);
  return url && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/` ? url.origin : undefined;
}

/** Whether proxies are named as `proxy-addr` reads them. */
function areProxies(names: readonly string[]): boolean {
  try {
    proxyAddr.compile([...names]);
    // A number alone would be read as an IPv4 address; other servers take it for a number of proxies.
    return names.length > 0 && !names.some((name) => /^\d+$/.test(name));
  } catch {
    return false;
  }
}

/** A setting that is JSON. */
const json = <Schema extends z.ZodType>(schema: Schema) =>
  z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue({ code: 'custom', message: 'must be JSON' });
        return z.NEVER;
      }
    })
    .pipe(schema);

/** Ids as v1 spells them, or as they are. */
const byUuid = <Value>(limits: Readonly<Record<string, Value>>, id: typeof v1TenantId): Record<string, Value> =>
  Object.fromEntries(Object.entries(limits).map(([key, limit]) => [id.safeDecode(key).data ?? key, limit]));

const milliseconds = (most: number) => z.coerce.number().int().min(1).max(most);

/** Every setting, by its environment variable. `docs/settings.md` is made from this. */
export const Settings = z
  .object({
    NODE_ENV: z.string().default('development').describe('`production` requires `DATABASE_URL`.'),
    PORT: z.coerce.number().int().min(0).max(65_535).default(3000).describe('The port to listen at. 0 is a free port.'),
    HOST: z.string().min(1).default('127.0.0.1').describe('The address to listen at.'),
    DATABASE_URL: z
      .url({ protocol: /^postgres(?:ql)?$/ })
      .optional()
      .describe('The PostgreSQL (15 to 18) to use. Without it, and outside production, one is started.'),
    STELE_DATA_DIR: z
      .string()
      .min(1)
      .default('.stele')
      .describe('The folder of the started PostgreSQL and of the generated key.'),
    STELE_BOOTSTRAP_KEY: z
      .string()
      .min(32)
      .regex(/^[\w~+/.-]+=*$/, { error: 'may hold letters, digits and - . _ ~ + / only, and = at its end' })
      .optional()
      .describe(
        'An API key with every scope in the default tenant, created at start if it does not exist. Outside production one is generated if this is not set.',
      ),
    STELE_PUBLIC_URL: origin
      .optional()
      .describe(
        'The beginning of `meta.location`, `Location` and other links. If not set, the address that a proxy of `STELE_TRUST_PROXY` reports, else the listening address.',
      ),
    STELE_POOL_SIZE: z.coerce
      .number()
      .int()
      .min(1)
      .max(1000)
      .default(8)
      .describe('The maximum number of connections to the database.'),
    STELE_ACQUIRE_TIMEOUT: milliseconds(60_000)
      .default(2000)
      .describe('Milliseconds that a request waits for a connection. After that it gets 503.'),
    STELE_STATEMENT_TIMEOUT: milliseconds(60_000)
      .default(5000)
      .describe('Milliseconds that one statement may take. After that it is cancelled.'),
    STELE_REQUEST_DEADLINE: milliseconds(300_000)
      .default(7000)
      .describe('Milliseconds that a request may take. After that it gets 503.'),
    STELE_BATCH_DEADLINE: milliseconds(600_000)
      .default(60_000)
      .describe('Milliseconds that a batch or bulk request may take. After that it gets 503.'),
    STELE_MAX_LARGE_BODY: z.coerce
      .number()
      .int()
      .min(MAX_BODY)
      .max(8 * MAX_LARGE_BODY)
      .default(MAX_LARGE_BODY)
      .describe(
        'The maximum number of bytes of the body of a SCIM group write or bulk request. Other bodies may have 1 MiB. All bodies above 1 MiB together may have four times this number of bytes, those of one tenant half of that. Another one gets 503.',
      ),
    STELE_GROUP_COMMIT: z
      .stringbool()
      .default(true)
      .describe('Whether reads and writes of several requests share statements.'),
    STELE_REQUIRE_IF_MATCH: z
      .stringbool()
      .default(false)
      .describe('Whether a write to an existing user without `If-Match` gets 428.'),
    STELE_OAUTH_ISSUERS: json(OAuthIssuers)
      .prefault('[]')
      .describe(
        'The OpenID providers whose access tokens are accepted: a JSON array of `{"issuer", "audience", "tenant" or "tenant_claim", "algorithms", "domain"}`.',
      ),
    STELE_RATE_LIMIT_CREDENTIAL: Limit.prefault('60000/60').describe(
      'Requests of one credential, as `requests/seconds` or `off`.',
    ),
    STELE_RATE_LIMIT_TENANT: Limit.prefault('120000/60').describe('Requests of all credentials of a tenant together.'),
    STELE_RATE_LIMIT_FAILURES: Limit.prefault('600/60').describe(
      'Failed authentications from one address. After that it gets 429. Keys that were valid before still work.',
    ),
    STELE_RATE_LIMIT_OVERRIDES: json(LimitOverrides)
      .transform(({ tenants, credentials }) => ({
        tenants: byUuid(tenants, v1TenantId),
        credentials: byUuid(credentials, v1ApiKeyId),
      }))
      .prefault('{}')
      .describe(
        'Limits of single tenants and credentials, by id: `{"tenants": {"tnt_…": "600/60"}, "credentials": {"key_…": "off"}}`.',
      ),
    REDIS_URL: z
      .url({ protocol: /^rediss?$/ })
      .optional()
      .describe('A Redis or Valkey in which replicas share their rate limits. If not set, each replica has its own.'),
    STELE_TRUST_PROXY: list
      .refine(areProxies, {
        error:
          'must be addresses, networks such as 10.0.0.0/8, or loopback, linklocal and uniquelocal, separated by commas',
      })
      .optional()
      .describe(
        'Addresses or networks of the proxies in front of the server, separated by commas. Only their `X-Forwarded-For`, `X-Forwarded-Proto` and `X-Forwarded-Host` are used.',
      ),
    STELE_CORS_ORIGINS: origins
      .optional()
      .describe(
        'Origins of web pages whose programs may call the API from a browser, separated by commas, such as `https://app.example.com`. `*` allows any origin. If not set, no origin is allowed.',
      ),
    STELE_PASSWORD_MEMORY: z.coerce
      .number()
      .int()
      .min(8)
      .max(1_048_576)
      .default(PASSWORD_MEMORY_KIB)
      .describe(
        `KiB of memory that hashing a password takes, with argon2id in two passes; in production at least ${PASSWORD_MEMORY_KIB}. Passwords that are stored already keep their hashes.`,
      ),
    STELE_EMAIL_VERIFICATION: z
      .enum(['off', 'required'])
      .default('off')
      .describe('Whether an address that v1 writes has to be confirmed by its owner.'),
    SMTP_URL: z
      .url({ protocol: /^smtps?$/ })
      .optional()
      .describe('The mail server for e-mail verification: `smtp://user:password@host:587`.'),
    STELE_EMAIL_FROM: z.string().min(3).default('Stele <stele@localhost>').describe('The header `From` of mails.'),
    STELE_EMAIL_VERIFICATION_URL: z
      .url({ protocol: /^https?$/ })
      .includes('{token}')
      .optional()
      .describe(
        'The URL of a page of yours that sends the token. `{token}` and `{user_id}` in it are replaced. If not set, mails show the token.',
      ),
    STELE_REFERENCE: z
      .stringbool()
      .default(true)
      .describe('Whether `/reference` serves the API reference, a page for browsers.'),
    STELE_LOG_LEVEL: z
      .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
      .default('warn')
      .describe('The least severe messages to log, as JSON lines on standard output.'),
  })
  .refine((settings) => settings.NODE_ENV !== 'production' || settings.DATABASE_URL !== undefined, {
    path: ['DATABASE_URL'],
    error: 'is required in production',
  })
  .refine((settings) => settings.NODE_ENV !== 'production' || settings.STELE_PASSWORD_MEMORY >= PASSWORD_MEMORY_KIB, {
    path: ['STELE_PASSWORD_MEMORY'],
    error: `must be at least ${PASSWORD_MEMORY_KIB} in production`,
  })
  .refine((settings) => settings.STELE_EMAIL_VERIFICATION === 'off' || settings.SMTP_URL !== undefined, {
    path: ['SMTP_URL'],
    error: 'is required to verify e-mail addresses',
  });
export type Settings = z.output<typeof Settings>;

/** Everything that is wrong with the settings, by name; values may be secrets and are not said. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** Reads the settings. A variable that is set to nothing is not set. */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const known = Object.keys(Settings.shape);
  const set = Object.fromEntries(Object.entries(environment).filter(([name, value]) => known.includes(name) && value));
  const result = Settings.safeParse(set);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `  ${issue.path.join('.')} ${problemOf(issue.message)}`);
  throw new SettingsError(
    problems.length === 1
      ? `This setting is wrong: ${problems[0]!.trim()}`
      : ['These settings are wrong:', ...problems].join('\n'),
  );
}

/** zod's own messages start with "Invalid" or "Too small"; they name rules, never values. */
const problemOf = (message: string): string => message.replace(/^(Invalid|Too)/, (word) => `is ${word.toLowerCase()}`);
