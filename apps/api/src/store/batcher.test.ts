import { DirectoryError } from '@stele/schemas/canonical';
import { describe, expect, it } from 'vitest';
import { Batcher, type BatcherOptions } from './batcher.ts';

/** One call of `run`, which the test answers when it likes. */
interface Call {
  readonly items: readonly string[];
  answer(): void;
  fail(error: unknown): void;
}

const never = Number.POSITIVE_INFINITY;

/** A batcher whose batches are under way until the test ends them; an item's result is the item in capitals. */
function held(options: Partial<BatcherOptions<string, string>> = {}) {
  const calls: Call[] = [];
  const batcher = new Batcher<string, string>({
    lanes: 1,
    size: 64,
    capacity: 1000,
    run: (items) => {
      const { promise, resolve, reject } = Promise.withResolvers<string[]>();
      calls.push({ items, answer: () => resolve(items.map((item) => item.toUpperCase())), fail: reject });
      return promise;
    },
    ...options,
  });
  return {
    submit: (item: string, deadline = never) => batcher.submit(item, deadline),
    submitAll: (items: string) => [...items].map((item) => batcher.submit(item, never)),
    /** The items of each batch so far, run together. */
    batches: () => calls.map(({ items }) => items.join('')),
    call: (index: number) => calls[index]!,
  };
}

const settled = async (promises: readonly Promise<string>[]) =>
  (await Promise.allSettled(promises)).map((result) =>
    result.status === 'fulfilled' ? result.value : (result.reason as unknown),
  );

/** Lets everything that is ready run. */
const idle = () => new Promise((resolve) => setImmediate(resolve));

const unavailable = expect.objectContaining({ code: 'unavailable', details: { retryAfter: 1 } });

describe('Batcher', () => {
  it('begins a lone item at once, and alone', async () => {
    const { submit, batches, call } = held();
    const result = submit('a');
    expect(batches()).toEqual(['a']);
    call(0).answer();
    expect(await result).toBe('A');
  });

  it('lets what arrives while a batch is under way share the next one, each with its own result', async () => {
    const { submitAll, batches, call } = held();
    const results = submitAll('abcd');
    expect(batches()).toEqual(['a']);
    call(0).answer();
    await idle();
    expect(batches()).toEqual(['a', 'bcd']);
    call(1).answer();
    expect(await settled(results)).toEqual(['A', 'B', 'C', 'D']);
  });

  it('begins the next one alone again once nothing is left', async () => {
    const { submit, batches, call } = held();
    for (const [index, item] of ['a', 'b'].entries()) {
      const result = submit(item);
      call(index).answer();
      await result;
      await idle();
    }
    expect(batches()).toEqual(['a', 'b']);
  });

  it('has as many batches under way as there are lanes', async () => {
    const { submitAll, batches, call } = held({ lanes: 2 });
    const results = submitAll('abcde');
    expect(batches()).toEqual(['a', 'b']);
    call(1).answer();
    await idle();
    expect(batches()).toEqual(['a', 'b', 'cde']);
    call(0).answer();
    call(2).answer();
    expect(await settled(results)).toEqual(['A', 'B', 'C', 'D', 'E']);
  });

  it('keeps everything apart when lanes have no end', () => {
    const { submitAll, batches } = held({ lanes: Number.POSITIVE_INFINITY, size: 1 });
    void submitAll('abc');
    expect(batches()).toEqual(['a', 'b', 'c']);
  });

  it('takes no more than its size at once, the oldest first', async () => {
    const { submitAll, batches, call } = held({ size: 3 });
    const results = submitAll('abcdefgh');
    for (let index = 0; index < 4; index++) {
      call(index).answer();
      await idle();
    }
    expect(batches()).toEqual(['a', 'bcd', 'efg', 'h']);
    expect(await settled(results)).toHaveLength(8);
  });

  describe('with keys', () => {
    const keyOf = (item: string) => item.toLowerCase();

    it('never puts a key into one batch twice', async () => {
      const { submitAll, batches, call } = held({ keyOf });
      void submitAll('xaAbB');
      call(0).answer();
      await idle();
      expect(batches()).toEqual(['x', 'ab']);
      call(1).answer();
      await idle();
      expect(batches()).toEqual(['x', 'ab', 'AB']);
    });

    it('never has a key under way on two lanes, and lets others go by in the meantime', async () => {
      const { submitAll, batches, call } = held({ lanes: 2, keyOf });
      const results = submitAll('aAb');
      expect(batches()).toEqual(['a', 'b']);
      call(1).answer();
      await idle();
      expect(batches()).toEqual(['a', 'b']);
      call(0).answer();
      await idle();
      expect(batches()).toEqual(['a', 'b', 'A']);
      call(2).answer();
      expect(await settled(results)).toEqual(['A', 'A', 'B']);
    });

    it('keeps the order of one key', async () => {
      const { submitAll, batches, call } = held({ lanes: 2, keyOf: () => 'one' });
      void submitAll('abcd');
      for (let index = 0; index < 4; index++) {
        call(index).answer();
        await idle();
      }
      expect(batches()).toEqual(['a', 'b', 'c', 'd']);
    });

    it('frees a key also when its batch fails', async () => {
      const { submitAll, batches, call } = held({ keyOf });
      const results = settled(submitAll('aA'));
      call(0).fail(new Error('no'));
      await idle();
      expect(batches()).toEqual(['a', 'A']);
      call(1).answer();
      expect(await results).toEqual([new Error('no'), 'A']);
    });
  });

  describe('when a batch fails', () => {
    it('does each item alone, in order, and gives each its own end', async () => {
      const { submitAll, batches, call } = held();
      const results = settled(submitAll('xabc'));
      call(0).answer();
      await idle();
      call(1).fail(new Error('one of them'));
      await idle();
      expect(batches()).toEqual(['x', 'abc', 'a']);
      call(2).answer();
      await idle();
      const conflict = new DirectoryError('conflict', 'b is taken');
      call(3).fail(conflict);
      await idle();
      call(4).answer();
      expect(await results).toEqual(['X', 'A', conflict, 'C']);
      expect(batches()).toEqual(['x', 'abc', 'a', 'b', 'c']);
    });

    it('keeps its lane and its keys until the last of them is done', async () => {
      const { submitAll, submit, batches, call } = held({ keyOf: (item) => item });
      const results = settled(submitAll('xab'));
      call(0).answer();
      await idle();
      call(1).fail(new Error('one of them'));
      await idle();
      const again = submit('b');
      call(2).answer();
      await idle();
      expect(batches()).toEqual(['x', 'ab', 'a', 'b']);
      call(3).answer();
      expect(await results).toEqual(['X', 'A', 'B']);
      await idle();
      call(4).answer();
      expect(await again).toBe('B');
    });

    it('does not do a lone item again', async () => {
      const { submit, batches, call } = held();
      const result = settled([submit('a')]);
      const error = new Error('no');
      call(0).fail(error);
      expect(await result).toEqual([error]);
      expect(batches()).toEqual(['a']);
    });

    it('does nothing again when the database did not answer: it may have been written', async () => {
      const { submitAll, batches, call } = held();
      const results = settled(submitAll('xab'));
      call(0).answer();
      await idle();
      const error = new DirectoryError('unavailable', 'gone');
      call(1).fail(error);
      expect(await results).toEqual(['X', error, error]);
      expect(batches()).toEqual(['x', 'ab']);
    });

    it('stops redoing when the database does not answer, without an item left hanging', async () => {
      const { submitAll, call } = held();
      const results = settled(submitAll('xab'));
      call(0).answer();
      await idle();
      call(1).fail(new Error('one of them'));
      const gone = new DirectoryError('unavailable', 'gone');
      for (const index of [2, 3]) {
        await idle();
        call(index).fail(gone);
      }
      expect(await results).toEqual(['X', gone, gone]);
    });

    it('goes on with what waits', async () => {
      const { submitAll, submit, call } = held();
      const failed = settled(submitAll('a'));
      const waiting = submit('b');
      call(0).fail(new DirectoryError('unavailable', 'gone'));
      await failed;
      await idle();
      call(1).answer();
      expect(await waiting).toBe('B');
    });
  });

  describe('a deadline', () => {
    it('that has passed when a lane is free: the item is refused and never begun', async () => {
      const { submitAll, submit, batches, call } = held();
      void submitAll('a');
      const late = settled([submit('b', performance.now())]);
      const inTime = submit('c');
      call(0).answer();
      expect(await late).toEqual([unavailable]);
      await idle();
      expect(batches()).toEqual(['a', 'c']);
      call(1).answer();
      expect(await inTime).toBe('C');
    });

    it('that passes while a batch is under way does not touch its items', async () => {
      const { submit, call } = held();
      const deadline = performance.now() + 5;
      const result = submit('a', deadline);
      while (performance.now() <= deadline) await idle();
      call(0).answer();
      expect(await result).toBe('A');
    });

    it('that has passed before there was a lane at all leaves the lanes free', async () => {
      const { submit, batches } = held();
      expect(await settled([submit('a', performance.now() - 1)])).toEqual([unavailable]);
      void submit('b');
      expect(batches()).toEqual(['b']);
    });
  });

  it('refuses what comes when as many wait as may, and takes more once they are gone', async () => {
    const { submitAll, submit, batches, call } = held({ capacity: 2 });
    const results = submitAll('abc');
    await expect(submit('d')).rejects.toEqual(unavailable);
    call(0).answer();
    await idle();
    const taken = submit('e');
    expect(batches()).toEqual(['a', 'bc']);
    call(1).answer();
    expect(await settled(results)).toEqual(['A', 'B', 'C']);
    await idle();
    call(2).answer();
    expect(await taken).toBe('E');
  });

  it('rejects, and goes on, when `run` throws before it returns a promise', async () => {
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
