import { ForbiddenError, NotFoundError, type Stele, type V1Error } from '@stele/sdk';
import { UsageError } from './exit.ts';

/** No user has this identifier, so a server that knows the key answers 404, or 403 where the key may not read. */
const NOBODY = 'usr_00000000000000000000000000';

/** Finds out whether a directory answers at the URL and knows the key. */
export async function verify(stele: Stele, url: string): Promise<void> {
  const error: unknown = await stele.v1.users.get(NOBODY).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  const known = error instanceof NotFoundError || error instanceof ForbiddenError;
  // Any web server has a 404; only the API says it in these words.
  if (known && (error.body as Partial<V1Error> | null)?.error === error.code) return;
  if (error === undefined || known) throw new UsageError(`what answers at ${url} is not a Stele directory`);
  throw error;
}
