import { Stele, type SteleOptions } from '@stele/sdk';
import { keyIdOf, scopesOf } from './scopes.ts';
import { checkConnection } from './check-connection.ts';

/** The key as the directory shows it. Its name and expiry need the scope `admin`. */
export async function identify({ token, ...rest }: SteleOptions): Promise<object> {
  const stele = new Stele({ token, ...rest });
  await checkConnection(stele, rest.url);
  const [scopes, id] = await Promise.all([scopesOf(stele), keyIdOf(token)]);
  const known = id !== undefined && scopes.includes('admin') ? await stele.v1.apiKeys.get(id) : { id, scopes };
  const { id: key = null, ...details } = known as { id?: string };
  return { key, ...details };
}
