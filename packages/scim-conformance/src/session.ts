import type { Client, RequestOptions, ScimResponse } from './client.ts';
import { ExpectationError, expectPatched, expectStatus, formatValue } from './expect.ts';
import { at, isObject, type Json, listAt, textAt } from './json.ts';
import { requiredSamples } from './samples.ts';
import type { Exchange, Server } from './types.ts';
import { urns } from './urn.ts';

/** A resource that a check has created. */
export interface CreatedResource {
  readonly id: string;
  /** Below the base URL. */
  readonly path: string;
  readonly body: Json;
}

type Fields = Readonly<Record<string, unknown>>;
type Parameters = Readonly<Record<string, string | number>>;

/** What all checks of a run share. */
export interface RunState {
  readonly client: Client;
  readonly server: Server;
  readonly secondToken: string | undefined;
  /** Every name that the run gives to a resource begins with it. */
  readonly prefix: string;
  readonly signal: AbortSignal;
  /** Resources that several checks read, by a name. */
  readonly shared: Map<string, Promise<unknown>>;
  /** The requests of the check that is running. */
  exchanges: Exchange[];
  nameCount: number;
}

const RESOURCE = /\/(?:Users|Groups)\/[^/?#]+$/;

/** Sends the requests of one check, and tracks the resources that it creates. Paths are below the base URL. */
export class Session {
  readonly server: Server;
  /** The base URL of the service. */
  readonly url: string;
  /** Another credential of the same directory; undefined where the caller gave none. */
  readonly secondToken: string | undefined;
  readonly #run: RunState;
  readonly #common: Session | undefined;
  readonly #created = new Set<string>();

  /** @param common the session that lives as long as the run, where it is not this one */
  constructor(run: RunState, common?: Session) {
    this.server = run.server;
    this.url = run.client.url;
    this.secondToken = run.secondToken;
    this.#run = run;
    this.#common = common;
  }

  /** A name that no other resource has. */
  uniqueName(): string {
    this.#run.nameCount += 1;
    return `${this.#run.prefix}${this.#run.nameCount}`;
  }

  /** What the first check that asks for a name creates, for all checks of the run. */
  shared<Value>(name: string, create: (session: Session) => Promise<Value>): Promise<Value> {
    const known = this.#run.shared.get(name) as Promise<Value> | undefined;
    if (known) return known;
    const created = create(this.#common ?? this);
    this.#run.shared.set(name, created);
    return created;
  }

  async send(method: string, path: string, options?: RequestOptions): Promise<ScimResponse> {
    const { signal, client, exchanges } = this.#run;
    signal.throwIfAborted();
    const onExchange = (exchange: Exchange) => void exchanges.push(exchange);
    const response = await client.send(method, path, { ...options, signal, onExchange });
    this.#track(method, path, response);
    return response;
  }

  get(path: string, headers: RequestOptions['headers'] = {}): Promise<ScimResponse> {
    return this.send('GET', path, { headers });
  }

  post(path: string, body: unknown, headers: RequestOptions['headers'] = {}): Promise<ScimResponse> {
    return this.send('POST', path, { body, headers });
  }

  put(path: string, body: unknown, headers: RequestOptions['headers'] = {}): Promise<ScimResponse> {
    return this.send('PUT', path, { body, headers });
  }

  patch(path: string, operations: readonly unknown[], headers: RequestOptions['headers'] = {}): Promise<ScimResponse> {
    return this.send('PATCH', path, { body: { schemas: [urns.patchOp], Operations: operations }, headers });
  }

  delete(path: string, headers: RequestOptions['headers'] = {}): Promise<ScimResponse> {
    return this.send('DELETE', path, { headers });
  }

  list(path: string, parameters: Parameters): Promise<ScimResponse> {
    const query = Object.entries(parameters).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
    return this.get(`${path}?${query.join('&')}`);
  }

  bulk(operations: readonly unknown[], fields: Fields = {}): Promise<ScimResponse> {
    return this.post('/Bulk', { schemas: [urns.bulkRequest], ...fields, Operations: operations });
  }

  /** The resource at a path. Fails where the status is not 200. */
  async read(path: string): Promise<Json> {
    const response = await this.get(path);
    expectStatus(response, 200);
    if (!isObject(response.body))
      throw new ExpectationError(`an object to ${response.call}`, formatValue(response.text));
    return response.body;
  }

  /** Sends a PATCH that has to succeed, and reads the resource. */
  async patchAndRead(path: string, ...operations: readonly unknown[]): Promise<Json> {
    expectPatched(await this.patch(path, operations));
    return this.read(path);
  }

  /** The body of a request that creates a user, with all that this server requires. */
  userBody(fields: Fields = {}): Fields {
    const name = this.uniqueName();
    const extensions = Object.keys(fields).filter((key) => key.startsWith('urn:'));
    const userName = `${name}@example.com`;
    return {
      ...requiredSamples(this.server.schemas['User']?.[0], name),
      schemas: [urns.user, ...extensions],
      userName,
      name: { givenName: 'Check', familyName: 'Sample' },
      emails: [{ value: userName, type: 'work', primary: true }],
      ...fields,
    };
  }

  createUser(fields: Fields = {}): Promise<CreatedResource> {
    return this.#create('/Users', this.userBody(fields));
  }

  createGroup(members: readonly CreatedResource[] = [], fields: Fields = {}): Promise<CreatedResource> {
    const body = { schemas: [urns.group], displayName: this.uniqueName(), ...fields };
    return this.#create('/Groups', members.length === 0 ? body : { ...body, members: members.map(memberOf) });
  }

  /** Deletes the created resources that still exist. Returns the paths of those that remain. */
  async deleteCreated(): Promise<string[]> {
    const remaining: string[] = [];
    // A group is created after its members. In the other order, a server may reject the deletion of a member.
    for (const path of [...this.#created].toReversed()) {
      const status = await this.#run.client.send('DELETE', path).then(
        (response) => response.status,
        () => 0,
      );
      if (status >= 200 && status < 300) this.#created.delete(path);
      else if (status !== 404) remaining.push(path);
    }
    return remaining;
  }

  async #create(endpoint: string, body: Fields): Promise<CreatedResource> {
    const response = await this.post(endpoint, body);
    expectStatus(response, 201);
    const id = textAt(response.body, 'id');
    if (id === '') {
      throw new ExpectationError(`an id in the response to ${response.call}`, formatValue(response.body));
    }
    return { id, path: `${endpoint}/${id}`, body: response.body as Json };
  }

  #track(method: string, path: string, { status, body, headers }: ScimResponse): void {
    if (status < 200 || status > 299) return;
    if (method === 'DELETE') {
      for (const session of [this, this.#common]) if (session) session.#created.delete(path);
    }
    if (path === '/Bulk') {
      const created = listAt(body, 'Operations').filter((each) => at(each, 'status') === '201');
      for (const each of created) this.#add(textAt(each, 'location'));
    } else if (status === 201) {
      const endpoint = path.replace(/\?.*$/, '');
      this.#add(headers.get('location') ?? `${endpoint}/${textAt(body, 'id')}`);
    }
  }

  #add(location: string): void {
    const path = RESOURCE.exec(location)?.[0];
    if (path !== undefined) this.#created.add(path);
  }
}

export const memberOf = ({ id }: CreatedResource): Json => ({ value: id });
