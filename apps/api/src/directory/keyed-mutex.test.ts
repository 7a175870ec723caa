import { describe, expect, it } from 'vitest';
import { Turns } from './keyed-mutex.ts';

const never = Number.POSITIVE_INFINITY;

const idle = () => new Promise((resolve) => setImmediate(resolve));

/** Work that is under way until the test ends it, and a note of what began when. */
function works() {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const work = (name: string) => () => {
    begun.push(name);
    const { promise, resolve } = Promise.withResolvers<string>();
    ends.set(name, () => resolve(name));
    return promise;
  };
  const end = async (name: string) => {
    ends.get(name)!();
    await idle();
  };
  return { begun, work, end };
}

describe('Turns', () => {
  it('begins at once when nobody has a turn', () => {
    const { begun, work } = works();
    void new Turns().take('key', never, work('a'));
    expect(begun).toEqual(['a']);
  });

  it('lets work on one thing go one after the other, in the order in which it came', async () => {
    const turns = new Turns();
    const { begun, work, end } = works();
    const results = ['a', 'b', 'c'].map((name) => turns.take('key', never, work(name)));
    await idle();
    expect(begun).toEqual(['a']);
    await end('a');
    expect(begun).toEqual(['a', 'b']);
    await end('b');
    await end('c');
    expect(await Promise.all(results)).toEqual(['a', 'b', 'c']);
  });

  it('lets work on another thing go by', () => {
    const turns = new Turns();
    const { begun, work } = works();
    void turns.take('key', never, work('a'));
    void turns.take('other', never, work('b'));
    expect(begun).toEqual(['a', 'b']);
  });

  it('gives the next turn also after a failure, which stays with its own work', async () => {
    const turns = new Turns();
    const failing = turns.take('key', never, () => Promise.reject(new Error('no')));
    const next = turns.take('key', never, () => Promise.resolve('next'));
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe('next');
  });

  it('gives no turn after the deadline, and the turn goes on to the next', async () => {
    const turns = new Turns();
    const { begun, work, end } = works();
    void turns.take('key', never, work('a'));
    const late = turns.take('key', performance.now(), work('b')).catch((error: unknown) => error);
    const next = turns.take('key', never, work('c'));
    await end('a');
    expect(await late).toMatchObject({ code: 'unavailable', details: { retryAfter: 1 } });
    await end('c');
    expect(await next).toBe('c');
    expect(begun).toEqual(['a', 'c']);
  });

  it('does not let whoever gives up overtake the work before it', async () => {
    const turns = new Turns();
    const { begun, work, end } = works();
    void turns.take('key', never, work('a'));
    const late = turns.take('key', performance.now(), work('b')).catch(() => undefined);
    void turns.take('key', never, work('c'));
    await idle();
    expect(begun).toEqual(['a']);
    await end('a');
    await late;
    expect(begun).toEqual(['a', 'c']);
  });

  it('begins at once again when all are done', async () => {
    const turns = new Turns();
    const { begun, work, end } = works();
    const first = turns.take('key', never, work('a'));
    await end('a');
    await first;
    void turns.take('key', performance.now(), work('b'));
    expect(begun).toEqual(['a', 'b']);
  });
});
