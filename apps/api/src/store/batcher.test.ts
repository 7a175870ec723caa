import { DirectoryError } from '@stele/schemas/canonical';
import { describe, expect, it } from 'vitest';
import { Batcher, type BatcherOptions } from './batcher.ts';

/** A batch under way, which the test ends when it likes. */
interface Call {
  readonly items: string;
  readonly resolve: (results: string[]) => void;
  readonly reject: (error: unknown) => void;
}

const never = Number.POSITIVE_INFINITY;

/** Lets everything that is ready run, what it makes ready too. */
async function idle(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** A batcher whose batches are under way until the test ends them; an item's result is the item in capitals. */
function held(options: Partial<BatcherOptions<string, string>> = {}) {
  const calls: Call[] = [];
  const batcher = new Batcher<string, string>({
    lanes: 1,
    size: 64,
    capacity: 1000,
    run: (items) => {
      const { promise, resolve, reject } = Promise.withResolvers<string[]>();
      calls.push({ items: items.join(''), resolve, reject });
      return promise;
    },
    ...options,
  });
  const underWay = (items: string): Call => {
    const call = calls.findLast((each) => each.items === items);
    if (!call) throw new Error(`${items} is not under way, but ${calls.map((each) => each.items).join()}`);
    return call;
  };
  const submit = (item: string, deadline = never) => batcher.submit(item, deadline);
  return {
    submit,
    /** Submits letters, one after the other, and lets begin what can. */
    begin: async (items: string): Promise<Promise<string>[]> => {
      const results = [];
      for (const item of items) {
        results.push(submit(item));
        await idle();
      }
      return results;
    },
    /** The items of each batch so far, run together. */
    batches: () => calls.map(({ items }) => items),
    answer: async (items: string): Promise<void> => {
      underWay(items).resolve(items.toUpperCase().split(''));
      await idle();
    },
    fail: async (items: string, error: unknown = new Error(`${items} failed`)): Promise<void> => {
      underWay(items).reject(error);
      await idle();
    },
  };
}

/** Results, and errors in the place of results. */
const settled = async (promises: readonly Promise<string>[]) =>
  (await Promise.allSettled(promises)).map((result) =>
    result.status === 'fulfilled' ? result.value : (result.reason as unknown),
  );

const overloaded = expect.objectContaining({ code: 'unavailable', details: { retryAfter: 1 } });

describe('Batcher', () => {
  it('begins a lone item without waiting for others', async () => {
    const { begin, batches, answer } = held();
    const [result] = await begin('a');
    expect(batches()).toEqual(['a']);
    await answer('a');
    expect(await result).toBe('A');
  });

  it('lets what arrives while a batch is under way share the next one, each with its own result', async () => {
    const { begin, batches, answer } = held();
    const results = settled(await begin('abcd'));
    expect(batches()).toEqual(['a']);
    await answer('a');
    expect(batches()).toEqual(['a', 'bcd']);
    await answer('bcd');
    expect(await results).toEqual(['A', 'B', 'C', 'D']);
  });

  it('begins the next one alone again once nothing is left', async () => {
    const { begin, batches, answer } = held();
    for (const item of 'abc') {
      const [result] = await begin(item);
      await answer(item);
      expect(await result).toBe(item.toUpperCase());
    }
    expect(batches()).toEqual(['a', 'b', 'c']);
  });

  it('has as many batches under way as there are lanes', async () => {
    const { begin, batches, answer } = held({ lanes: 2 });
    const results = settled(await begin('abcde'));
    expect(batches()).toEqual(['a', 'b']);
    await answer('b');
    expect(batches()).toEqual(['a', 'b', 'cde']);
    await answer('a');
    await answer('cde');
    expect(await results).toEqual(['A', 'B', 'C', 'D', 'E']);
  });

  it('keeps everything apart when lanes have no end and a batch is of one', async () => {
    const { submit, batches } = held({ lanes: Number.POSITIVE_INFINITY, size: 1 });
    for (const item of 'abc') void submit(item);
    await idle();
    expect(batches()).toEqual(['a', 'b', 'c']);
  });

  it('takes no more than its size at once, the oldest first', async () => {
    const { begin, batches, answer } = held({ size: 3 });
    const results = settled(await begin('abcdefgh'));
    for (const items of ['a', 'bcd', 'efg', 'h']) await answer(items);
    expect(batches()).toEqual(['a', 'bcd', 'efg', 'h']);
    expect(await results).toEqual(['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H']);
  });

  it('takes no more than its size of what arrives together when nothing is under way', async () => {
    const { submit, batches } = held({ size: 2, lanes: Number.POSITIVE_INFINITY });
    for (const item of 'abcde') void submit(item);
    await idle();
    expect(batches().join('')).toBe('abcde');
    for (const items of batches()) expect(items.length).toBeLessThanOrEqual(2);
  });

  describe('with keys', () => {
    const keyOf = (item: string) => item.toLowerCase();

    it('never puts a key into one batch twice', async () => {
      const { begin, batches, answer } = held({ keyOf });
      const results = settled(await begin('xaAbB'));
      for (const items of ['x', 'ab', 'AB']) await answer(items);
      expect(batches()).toEqual(['x', 'ab', 'AB']);
      expect(await results).toEqual(['X', 'A', 'A', 'B', 'B']);
    });

    it('nor when its items arrive together and nothing is under way', async () => {
      const { submit, batches } = held({ keyOf, lanes: 2 });
      for (const item of 'aAa') void submit(item);
      await idle();
      expect(batches()).toEqual(['a']);
    });

    it('never has a key under way on two lanes, and lets others go by in the meantime', async () => {
      const { begin, batches, answer } = held({ lanes: 2, keyOf });
      const results = settled(await begin('aAb'));
      expect(batches()).toEqual(['a', 'b']);
      await answer('b');
      expect(batches()).toEqual(['a', 'b']);
      await answer('a');
      expect(batches()).toEqual(['a', 'b', 'A']);
      await answer('A');
      expect(await results).toEqual(['A', 'A', 'B']);
    });

    it('keeps the order of one key', async () => {
      const { begin, batches, answer } = held({ lanes: 2, keyOf: () => 'one' });
      void (await begin('abcd'));
      for (const item of 'abcd') await answer(item);
      expect(batches()).toEqual(['a', 'b', 'c', 'd']);
    });

    it('frees a key also when its batch fails', async () => {
      const { begin, batches, answer, fail } = held({ keyOf });
      const results = settled(await begin('aA'));
      const error = new Error('no');
      await fail('a', error);
      expect(batches()).toEqual(['a', 'A']);
      await answer('A');
      expect(await results).toEqual([error, 'A']);
    });
  });

  describe('when a batch fails', () => {
    it('does each item alone, and gives each its own end', async () => {
      const { begin, batches, answer, fail } = held();
      const results = settled(await begin('xabc'));
      await answer('x');
      await fail('abc');
      await answer('a');
      const conflict = new DirectoryError('conflict', 'b is taken');
      await fail('b', conflict);
      await answer('c');
      expect(await results).toEqual(['X', 'A', conflict, 'C']);
      expect(batches().toSorted()).toEqual(['a', 'abc', 'b', 'c', 'x']);
    });

    it('keeps its lane and its keys until the last of them is done', async () => {
      const { begin, batches, answer, fail } = held({ keyOf: (item) => item.toLowerCase() });
      const results = settled([...(await begin('xab')), ...(await begin('B'))]);
      await answer('x');
      await fail('ab');
      await answer('a');
      expect(batches()).not.toContain('B');
      await answer('b');
      expect(batches().at(-1)).toBe('B');
      await answer('B');
      expect(await results).toEqual(['X', 'A', 'B', 'B']);
    });

    it('does not do a lone item again', async () => {
      const { begin, batches, fail } = held();
      const results = settled(await begin('a'));
      const error = new Error('no');
      await fail('a', error);
      expect(await results).toEqual([error]);
      expect(batches()).toEqual(['a']);
    });

    it('does nothing again when the database did not answer: it may have been written', async () => {
      const { begin, batches, answer, fail } = held();
      const results = settled(await begin('xab'));
      await answer('x');
      const error = new DirectoryError('unavailable', 'gone', { uncertain: true });
      await fail('ab', error);
      expect(await results).toEqual(['X', error, error]);
      expect(batches()).toEqual(['x', 'ab']);
    });

    it('leaves no item hanging when the database goes away while they are done alone', async () => {
      const { begin, answer, fail } = held();
      const results = settled(await begin('xab'));
      await answer('x');
      await fail('ab');
      const gone = new DirectoryError('unavailable', 'gone', { uncertain: true });
      await fail('a', gone);
      await fail('b', gone);
      expect(await results).toEqual(['X', gone, gone]);
    });

    it('goes on with what waits', async () => {
      const { begin, answer, fail } = held();
      const results = settled(await begin('ab'));
      const gone = new DirectoryError('unavailable', 'gone', { uncertain: true });
      await fail('a', gone);
      await answer('b');
      expect(await results).toEqual([gone, 'B']);
    });
  });

  describe('a deadline', () => {
    it('that has passed when a lane is free: the item is refused and never begun', async () => {
      const { begin, submit, batches, answer } = held();
      void (await begin('a'));
      const late = settled([submit('b', performance.now())]);
      const [inTime] = await begin('c');
      await answer('a');
      expect(await late).toEqual([overloaded]);
      expect(batches()).toEqual(['a', 'c']);
      await answer('c');
      expect(await inTime).toBe('C');
    });

    it('that passes while a batch is under way does not touch its items', async () => {
      const { submit, batches, answer } = held();
      const deadline = performance.now() + 50;
      const result = submit('a', deadline);
      await idle();
      expect(batches()).toEqual(['a']);
      while (performance.now() <= deadline) await idle();
      await answer('a');
      expect(await result).toBe('A');
    });

    it('that has passed from the start takes no lane', async () => {
      const { submit, begin, batches } = held();
      expect(await settled([submit('a', performance.now() - 1)])).toEqual([overloaded]);
      void (await begin('b'));
      expect(batches()).toEqual(['b']);
    });
  });

  it('refuses what comes when as many wait as may, and takes more once they are gone', async () => {
    const { begin, submit, batches, answer } = held({ capacity: 2 });
    const results = settled(await begin('abc'));
    await expect(submit('d')).rejects.toEqual(overloaded);
    await answer('a');
    const [taken] = await begin('e');
    expect(batches()).toEqual(['a', 'bc']);
    await answer('bc');
    expect(await results).toEqual(['A', 'B', 'C']);
    await answer('e');
    expect(await taken).toBe('E');
  });

  it('rejects, and goes on, when a batch cannot even be begun', async () => {
    let first = true;
    const batcher = new Batcher<string, string>({
      lanes: 1,
      size: 2,
      capacity: 2,
      run(items) {
        if (!first) return Promise.resolve(items);
        first = false;
        throw new Error('at once');
      },
    });
    await expect(batcher.submit('a', never)).rejects.toThrow('at once');
    expect(await batcher.submit('b', never)).toBe('b');
  });
});
