import { randomUUID } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { UsageError } from '../errors.ts';
import { ifMissing, replaceFile } from '../file.ts';
import type { Report } from './failed-rows.ts';

/** The progress of an import. It contains no user data. */
export interface ImportState extends Report {
  /** The version of this format. */
  readonly format: 2;
  /** The prefix of the idempotency keys of its batches. */
  readonly id: string;
  /** The URL of the directory. */
  readonly url: string;
  /** Of the file. */
  readonly sha256: string;
  readonly batchSize: number;
  /** When this was written. */
  readonly savedAt: string;
  /** Batches with a response. */
  readonly batches: number;
  readonly rows: number;
  readonly created: number;
  readonly failed: number;
}

/** Identifies an import. */
export type ImportIdentity = Pick<ImportState, 'url' | 'sha256'>;

export const stateFile = (name: string): string => `${name}.stele-import.json`;

export function newImport(identity: ImportIdentity, batchSize: number): Omit<ImportState, keyof Report> {
  const counts = { batches: 0, rows: 0, created: 0, failed: 0 };
  return { format: 2, id: randomUUID(), ...identity, batchSize, savedAt: new Date().toISOString(), ...counts };
}

const isState = (value: unknown): value is ImportState =>
  typeof value === 'object' && value !== null && (value as Partial<ImportState>).format === 2;

const reject = (file: string, why: string): never => {
  throw new UsageError(`${file} ${why}; --restart begins again, and rejects users that were created before as taken`);
};

/** The state of an earlier run of the same import, if there is one. */
export async function readState(file: string, { url, sha256 }: ImportIdentity): Promise<ImportState | undefined> {
  const text = await readFile(file, 'utf8').catch(ifMissing(undefined));
  if (text === undefined) return undefined;
  let state: unknown;
  try {
    state = JSON.parse(text);
  } catch {
    return reject(file, 'is not the state of an import');
  }
  if (!isState(state)) return reject(file, 'is not the state of an import');
  if (state.url !== url) return reject(file, `is of an import to ${state.url}`);
  if (state.sha256 !== sha256) return reject(file, 'is of a file that has changed since');
  return state;
}

export const writeState = (file: string, state: ImportState): Promise<void> =>
  replaceFile(file, (draft) => draft.writeFile(`${JSON.stringify(state, null, 2)}\n`));

export const removeState = (file: string): Promise<void> => rm(file, { force: true });
