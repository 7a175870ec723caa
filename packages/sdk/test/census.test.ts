import type { Dialect, Operation } from '@stele/schemas/contract';
import { nerm } from '@stele/schemas/nerm';
import { scim } from '@stele/schemas/scim';
import { v1 } from '@stele/schemas/v1';
import { describe, expect, test } from 'vitest';
import { Stele } from '../src/index.ts';
import { calls, shortcuts, type Call } from './calls.ts';
import { serve, type Seen } from './server.ts';

/** The methods of a class of the SDK; none of a plain object. */
function methodsOf({ constructor }: object): string[] {
  if (constructor === Object) return [];
  const names = Object.getOwnPropertyNames(constructor.prototype).filter((name) => name !== 'constructor');
  return names.map((name) => `${constructor.name}.${name}`);
}

/** What operations ask for that cannot do without. */
const asked: Readonly<Record<string, string>> = { readJob: '?job_id=1' };

/** A body as its schema has it. */
async function bodyOf({ form }: Operation, { headers, body }: Seen): Promise<unknown> {
  if (!form) return JSON.parse(body);
  const fields = await new Response(body, { headers: { 'Content-Type': headers['content-type']! } }).formData();
  const bytes = async (field: FormDataEntryValue) => new Uint8Array(await (field as File).arrayBuffer());
  return Object.fromEntries(await Promise.all([...fields].map(async ([name, file]) => [name, await bytes(file)])));
}

describe.each<Dialect>([v1, scim, nerm])('$name', ({ name, mounts, operations, mediaTypes }) => {
  const own: Record<string, Call> = calls[name as keyof typeof calls];

  test.each(Object.values(operations))('$id is what its method calls', async (operation) => {
    const { url, seen } = await serve((_, response) => response.writeHead(204).end());
    const stele = new Stele({ url, token: 'secret' });
    await Promise.resolve(own[operation.id]!(stele, 'password')).catch(() => undefined);
    const type = operation.form ? expect.stringMatching(/^multipart\/form-data; boundary=\w+$/) : mediaTypes[0];
    expect(seen).toMatchObject([
      {
        method: operation.method,
        path: mounts[0] + operation.path.replace(/\{\w+\}/, '1') + (asked[operation.id] ?? ''),
        headers: { accept: mediaTypes[0], ...(operation.body && { 'content-type': type }) },
      },
    ]);
    if (operation.body) {
      const body = await bodyOf(operation, seen[0]!);
      expect(operation.body.safeParse(body)).toHaveProperty('success', true);
    } else expect(seen[0]!.body).toBe('');
  });

  test('every method is an operation', () => {
    const stele = new Stele({ url: 'http://127.0.0.1', token: 'secret' });
    const root: object = stele[name as keyof typeof calls];
    const resources: object[] = Object.values(root);
    const methods = [root, ...resources].flatMap(methodsOf);
    expect(methods.filter((method) => !shortcuts.includes(method))).toHaveLength(Object.keys(operations).length);
  });
});
