import { readFile } from 'node:fs/promises';
import { UsageError } from './errors.ts';
import { readInput, type Io } from './io.ts';

/** One field and what it is to hold. */
export interface Assignment {
  readonly name: string;
  readonly value: unknown;
}

/** How fields are written, for `--help`. */
export const fieldHelp = `
Fields:
  name=value      the text as it stands: title=Engineer, first_name=
  name:=json      any JSON: active:=false, first_name:=null, 'emails:=[{"value":"jane@example.com"}]'`;

/** A name may hold a filter in brackets, as in `emails[type eq "work"].value`. */
const ASSIGNMENT = /^((?:[^=[\]]|\[[^\]]*\])+?)(:?)=(.*)$/s;

export function parseAssignment(text: string): Assignment {
  const [, name, colon, value] = ASSIGNMENT.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw new UsageError(`${JSON.stringify(text)} is not a field; write name=value or name:=json`);
  }
  return { name, value: colon ? parseJson(value, `the value of ${name}`) : value };
}

export function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${what} is not JSON: ${(error as Error).message}`);
  }
}

async function contents(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as Error).message}`);
  }
}

/** Text without its byte order mark. UTF-16 is what `>` of Windows PowerShell 5 writes. */
function decode(bytes: Uint8Array, what: string): string {
  const [encoding] = [['utf-16le', 0xff, 0xfe] as const, ['utf-16be', 0xfe, 0xff] as const].find(
    ([, first, second]) => bytes[0] === first && bytes[1] === second,
  ) ?? ['utf-8'];
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw new UsageError(`${what} is not UTF-8 text`);
  }
}

/** A JSON document from a file, or from standard input as `-`. */
export async function readDocument(file: string, io: Io): Promise<unknown> {
  const what = file === '-' ? 'standard input' : file;
  return parseJson(decode(await (file === '-' ? readInput(io) : contents(file)), what), what);
}

/** The object that `--data` gives: `@file`, `-`, or the JSON itself. */
export async function readData(data: string, io: Io): Promise<Record<string, unknown>> {
  const file = data === '-' ? data : data.startsWith('@') ? data.slice(1) : undefined;
  const document = file === undefined ? parseJson(data, '--data') : await readDocument(file, io);
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new UsageError('--data must be a JSON object');
  }
  return document as Record<string, unknown>;
}

/** Rejects a name that is given more than once: it is not known which of the values is meant. */
export function rejectRepeated(names: readonly string[], fold = (name: string): string => name): void {
  const folded = names.map(fold);
  const repeated = names.find((_, index) => folded.indexOf(folded[index]!) !== index);
  if (repeated !== undefined) throw new UsageError(`${repeated} is given twice`);
}

/** Fields side by side. */
export function flat(assignments: readonly Assignment[]): Record<string, unknown> {
  return Object.fromEntries(assignments.map(({ name, value }) => [name, value]));
}

/** `name.givenName` is a part of `name`; the dots of a URN are its own, and its last colon begins the attribute. */
function steps(name: string): string[] {
  const end = /^urn:/i.test(name) ? name.lastIndexOf(':') : -1;
  const parts = name.slice(end + 1).split('.');
  return end < 0 ? parts : [name.slice(0, end), ...parts];
}

/** Fields with dots in their names as the objects that these describe. */
export function nested(assignments: readonly Assignment[]): Record<string, unknown> {
  const root = new Map<string, unknown>();
  for (const { name, value } of assignments) {
    const path = steps(name);
    let node = root;
    for (const step of path.slice(0, -1)) {
      const next = node.get(step) ?? new Map<string, unknown>();
      if (!(next instanceof Map)) throw new UsageError(`${name} is a part of ${step}, which has a value already`);
      node.set(step, next);
      node = next as Map<string, unknown>;
    }
    if (node.has(path.at(-1)!)) throw new UsageError(`${name} is given twice, once by its parts`);
    node.set(path.at(-1)!, value);
  }
  return plain(root);
}

const plain = (node: Map<string, unknown>): Record<string, unknown> =>
  Object.fromEntries([...node].map(([name, value]) => [name, value instanceof Map ? plain(value) : value]));
