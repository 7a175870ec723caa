import { z } from 'zod';

const origin = z
  .url({ protocol: /^https?$/ })
  .refine((url) => !/[?#]/.test(url), { error: 'must have neither a query nor a fragment' })
  .overwrite((url) => url.replace(/\/+$/, ''));

/** Every setting, by its environment variable. `docs/settings.md` is made from this. */
export const Settings = z
  .object({
    NODE_ENV: z.string().default('development').describe('`production` asks for `DATABASE_URL`.'),
    PORT: z.coerce.number().int().min(0).max(65_535).default(3000).describe('Where to listen; 0 takes a free port.'),
    HOST: z.string().min(1).default('127.0.0.1').describe('The address to listen at.'),
    DATABASE_URL: z
      .url({ protocol: /^postgres(?:ql)?$/ })
      .optional()
      .describe('The PostgreSQL (15 to 18) to use. Without it, and outside production, one is started.'),
    STELE_DATA_DIR: z
      .string()
      .min(1)
      .default('.stele')
      .describe('Where the started PostgreSQL and the generated key are kept.'),
    STELE_BOOTSTRAP_KEY: z
      .string()
      .min(32)
      .regex(/^[\w~+/.-]+=*$/, { error: 'may hold letters, digits and - . _ ~ + / only, and = at its end' })
      .optional()
      .describe(
        'An API key with every scope in the default tenant, made at start if it does not exist. Outside production one is generated when this is not set.',
      ),
    STELE_PUBLIC_URL: origin
      .optional()
      .describe('What `meta.location` and `Location` begin with; the listening address unless set.'),
    STELE_POOL_SIZE: z.coerce
      .number()
      .int()
      .min(1)
      .max(1000)
      .default(8)
      .describe('Connections to the database at most.'),
    STELE_ACQUIRE_TIMEOUT: z.coerce
      .number()
      .int()
      .min(1)
      .max(60_000)
      .default(2000)
      .describe('Milliseconds that a request waits for a connection before it is answered with 503.'),
    STELE_STATEMENT_TIMEOUT: z.coerce
      .number()
      .int()
      .min(1)
      .max(60_000)
      .default(5000)
      .describe('Milliseconds that one statement may take before it is given up.'),
    STELE_REQUEST_DEADLINE: z.coerce
      .number()
      .int()
      .min(1)
      .max(300_000)
      .default(7000)
      .describe('Milliseconds after which a request that has no answer yet is answered with 503.'),
    STELE_GROUP_COMMIT: z
      .stringbool()
      .default(true)
      .describe('Whether reads and writes that arrive together share statements.'),
    STELE_REQUIRE_IF_MATCH: z
      .stringbool()
      .default(false)
      .describe('Whether a write to an existing user without `If-Match` is refused with 428.'),
    STELE_LOG_LEVEL: z
      .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
      .default('warn')
      .describe('The least severe messages to log, as JSON lines on standard output.'),
  })
  .refine((settings) => settings.NODE_ENV !== 'production' || settings.DATABASE_URL !== undefined, {
    path: ['DATABASE_URL'],
    error: 'is required in production',
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
  throw new SettingsError(['These settings are wrong:', ...problems].join('\n'));
}

/** zod's own messages start with "Invalid" or "Too small"; they name rules, never values. */
const problemOf = (message: string): string => message.replace(/^(Invalid|Too)/, (word) => `is ${word.toLowerCase()}`);
