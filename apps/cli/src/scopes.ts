import {
  ForbiddenError,
  NotFoundError,
  type ApiError,
  type Stele,
  type SteleRequest,
  UnauthorizedError,
} from '@stele/sdk';
import { NO_USER } from './check-connection.ts';

/** A request for each scope that changes nothing, and that 403 rejects where the key does not have the scope. */
const probes: Readonly<Record<string, SteleRequest>> = {
  read: { method: 'GET', path: `/v1/users/${NO_USER}` },
  write: { method: 'PATCH', path: `/v1/users/${NO_USER}`, body: {} },
  admin: { method: 'GET', path: '/v1/api-keys?per_page=1' },
  operator: { method: 'GET', path: '/v1/tenants?per_page=1' },
};

const isAllowed = (stele: Stele, request: SteleRequest): Promise<boolean> =>
  stele.request(request).then(
    () => true,
    (error: unknown) => {
      if (error instanceof ForbiddenError) return false;
      const { status } = error as Partial<ApiError>;
      if (error instanceof UnauthorizedError || status === undefined || status >= 429) throw error;
      return error instanceof NotFoundError || status < 500;
    },
  );

/** The scopes that a key has, as the server enforces them. */
export async function scopesOf(stele: Stele): Promise<string[]> {
  const names = Object.keys(probes);
  const allowed = await Promise.all(names.map((name) => isAllowed(stele, probes[name]!)));
  return names.filter((_, index) => allowed[index]);
}

/** `key_...` of a key that the directory issued: its id is a part of it. */
export async function keyIdOf(token: string): Promise<string | undefined> {
  const [, ...parts] = /^stele_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})/.exec(token) ?? [];
  if (parts.length === 0) return undefined;
  return (await import('@stele/schemas/v1')).encodeApiKeyId(parts.join('-'));
}
