import { randomBytes } from 'node:crypto';
import type { Cleanup } from './cleanup.ts';
import {
  type Contestant,
  contestants,
  type ContestantName,
  type Phase,
  type PhaseName,
  phases,
} from './contestants.ts';
import { startDatabase, withClient, type BenchDatabase } from './database.ts';
import { type Load, startLoad } from './load-process.ts';
import { measureStatementRate, type StatementRate } from './statement-rate.ts';
import { compileTutorial, type Server, type ServerName, serverNames, startServer } from './server.ts';
import { countWrites, findOwner, type Owner, seedUsers } from './users.ts';
import type { TurnResult } from './turn.ts';

export interface Pace {
  readonly users: number;
  readonly rounds: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
  /** Once for each contestant, before anything is measured: so long compiles Node's just-in-time compiler. */
  readonly firstSeconds: number;
}

export interface RecordedTurn {
  readonly phase: PhaseName;
  readonly round: number;
  readonly contestant: ContestantName;
  readonly result: TurnResult;
}

/** pgbench is at its best with few clients or with many, as the disk is. */
const STATEMENT_CLIENTS = [32, 128];

export interface Played {
  readonly turns: readonly RecordedTurn[];
  /** Of the phases in which the statement is also run alone. */
  readonly statements: readonly StatementRate[];
}

/** How many versions are missing of the writes that were acknowledged by a server without a history. */
export interface Losses {
  readonly acknowledged: number;
  readonly lost: number;
}

/** Every server over one table of users, and the clients. */
export class Arena {
  readonly database: BenchDatabase;
  readonly owner: Owner;
  readonly #pace: Pace;
  readonly #key: string;
  readonly #servers: ReadonlyMap<ServerName, Server>;
  readonly #load: Load;
  #turns = 0;
  /** Writes that were acknowledged, by whether they promised a history row. */
  readonly #acknowledged = { recorded: 0, unrecorded: 0 };

  static async open(pace: Pace, cleanup: Cleanup): Promise<Arena> {
    const load = startLoad();
    cleanup.add(() => load.stop());
    await compileTutorial();
    const database = await startDatabase(cleanup);
    const key = `bench_${randomBytes(32).toString('base64url')}`;
    const servers = new Map<ServerName, Server>();
    const start = async (name: ServerName, owner?: Owner) => {
      const server = await startServer(name, { databaseUrl: database.url, key, ...(owner && { owner }) });
      cleanup.add(() => server.stop());
      servers.set(name, server);
    };
    // The API makes the tables, the tenant and the credential that the others use.
    await start('stele');
    const owner = await withClient(database.url, async (client) => {
      const found = await findOwner(client);
      await seedUsers(client, found, pace.users);
      return found;
    });
    for (const name of serverNames) if (name !== 'stele') await start(name, owner);
    return new Arena(pace, database, owner, key, servers, load);
  }

  private constructor(
    pace: Pace,
    database: BenchDatabase,
    owner: Owner,
    key: string,
    servers: ReadonlyMap<ServerName, Server>,
    load: Load,
  ) {
    this.#pace = pace;
    this.database = database;
    this.owner = owner;
    this.#key = key;
    this.#servers = servers;
    this.#load = load;
  }

  async warmUp(): Promise<void> {
    for (const contestant of Object.values(contestants)) {
      await this.#take(contestant, phases.busy, this.#pace.firstSeconds);
    }
  }

  /** Every rival's turn between two of the bare server, in another order each round. */
  async play(phase: PhaseName): Promise<Played> {
    const { rivals, statementAlone }: Phase = phases[phase];
    const turns: RecordedTurn[] = [];
    const statements: StatementRate[] = [];
    for (let round = 0; round < this.#pace.rounds; round++) {
      const shift = Math.floor((round * rivals.length) / this.#pace.rounds);
      const order = [...rivals.slice(shift), ...rivals.slice(0, shift)];
      for (const contestant of ['bare' as const, ...order.flatMap((rival) => [rival, 'bare' as const])]) {
        const result = await this.#take(contestants[contestant], phases[phase], this.#pace.seconds);
        turns.push({ phase, round, contestant, result });
      }
      if (!statementAlone) continue;
      for (const clients of STATEMENT_CLIENTS) statements.push(await this.#runStatement(clients));
    }
    return { turns, statements };
  }

  /**
   * Holds what was acknowledged against what the database kept: a fast server that forgets has not won. The answer is
   * about those without a history, since TypeORM's `save` writes the version that it read over a newer one.
   */
  async verify(): Promise<Losses> {
    const { recorded, unrecorded } = this.#acknowledged;
    const { versions, history } = await withClient(this.database.url, countWrites);
    const kept = { recorded: history - this.#pace.users, all: versions - this.#pace.users };
    const lost = recorded + unrecorded - kept.all;
    if (kept.recorded !== recorded || lost < 0 || lost > unrecorded) {
      throw new Error(`Acknowledged and kept differ: ${JSON.stringify({ recorded, unrecorded, kept })}`);
    }
    return { acknowledged: unrecorded, lost };
  }

  async #runStatement(clients: number): Promise<StatementRate> {
    const rate = await measureStatementRate({
      databaseUrl: this.database.url,
      owner: this.owner,
      users: this.#pace.users,
      clients,
      seconds: Math.max(1, Math.round(this.#pace.seconds)),
    });
    this.#acknowledged.recorded += rate.written;
    return rate;
  }

  async #take({ server: name, request, history }: Contestant, phase: Phase, seconds: number): Promise<TurnResult> {
    const { url, pid } = this.#servers.get(name)!;
    const result = await this.#load.take({
      url,
      request,
      key: this.#key,
      serverPid: pid,
      postmasterPid: this.database.postmasterPid,
      users: this.#pace.users,
      connections: phase.connections,
      warmUpSeconds: this.#pace.warmUpSeconds,
      seconds,
      ...(phase.rate !== undefined && { rate: phase.rate }),
      label: `turn-${this.#turns++}`,
    });
    this.#acknowledged[history ? 'recorded' : 'unrecorded'] += result.acknowledged;
    return result;
  }
}
