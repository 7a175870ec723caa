import type { Answer, Ask, Client } from './client.ts';
import { expectChanged, expectStatus, Expectation, shown } from './expect.ts';
import { at, isObject, type Json, listAt, textAt } from './json.ts';
import { requiredSamples } from './samples.ts';
import type { Server } from './server.ts';
import { urns } from './urn.ts';

/** A resource that the sweep has created. */
export interface Made {
  readonly id: string;
  /** Below the base URL. */
  readonly path: string;
  readonly body: Json;
}

type Fields = Readonly<Record<string, unknown>>;
type Parameters = Readonly<Record<string, string | number>>;

/** What a whole sweep has in common. */
export interface Run {
  readonly client: Client;
  readonly server: Server;
  /** What every name begins with that the sweep gives. */
  readonly prefix: string;
  readonly stop: AbortSignal;
  /** Resources that several checks look at, by what they are called. */
  readonly shared: Map<string, Promise<unknown>>;
  /** Names that were given. */
  count: number;
}

const ENDPOINT = /\/(?:Users|Groups)\/[^/?#]+$/;

/** What one check speaks to the server with. It remembers what it creates. */
export class Session {
  readonly server: Server;
  /** The base URL of the service. */
  readonly url: string;
  readonly #run: Run;
  readonly #common: Session | undefined;
  readonly #made = new Set<string>();

  /** @param common the session that outlives the check, where it is not this one */
  constructor(run: Run, common?: Session) {
    this.server = run.server;
    this.url = run.client.url;
    this.#run = run;
    this.#common = common;
  }

  /** A name that nobody else has. */
  name(): string {
    this.#run.count += 1;
    return `${this.#run.prefix}${this.#run.count}`;
  }

  /** What is created here, and once in a sweep, for all checks that ask for it. */
  shared<Value>(what: string, create: (session: Session) => Promise<Value>): Promise<Value> {
    const known = this.#run.shared.get(what) as Promise<Value> | undefined;
    if (known) return known;
    const made = create(this.#common ?? this);
    this.#run.shared.set(what, made);
    return made;
  }

  async send(method: string, path: string, ask?: Ask): Promise<Answer> {
    const { stop, client } = this.#run;
    stop.throwIfAborted();
    const answer = await client.send(method, path, { ...ask, stop });
    this.#record(method, path, answer);
    return answer;
  }

  get(path: string, headers: Ask['headers'] = {}): Promise<Answer> {
    return this.send('GET', path, { headers });
  }

  post(path: string, body: unknown, headers: Ask['headers'] = {}): Promise<Answer> {
    return this.send('POST', path, { body, headers });
  }

  put(path: string, body: unknown, headers: Ask['headers'] = {}): Promise<Answer> {
    return this.send('PUT', path, { body, headers });
  }

  patch(path: string, operations: readonly unknown[], headers: Ask['headers'] = {}): Promise<Answer> {
    return this.send('PATCH', path, { body: { schemas: [urns.patchOp], Operations: operations }, headers });
  }

  remove(path: string, headers: Ask['headers'] = {}): Promise<Answer> {
    return this.send('DELETE', path, { headers });
  }

  list(path: string, parameters: Parameters): Promise<Answer> {
    const query = Object.entries(parameters).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
    return this.get(`${path}?${query.join('&')}`);
  }

  bulk(operations: readonly unknown[], fields: Fields = {}): Promise<Answer> {
    return this.post('/Bulk', { schemas: [urns.bulkRequest], ...fields, Operations: operations });
  }

  /** What is at a path, which has to be there. */
  async read(path: string): Promise<Json> {
    const answer = await this.get(path);
    expectStatus(answer, 200);
    if (!isObject(answer.body)) throw new Expectation(`an object to ${answer.call}`, shown(answer.text));
    return answer.body;
  }

  /** Changes what is at a path, and reads it back. */
  async change(path: string, ...operations: readonly unknown[]): Promise<Json> {
    expectChanged(await this.patch(path, operations));
    return this.read(path);
  }

  /** A user as clients create one, with all that this server requires. */
  draft(fields: Fields = {}): Fields {
    const name = this.name();
    const extensions = Object.keys(fields).filter((key) => key.startsWith('urn:'));
    const userName = `${name}@example.com`;
    return {
      ...requiredSamples(this.server.schemas['User']?.[0], name),
      schemas: [urns.user, ...extensions],
      userName,
      name: { givenName: 'Check', familyName: 'Stele' },
      emails: [{ value: userName, type: 'work', primary: true }],
      ...fields,
    };
  }

  user(fields: Fields = {}): Promise<Made> {
    return this.#make('/Users', this.draft(fields));
  }

  group(members: readonly Made[] = [], fields: Fields = {}): Promise<Made> {
    const draft = { schemas: [urns.group], displayName: this.name(), ...fields };
    return this.#make('/Groups', members.length === 0 ? draft : { ...draft, members: members.map(memberOf) });
  }

  /** Deletes what was created and is still there. Gives the paths of what stays. */
  async cleanUp(): Promise<string[]> {
    const stayed: string[] = [];
    // Groups come after their members: the other way round, a server may refuse.
    for (const path of [...this.#made].toReversed()) {
      const status = await this.#run.client.send('DELETE', path).then(
        (answer) => answer.status,
        () => 0,
      );
      if (status >= 200 && status < 300) this.#made.delete(path);
      else if (status !== 404) stayed.push(path);
    }
    return stayed;
  }

  async #make(endpoint: string, body: Fields): Promise<Made> {
    const answer = await this.post(endpoint, body);
    expectStatus(answer, 201);
    const id = textAt(answer.body, 'id');
    if (id === '') throw new Expectation(`an id in the answer to ${answer.call}`, shown(answer.body));
    return { id, path: `${endpoint}/${id}`, body: answer.body as Json };
  }

  #record(method: string, path: string, { status, body, headers }: Answer): void {
    if (status < 200 || status > 299) return;
    if (method === 'DELETE') {
      this.#made.delete(path);
      this.#common?.forget(path);
    }
    if (path === '/Bulk') {
      const created = listAt(body, 'Operations').filter((each) => at(each, 'status') === '201');
      for (const each of created) this.#remember(textAt(each, 'location'));
    } else if (status === 201) {
      const endpoint = path.replace(/\?.*$/, '');
      this.#remember(headers.get('location') ?? `${endpoint}/${textAt(body, 'id')}`);
    }
  }

  /** Somebody else has deleted it. */
  forget(path: string): void {
    this.#made.delete(path);
  }

  #remember(location: string): void {
    const path = ENDPOINT.exec(location)?.[0];
    if (path !== undefined) this.#made.add(path);
  }
}

export const memberOf = ({ id }: Made): Json => ({ value: id });
