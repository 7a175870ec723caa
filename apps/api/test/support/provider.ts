import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, importJWK, type JWK, type JWTPayload, SignJWT } from 'jose';
import { type Adapter, type AsymmetricSigningAlgorithm, Provider } from 'oidc-provider';

/** What the tokens of the tests are for. */
export const AUDIENCE = 'https://stele.example/directory';

const SCOPES = 'read write admin operator audit';

const CLIENT = { client_id: 'mover', client_secret: 'secret-of-the-client-that-moves-users' };

/** Seconds for which a token is valid. */
const LIFETIME = 600;

const algorithms: readonly AsymmetricSigningAlgorithm[] = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

/** A private key. */
export type SigningKey = JWK & { readonly kid: string };

/** A new key for an algorithm, and for those that use the same keys. */
export async function createSigningKey(algorithm: AsymmetricSigningAlgorithm, kid: string): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true });
  return { ...(await exportJWK(privateKey)), kid, use: 'sig' };
}

/** What the provider publishes of a key. */
export function publicPart({ d: _d, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, ...key }: SigningKey): JWK {
  return key;
}

interface Signed {
  readonly algorithm: AsymmetricSigningAlgorithm;
  readonly key: SigningKey;
}

/** Signs what the provider itself would not, with whatever key. */
export async function signToken(
  { algorithm, key }: Signed,
  claims: JWTPayload,
  header: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const protectedHeader = { alg: algorithm, kid: key.kid, typ: 'at+jwt', ...header };
  return new SignJWT(claims).setProtectedHeader(protectedHeader).sign(await importJWK(key, algorithm));
}

/** Answers in place of the provider: true when it did. */
export type Intercept = (request: IncomingMessage, response: ServerResponse) => boolean;

interface TokenRequest {
  readonly scope?: string;
  readonly audience?: string;
  /** That the provider adds. */
  readonly claims?: JWTPayload;
}

/** An OpenID provider on loopback. */
export interface TestProvider {
  readonly issuer: string;
  /** The paths at which it was asked for something other than a token. */
  readonly requests: readonly string[];
  intercept: Intercept | undefined;
  /** A token from its token endpoint, as every client gets one. */
  token(request?: TokenRequest): Promise<string>;
  /** The claims of a token that is valid now, with others besides. Undefined leaves one out. */
  claims(others?: Readonly<Record<string, unknown>>): JWTPayload;
  /** From now on these keys. The first signs, and is for RS256. */
  publish(...keys: readonly SigningKey[]): void;
  /** Stops listening, and hangs up. */
  stop(): Promise<void>;
  /** Listens again where it did. */
  resume(): Promise<void>;
}

/** Starts a provider whose first key signs its tokens, with RS256. */
export async function startProvider(
  keys: readonly SigningKey[],
  issuerOf: (url: string) => string = (url) => url,
): Promise<TestProvider> {
  const requests: string[] = [];
  let answer: (request: IncomingMessage, response: ServerResponse) => unknown;
  const server = createServer((request, response) => {
    if (request.url !== '/token') requests.push(request.url ?? '');
    if (!provider.intercept?.(request, response)) answer(request, response);
  });
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const issuer = issuerOf(url);
  let added: JWTPayload | undefined;

  const provider: TestProvider = {
    issuer,
    requests,
    intercept: undefined,
    async token({ scope = 'read', audience = AUDIENCE, claims } = {}) {
      added = claims;
      const response = await fetch(`${url}/token`, {
        method: 'POST',
        body: new URLSearchParams({ ...CLIENT, grant_type: 'client_credentials', scope, resource: audience }),
      });
      const body = (await response.json()) as { access_token?: string };
      if (body.access_token === undefined) throw new Error(`There is no token: ${JSON.stringify(body)}`);
      return body.access_token;
    },
    claims(others) {
      const now = Math.floor(Date.now() / 1000);
      const own = { iss: issuer, aud: AUDIENCE, sub: 'mover', iat: now, exp: now + LIFETIME, scope: 'read' };
      return { ...own, ...others };
    },
    publish(...published) {
      answer = createProvider(issuer, published, () => added).callback();
    },
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
    resume: () => listen(port),
  };
  provider.publish(...keys);
  return provider;
}

function createProvider(issuer: string, keys: readonly SigningKey[], added: () => JWTPayload | undefined): Provider {
  return new Provider(issuer, {
    adapter: () => nothing,
    jwks: { keys },
    enabledJWA: { idTokenSigningAlgValues: algorithms },
    clients: [
      {
        ...CLIENT,
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    extraTokenClaims: () => added(),
    ttl: { ClientCredentials: LIFETIME },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_context, audience) => ({
          audience,
          scope: SCOPES,
          accessTokenFormat: 'jwt',
        }),
      },
    },
  });
}

/** Tokens that are JWTs need not be kept. */
const nothing: Adapter = {
  upsert: async () => {},
  find: async () => {},
  findByUserCode: async () => {},
  findByUid: async () => {},
  consume: async () => {},
  destroy: async () => {},
  revokeByGrantId: async () => {},
};
