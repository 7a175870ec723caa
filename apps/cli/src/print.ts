import { styleText } from 'node:util';
import stringWidth from 'string-width';
import type { Io } from './io.ts';

/** A terminal that moves its cursor. The buffer of an editor calls itself dumb. */
export const hasCursor = (io: Io, output: 'stdout' | 'stderr'): boolean =>
  io[output].isTTY === true && io.env['TERM'] !== 'dumb';

/** `NO_COLOR`, which `--no-color` sets, wins over `FORCE_COLOR`, and that over the terminal. */
function hasColours(io: Io, output: 'stdout' | 'stderr'): boolean {
  const { NO_COLOR: off, FORCE_COLOR: forced } = io.env;
  if (off) return false;
  return forced === undefined ? hasCursor(io, output) : forced !== '0' && forced !== 'false';
}

/** Fills a text with spaces to a number of columns: CJK and emoji have two each, combining marks have none. */
export const padTo = (width: number, text: string): string => text + ' '.repeat(Math.max(0, width - stringWidth(text)));

/** Colours a text where the output has colours. */
export function paint(io: Io, output: 'stdout' | 'stderr', colour: 'red' | 'dim', text: string): string {
  return hasColours(io, output) ? styleText(colour, text, { validateStream: false }) : text;
}

/** Control characters, and those that turn the direction of the text around. */
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/** A value may hold what its owner likes; a control character would move the cursor, colour the rest, or turn it around. */
export function printable(text: string): string {
  return text.replace(CONTROL, (character) =>
    character === '\n' ? '\\n' : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `mira@example.com (work, primary)`, as people write the values of a list. */
function item(value: unknown): string {
  if (!isObject(value)) return scalar(value);
  const { value: main, primary, ...rest } = value as Record<string, unknown>;
  const more = [...Object.values(rest).map(scalar), ...(primary === true ? ['primary'] : [])].join(', ');
  if (main === undefined) return more;
  return more ? `${scalar(main)} (${more})` : scalar(main);
}

/** A value as people write it: `-` for none, JSON for what is no text. */
export function scalar(value: unknown): string {
  if (value === null || value === undefined || value === '') return '-';
  return printable(typeof value === 'string' ? value : JSON.stringify(value));
}

/** `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User` is too long for a label. */
const short = (name: string): string => name.replace(/^urn:.*:extension:(.+):2\.0:User$/i, '$1');

function rows(value: object, prefix = ''): [label: string, text: string][] {
  return Object.entries(value).flatMap(([name, each]: [string, unknown]): [string, string][] => {
    const label = prefix + short(name);
    if (isObject(each)) return rows(each, `${label}.`);
    if (!Array.isArray(each)) return [[label, scalar(each)]];
    return each.map((one, index) => [index === 0 ? label : '', item(one)]);
  });
}

/** One record as aligned lines: nested names with dots, a list with one line for each value. */
export function record(value: object): string {
  const lines = rows(value);
  const width = Math.max(...lines.map(([label]) => stringWidth(label)));
  return lines.map(([label, text]) => `${padTo(width, label)}  ${text}\n`).join('');
}

/** A number as people read it: `100,000`. */
export const count = (value: number): string => value.toLocaleString('en-US');

/** JSON for people and programs. */
export const pretty = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
