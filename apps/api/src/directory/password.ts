import { hash, verify } from '@node-rs/argon2';

/** OWASP's recommendation for argon2id, the library's default: 19 MiB, two passes, one lane. Runs on the thread pool. */
const options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** The PHC string that is stored in place of a password. */
export function hashPassword(password: string): Promise<string> {
  return hash(password, options);
}

/** Whether a stored hash is that of this password. */
export async function isPassword(hashed: string | undefined, password: string): Promise<boolean> {
  return hashed !== undefined && (await verify(hashed, password));
}
