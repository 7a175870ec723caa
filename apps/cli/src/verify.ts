import {
  type ApiError,
  ForbiddenError,
  NotFoundError,
  Stele,
  UnauthorizedError,
  type SteleOptions,
  type V1Error,
} from '@stele/sdk';
import { UsageError } from './exit.ts';

/** No user has this identifier, so a server that knows the key answers 404, or 403 where the key may not read. */
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

/** Finds out whether a directory responds at the URL and knows the key. */
export async function verify(stele: Stele, url: string): Promise<void> {
  const error = await probe(stele);
  if (isKnown(error) && isOurs(error)) return;
  if (error === undefined || isKnown(error)) {
    throw new UsageError(`what responds at ${url} is not a Stele directory`);
  }
  throw error;
}

/** The same, and whether it is the key that makes the difference: another server, or a captive portal, has one response for all. */
export async function proveKey(options: SteleOptions): Promise<void> {
  await verify(new Stele(options), options.url);
  const error = await probe(new Stele({ ...options, token: NO_KEY }));
  if (error instanceof UnauthorizedError && isOurs(error)) return;
  if (error === undefined || error instanceof UnauthorizedError || isKnown(error)) {
    throw new UsageError(`what responds at ${options.url} does not check keys, and is not a Stele directory`);
  }
  throw error;
}
