import { hash, verify } from '@node-rs/argon2';
import pLimit from 'p-limit';

/** OWASP's recommendation for argon2id: 19 MiB with two passes and one lane. In KiB. */
export const PASSWORD_MEMORY_KIB = 19_456;

/** Threads of the pool (libuv's default), and those that hashing leaves to others: new connections need them too. */
const THREADS = Number(process.env['UV_THREADPOOL_SIZE'] ?? 4);
const LEFT = 2;

const inTurn = pLimit(Math.max(1, THREADS - LEFT));

/** The PHC string that is stored in place of a password. Hashing runs on the thread pool. */
export function hashPassword(password: string, memoryKib: number): Promise<string> {
  return inTurn(() => hash(password, { memoryCost: memoryKib, timeCost: 2, parallelism: 1 }));
}

/** Whether a stored hash is that of this password. */
export async function isPassword(hashed: string | undefined, password: string): Promise<boolean> {
  return hashed !== undefined && (await inTurn(() => verify(hashed, password)));
}
