import {
  type ApiError,
  ForbiddenError,
  NotFoundError,
  Stele,
  UnauthorizedError,
  type SteleOptions,
  type V1Error,
} from '@stele/sdk';
import { UsageError } from './errors.ts';

/** No user has this id: a server that accepts the key responds with 404, or with 403 if the key may not read. */
export const NO_USER = 'usr_00000000000000000000000000';

/** No server has this key. */
const NO_KEY = 'stele_no-server-has-this-key';

/** Any web server has a 404; only the API reports it in this form. */
const isOurs = (error: ApiError): boolean => (error.body as Partial<V1Error> | null)?.error === error.code;

const isKnown = (error: unknown): error is ApiError =>
  error instanceof NotFoundError || error instanceof ForbiddenError;

const probe = (stele: Stele): Promise<unknown> =>
  stele.v1.users.get(NO_USER).then(
    () => undefined,
    (error: unknown) => error,
  );

/** Throws unless a Stele directory responds at the URL and accepts the key. */
export async function checkConnection(stele: Stele, url: string): Promise<void> {
  const error = await probe(stele);
  if (isKnown(error) && isOurs(error)) return;
  if (error === undefined || isKnown(error)) {
    throw new UsageError(`what responds at ${url} is not a Stele directory`);
  }
  throw error;
}

/** The same, and the server must reject a wrong key: another server, or a captive portal, responds to every key alike. */
export async function checkKey(options: SteleOptions): Promise<void> {
  await checkConnection(new Stele(options), options.url);
  const error = await probe(new Stele({ ...options, token: NO_KEY }));
  if (error instanceof UnauthorizedError && isOurs(error)) return;
  if (error === undefined || error instanceof UnauthorizedError || isKnown(error)) {
    throw new UsageError(`what responds at ${options.url} does not check keys, and is not a Stele directory`);
  }
  throw error;
}
