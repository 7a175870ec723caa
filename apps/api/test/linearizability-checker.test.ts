import { describe, expect, test } from 'vitest';
import { type Final, type HistoryRow, type Recorded, violations } from './support/linearizability.ts';

interface Run {
  readonly requests: readonly Recorded[];
  readonly history: readonly HistoryRow[];
  readonly final: Final;
}

const write = (name: string, invoked: number, responded: number, version: number, title: string): Recorded => ({
  name,
  invoked,
  responded,
  status: 200,
  version,
  shown: { title },
  asked: { title },
});

const read = (name: string, invoked: number, responded: number, version: number, title: string | null): Recorded => ({
  name,
  invoked,
  responded,
  status: 200,
  version,
  shown: { title },
});

const refused = (name: string, invoked: number, responded: number, ifMatch: number): Recorded => ({
  name,
  invoked,
  responded,
  status: 412,
  shown: {},
  asked: { title: 'never' },
  ifMatch,
});

const row = (version: number, requestId: string, title?: string, old?: string): HistoryRow => ({
  version,
  requestId,
  changes: { title: { ...(old !== undefined && { old }), ...(title !== undefined && { new: title }) } },
});

/** Two writes at the same time, a read after both. */
const good: Run = {
  requests: [write('a', 0, 10, 3, 'A'), write('b', 1, 9, 2, 'B'), read('c', 11, 12, 3, 'A')],
  history: [
    { version: 1, requestId: 'create', changes: { userName: { new: 'alice' } } },
    row(2, 'b', 'B'),
    row(3, 'a', 'A', 'B'),
  ],
  final: { version: 3, state: { title: 'A', userName: 'alice' } },
};

const check = ({ requests, history, final }: Run) => violations(requests, history, final);

const replaceRequest = (request: Recorded): Run => ({
  ...good,
  requests: good.requests.map((each) => (each.name === request.name ? request : each)),
});

const withRequest = (request: Recorded): Run => ({ ...good, requests: [...good.requests, request] });

describe('finds nothing in', () => {
  test.each<[string, Run]>([
    ['nothing', { requests: [], history: good.history.slice(0, 1), final: { version: 1, state: {} } }],
    ['two writes at the same time, in either order', good],
    ['a read at the time of the writes, of what was before them', withRequest(read('d', 5, 20, 1, null))],
    ['a read at the time of the writes, of what is between them', withRequest(read('d', 5, 20, 2, 'B'))],
    [
      'two reads, the later one of the later version',
      { ...good, requests: [...good.requests, read('d', 2, 3, 1, null), read('e', 4, 5, 2, 'B')] },
    ],
    ['a write of what is there', withRequest(write('d', 11, 12, 3, 'A'))],
    ['a write of what was there for a moment', withRequest(write('d', 5, 12, 2, 'B'))],
    ['a write that starts from the version it asks for', replaceRequest({ ...write('a', 0, 10, 3, 'A'), ifMatch: 2 })],
    ['a write of what is there at the version it asks for', withRequest({ ...write('d', 11, 12, 3, 'A'), ifMatch: 3 })],
    ['a refusal of a version that is gone', withRequest(refused('d', 11, 12, 2))],
    ['a refusal of a version that goes in the meantime', withRequest(refused('d', 2, 5, 1))],
    ['a refusal of a version that is yet to come', withRequest(refused('d', 2, 5, 3))],
    [
      'an attribute that is cleared',
      {
        requests: [...good.requests, { ...read('d', 13, 14, 4, null), asked: { title: null } }],
        history: [...good.history, row(4, 'd', undefined, 'A')],
        final: { version: 4, state: { title: null } },
      },
    ],
  ])('%s', (_, run) => {
    expect(check(run)).toEqual([]);
  });
});

describe('finds', () => {
  test.each<[string, Run, RegExp]>([
    [
      'a lost update',
      { ...good, history: good.history.slice(0, 2), final: { version: 2, state: { title: 'B' } } },
      /a was answered with version 3, which never was/,
    ],
    [
      'an acknowledged write that is not in the history',
      {
        ...good,
        history: [good.history[0]!, row(2, 'b', 'B'), row(3, 'x', 'X', 'B')],
        final: { version: 3, state: { title: 'X' } },
      },
      /the wish of a at version 3 has title "A"; it was "X"/,
    ],
    ['two writes with one version', replaceRequest(write('b', 1, 9, 3, 'B')), /b made version 2 and was told 3/],
    [
      'a version left out',
      { ...good, history: [good.history[0]!, row(3, 'b', 'B'), row(4, 'a', 'A', 'B')] },
      /version 3 is in the place of version 2/,
    ],
    [
      'a version twice',
      { ...good, history: [...good.history.slice(0, 2), row(2, 'a', 'A', 'B')] },
      /version 2 is in the place of version 3/,
    ],
    ['a write done twice', { ...good, history: [...good.history, row(4, 'a', 'B', 'A')] }, /a is in the history twice/],
    ['a write from nowhere', { ...good, requests: good.requests.slice(1) }, /version 3 is from a, which nobody sent/],
    [
      'a version of nothing',
      { ...good, history: [...good.history.slice(0, 2), { ...good.history[2]!, changes: {} }] },
      /version 3 changes nothing/,
    ],
    [
      'a write that started from something stale',
      { ...good, history: [...good.history.slice(0, 2), row(3, 'a', 'A')] },
      /version 3 took title for null; it was "B"/,
    ],
    [
      'an end that is not the last version',
      { ...good, final: { version: 4, state: {} } },
      /the user is at version 4, its history at 3/,
    ],
    [
      'an end that is not what the history says',
      { ...good, final: { version: 3, state: { title: 'B' } } },
      /the user has title "B"; it was "A"/,
    ],
    ['a read of what never was', replaceRequest(read('c', 11, 12, 3, 'C')), /c at version 3 has title "C"; it was "A"/],
    [
      'a read of a version that never was',
      replaceRequest(read('c', 11, 12, 7, 'A')),
      /c was answered with version 7, which never was/,
    ],
    ['a read that mixes two versions', replaceRequest(read('c', 11, 12, 3, 'B')), /c at version 3 has title "B"/],
    ['a read of the past', replaceRequest(read('c', 11, 12, 2, 'B')), /c saw version 2 after a had been told 3/],
    [
      'reads that go backwards',
      { ...good, requests: [...good.requests, read('d', 2, 3, 2, 'B'), read('e', 4, 5, 1, null)] },
      /e saw version 1 after d had been told 2/,
    ],
    [
      'a write of nothing in the past',
      withRequest(write('d', 11, 12, 2, 'B')),
      /d saw version 2 after a had been told 3/,
    ],
    [
      'a write before one that was done',
      replaceRequest(write('a', -2, -1, 3, 'A')),
      /b made version 2 after a had been told 3/,
    ],
    [
      'a write under a version that was seen',
      withRequest(read('d', -2, -1, 2, 'B')),
      /b made version 2 after d had been told 2/,
    ],
    ['a read that writes', replaceRequest(read('a', 0, 10, 3, 'A')), /a reads and is in the history/],
    ['a server error', withRequest({ ...read('d', 0, 1, 1, null), status: 503 }), /d was answered with 503/],
    [
      'a refusal of a write without a condition',
      withRequest({ name: 'd', invoked: 0, responded: 1, status: 412, shown: {}, asked: {} }),
      /d was answered with 412/,
    ],
    [
      'a refused write that is done',
      { ...good, requests: [refused('a', 0, 10, 1), ...good.requests.slice(1)] },
      /a was refused and written/,
    ],
    [
      'a write that starts from another version than it asks for',
      replaceRequest({ ...write('a', 0, 10, 3, 'A'), ifMatch: 1 }),
      /a asked for version 1 and got 2/,
    ],
    [
      'a write of nothing at another version than it asks for',
      withRequest({ ...write('d', 11, 12, 3, 'A'), ifMatch: 2 }),
      /d asked for version 2 and got 3/,
    ],
    [
      'a refusal of the version that it is at',
      withRequest(refused('d', 11, 12, 3)),
      /d was refused although the user was at version 3/,
    ],
    [
      'a refusal of the version that it was at until then',
      { ...good, requests: [write('a', 5, 10, 3, 'A'), write('b', 4, 9, 2, 'B'), refused('d', 1, 2, 1)] },
      /d was refused although the user was at version 1/,
    ],
  ])('%s', (_, run, violation) => {
    expect(check(run).join('\n')).toMatch(violation);
  });
});
