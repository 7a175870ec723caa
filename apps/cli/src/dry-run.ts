import { SteleError, type SteleOptions } from '@stele/sdk';
import { pretty } from './print.ts';

/** Fields whose values are not printed. */
const SECRETS = new Set(['password', 'token']);

/** A request that changes something, in place of which it is printed. */
export class DryRun extends SteleError {
  readonly request: string;

  constructor(method: string, path: string, body: unknown) {
    super('nothing was sent');
    this.request = `${method} ${path}\n${bodyText(body)}`;
  }
}

function bodyText(body: unknown): string {
  if (body === undefined) return '';
  if (typeof body !== 'string') return '(not text)\n';
  try {
    return pretty(JSON.parse(body, (name, value: unknown) => (SECRETS.has(name) ? '***' : value)));
  } catch {
    return '(not JSON)\n';
  }
}

/** A change of one resource, which the server can preview. */
const isPreviewable = (method: string, path: string): boolean =>
  method === 'PATCH' && /\/(?:users?|groups?|profiles?)\/[^/]+$/i.test(path.split('?', 1)[0]!);

/** Options of a client that writes nothing: the server previews a PATCH of one user, and what else would be sent is printed. */
export function dry(options: SteleOptions): SteleOptions {
  const send = options.fetch ?? globalThis.fetch;
  const fetch: NonNullable<SteleOptions['fetch']> = (url, init) => {
    const { method, body } = init;
    const path = url.slice(options.url.replace(/\/+$/, '').length);
    if (/^(?:GET|HEAD)$/.test(method) || path === '/audit_events/query') return send(url, init);
    if (!isPreviewable(method, path)) throw new DryRun(method, path, body);
    init.headers.set('Prefer', 'return=preview');
    init.headers.delete('Idempotency-Key');
    return send(url, init);
  };
  return { ...options, fetch };
}
