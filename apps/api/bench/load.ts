import { Connection } from './connection.ts';
import { postgresCpu, processCpu, residentMemory } from './processes.ts';
import { requestOf } from './requests.ts';
import type { Turn, TurnResult } from './turn.ts';

// A process of its own, so that what the clients cost is not counted as the server's. It also reads the accounts at
// both ends of the measured part, since it knows them to the microsecond.

/** Milliseconds that a turn may take besides its own time. */
const GRACE = 20_000;

interface Accounts {
  readonly time: number;
  readonly server: number;
  readonly postgres: number;
}

const accounts = ({ serverPid, postmasterPid }: Turn): Accounts => ({
  time: performance.now(),
  server: processCpu(serverPid),
  postgres: postgresCpu(postmasterPid),
});

const percentile = (sorted: Float64Array, share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

async function take(turn: Turn): Promise<TurnResult> {
  const connections = await Promise.all(Array.from({ length: turn.connections }, () => Connection.open(turn.url)));
  try {
    return await drive(turn, connections);
  } finally {
    for (const connection of connections) connection.close();
  }
}

function drive(turn: Turn, connections: readonly Connection[]): Promise<TurnResult> {
  const idle = [...connections];
  const latencies: number[] = [];
  let begun: Accounts | undefined;
  let ended: Accounts | undefined;
  let memory = 0;
  let sent = 0;
  let acknowledged = 0;

  return new Promise<TurnResult>((resolve, reject) => {
    const limit = (turn.warmUpSeconds + turn.seconds) * 1000 + GRACE;
    const timers = [
      setTimeout(() => fail(new Error('The turn did not end in time')), limit),
      setTimeout(() => (begun = accounts(turn)), turn.warmUpSeconds * 1000),
      setTimeout(
        () => {
          ended = accounts(turn);
          memory = residentMemory(turn.serverPid);
          if (idle.length === connections.length) finish();
        },
        (turn.warmUpSeconds + turn.seconds) * 1000,
      ),
    ];
    let ticker: NodeJS.Timeout | undefined;

    const stop = () => {
      for (const timer of [...timers, ticker]) clearTimeout(timer);
    };
    const fail = (error: Error) => {
      stop();
      reject(new Error(`${turn.request} at ${turn.url}: ${error.message}`));
    };
    const finish = () => {
      stop();
      const seconds = (ended!.time - begun!.time) / 1000;
      const sorted = Float64Array.from(latencies).toSorted();
      if (sorted.length === 0) {
        fail(new Error('Nothing was answered'));
        return;
      }
      resolve({
        serverCpu: (ended!.server - begun!.server) / sorted.length,
        postgresCpu: (ended!.postgres - begun!.postgres) / sorted.length,
        requests: sorted.length / seconds,
        p50: percentile(sorted, 0.5),
        p99: percentile(sorted, 0.99),
        memory,
        acknowledged,
      });
    };
    const send = (connection: Connection) => {
      const user = 1 + Math.floor(Math.random() * turn.users);
      const started = performance.now();
      connection.send(
        requestOf(turn.request, turn.key, user, `${turn.label}-${sent++}`),
        ({ status, body }) => {
          if (status < 200 || status > 299) {
            fail(new Error(`Answered with ${status}: ${body}`));
            return;
          }
          acknowledged++;
          if (begun && !ended) latencies.push(performance.now() - started);
          if (turn.rate === undefined && !ended) {
            send(connection);
            return;
          }
          idle.push(connection);
          if (ended && idle.length === connections.length) finish();
        },
        fail,
      );
    };

    if (turn.rate === undefined) {
      for (const connection of idle.splice(0)) send(connection);
      return;
    }
    const interval = 1000 / turn.rate;
    let due = performance.now();
    const tick = () => {
      if (ended) return;
      const connection = idle.shift();
      if (!connection) {
        fail(new Error(`It does not keep up with ${turn.rate} requests per second`));
        return;
      }
      send(connection);
      due += interval;
      ticker = setTimeout(tick, Math.max(0, due - performance.now()));
    };
    tick();
  });
}

process.on('disconnect', () => process.exit());
process.on('message', (turn: Turn) => {
  take(turn).then(
    (result) => process.send!({ result }),
    (error: unknown) => process.send!({ error: (error as Error).message }),
  );
});
