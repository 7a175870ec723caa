import { setTimeout as sleep } from 'node:timers/promises';
import { faces, type Tongue, tongues } from '../support/users.ts';
import { ask, Client, type NoReply, type Reply } from './client.ts';
import type { Acknowledged } from './ledger.ts';
import { until } from './patience.ts';

/** What each dialect's clients write: the field as the dialect calls it, and as the history does. */
const written: Readonly<Record<Tongue, { readonly field: string; readonly attribute: string }>> = {
  v1: { field: 'first_name', attribute: 'name.givenName' },
  scim: { field: 'nickName', attribute: 'nickName' },
  nerm: { field: 'title', attribute: 'title' },
};

/** Milliseconds that a client waits after it was turned away. */
const PAUSE = 25;

let made = 0;

/** Creates users and answers with their identifiers. */
export async function createUsers(url: string, count: number): Promise<string[]> {
  const ids = [];
  for (let index = 0; index < count; index++) {
    const body = faces.scim.draft(`user-${++made}`, { title: 'New' });
    const reply = await ask(url, 'POST', faces.scim.users, { body });
    if (reply.status !== 201) throw new Error(`No user was created: ${reply.text}`);
    ids.push(String((JSON.parse(reply.text) as { id: unknown }).id));
  }
  return ids;
}

export interface Change {
  readonly tongue: Tongue;
  readonly userId: string;
  /** New to the user, or else nothing would change. */
  readonly value: string;
  /** Names the request. */
  readonly requestId: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Changes one field of a user, with a PATCH. */
export function change(client: Client, { tongue, userId, value, requestId, headers, signal }: Change): Promise<Reply> {
  const { user, patch } = faces[tongue];
  return client.request('PATCH', user(userId), {
    body: patch({ [written[tongue].field]: value }),
    headers: { 'x-request-id': requestId, ...headers },
    ...(signal && { signal }),
  });
}

/** What an accepted change is to be found as. */
export function acknowledge({ tongue, userId, value, requestId }: Change, { headers }: Reply): Acknowledged {
  const version = Number(/^"(\d+)"$/.exec(headers.etag ?? '')?.[1]);
  return { requestId, userId, dialect: tongue, version, attribute: written[tongue].attribute, value };
}

export interface LoadOptions {
  readonly url: string;
  /** Tells its requests from those of other loads. */
  readonly name: string;
  readonly users: readonly string[];
  readonly clients: number;
  /** Whether clients stop when the server says that it closes the connection, or takes no new one. */
  readonly leaves?: boolean;
}

const underWay = new Set<Load>();

/** Stops what a test that failed left behind. */
export async function stopLoads(): Promise<void> {
  await Promise.all([...underWay].map((load) => load.stop()));
}

/** Clients of all dialects that change the same users, each in turn and at once, and note every answer. */
export class Load {
  readonly acknowledged: Acknowledged[] = [];
  readonly replies: Reply[] = [];
  readonly failures: NoReply[] = [];
  private stopping = false;
  private readonly clients: Promise<void>[];

  constructor(private readonly options: LoadOptions) {
    this.clients = Array.from({ length: options.clients }, (_, index) => this.run(index));
    underWay.add(this);
  }

  /** Waits until this many more changes are acknowledged. */
  progress(count: number, milliseconds?: number): Promise<void> {
    const goal = this.acknowledged.length + count;
    return until(`${count} changes more of ${this.options.name}`, () => this.acknowledged.length >= goal, milliseconds);
  }

  /** Lets every client finish its last request. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.left();
  }

  /** Waits until every client has stopped by itself. */
  async left(): Promise<void> {
    await Promise.all(this.clients);
    underWay.delete(this);
  }

  private async run(index: number): Promise<void> {
    const { url, name, users, leaves } = this.options;
    const client = new Client(url);
    for (let turn = 0; !this.stopping; turn++) {
      const requestId = `${name}-${index}-${turn}`;
      const what: Change = {
        tongue: tongues[index % tongues.length]!,
        userId: users[(index + turn) % users.length]!,
        value: requestId,
        requestId,
        // Half of them can be told again without being done again.
        ...(turn % 2 === 0 && { headers: { 'idempotency-key': requestId } }),
      };
      try {
        const reply = await change(client, what);
        this.replies.push(reply);
        if (reply.status === 200) this.acknowledged.push(acknowledge(what, reply));
        else await sleep(PAUSE);
        if (leaves && reply.headers.connection === 'close') break;
      } catch (error) {
        this.failures.push(error as NoReply);
        if (leaves) break;
        await sleep(PAUSE);
      }
    }
    client.close();
  }
}
