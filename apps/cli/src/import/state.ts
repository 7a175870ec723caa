import { randomUUID } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { UsageError } from '../exit.ts';
import { ifMissing, replaceFile } from '../file.ts';
import type { Report } from './failures.ts';

/** How far an import has come. It holds nothing of what is imported. */
export interface ImportState extends Report {
  /** Which version of this shape it is. */
  readonly format: 2;
  /** What the names of its batches begin with, by which the server knows those that it has done. */
  readonly id: string;
  /** Where the users go. */
  readonly url: string;
  /** Of the file. */
  readonly sha256: string;
  readonly batchSize: number;
  /** When this was written. */
  readonly savedAt: string;
  /** What was sent and answered. */
  readonly batches: number;
  readonly rows: number;
  readonly created: number;
  readonly failed: number;
}

/** What tells one import from another. */
export type ImportIdentity = Pick<ImportState, 'url' | 'sha256'>;

export const stateFile = (name: string): string => `${name}.stele-import.json`;

export function newImport(identity: ImportIdentity, batchSize: number): Omit<ImportState, keyof Report> {
  const counts = { batches: 0, rows: 0, created: 0, failed: 0 };
  return { format: 2, id: randomUUID(), ...identity, batchSize, savedAt: new Date().toISOString(), ...counts };
}

const isState = (value: unknown): value is ImportState =>
  typeof value === 'object' && value !== null && (value as Partial<ImportState>).format === 2;

const refuse = (file: string, why: string): never => {
  throw new UsageError(`${file} ${why}; --restart begins anew, and refuses those who were created before as taken`);
};

/** What an earlier run has left of the same import, if it has. */
export async function readState(file: string, { url, sha256 }: ImportIdentity): Promise<ImportState | undefined> {
  const text = await readFile(file, 'utf8').catch(ifMissing(undefined));
  if (text === undefined) return undefined;
  let state: unknown;
  try {
    state = JSON.parse(text);
  } catch {
    return refuse(file, 'is not the state of an import');
  }
  if (!isState(state)) return refuse(file, 'is not the state of an import');
  if (state.url !== url) return refuse(file, `is of an import to ${state.url}`);
  if (state.sha256 !== sha256) return refuse(file, 'is of a file that has changed since');
  return state;
}

export const writeState = (file: string, state: ImportState): Promise<void> =>
  replaceFile(file, (draft) => draft.writeFile(`${JSON.stringify(state, null, 2)}\n`));

export const removeState = (file: string): Promise<void> => rm(file, { force: true });
