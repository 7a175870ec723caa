import type { Stele, SteleRequest } from '@stele/sdk';
import type { Command } from 'commander';
import { connect, writeFlags, type ConnectionFlags } from '../connection.ts';
import { UsageError } from '../errors.ts';
import { fieldHelp, flat, parseAssignment, readDocument, parseJson, rejectRepeated } from '../field.ts';
import { onlyIf } from '../flags.ts';
import { put, type Io } from '../io.ts';
import { printArray } from '../list.ts';
import { pretty } from '../print.ts';

interface Flags extends ConnectionFlags {
  readonly data?: string;
  readonly header?: Readonly<Record<string, string>>;
  readonly ifMatch?: string;
  readonly paginate?: true;
}

/** Adds a `name: value` to those that were given before. */
function headerOf(text: string, given: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [, name, value] = /^([^:\s]+):\s*(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw new UsageError(`${JSON.stringify(text)} is not a header; write name:value`);
  }
  return { ...given, [name]: value };
}

async function bodyOf(data: string, io: Io): Promise<unknown> {
  const file = data === '-' ? data : data.startsWith('@') ? data.slice(1) : undefined;
  return file === undefined ? parseJson(data, '--data') : readDocument(file, io);
}

const isSafe = (method: string): boolean => method === 'GET' || method === 'HEAD';

async function requestOf(method: string, path: string, fields: readonly string[], { data }: Flags, io: Io) {
  const assignments = fields.map(parseAssignment);
  rejectRepeated(assignments.map(({ name }) => name));
  if (data !== undefined && !isSafe(method) && assignments.length > 0) {
    throw new UsageError('give either fields or --data, not both');
  }
  const values = assignments.length > 0 ? flat(assignments) : undefined;
  const body = data === undefined ? (isSafe(method) ? undefined : values) : await bodyOf(data, io);
  return { method, path, ...(isSafe(method) && values && { query: values }), ...(body !== undefined && { body }) };
}

/** Where NERM has the link to the next page. */
const NERM_PART = '_metadata';

/** A page of a list, as one of the dialects has it. */
interface Page {
  readonly data?: readonly unknown[];
  readonly links?: { readonly next?: string | null };
  readonly Resources?: readonly unknown[];
  readonly nextCursor?: string;
  readonly startIndex?: number;
  readonly totalResults?: number;
  readonly [NERM_PART]?: { readonly next?: string | null };
}

const isArray = (value: unknown): value is readonly unknown[] => Array.isArray(value);

/** The entries of a page: of NERM, the one array that it holds. */
const itemsOf = (page: Page): readonly unknown[] | undefined =>
  [page.data, page.Resources, ...Object.values(Object(page) as object)].find(isArray);

/** The query of the next page. Of a link in a response only the query is taken: the token goes to no other server. */
function nextQuery(page: Page, items: readonly unknown[], query: URLSearchParams): URLSearchParams | undefined {
  const link = page.links?.next ?? page[NERM_PART]?.next;
  if (typeof link === 'string') return new URLSearchParams(link.split(/[?#]/)[1]);
  const next = new URLSearchParams(query);
  const index = (page.startIndex ?? 1) + items.length;
  if (items.length === 0) return undefined;
  if (page.nextCursor !== undefined) next.set('cursor', page.nextCursor);
  else if (page.Resources && index <= (page.totalResults ?? 0)) next.set('startIndex', String(index));
  else return undefined;
  return next;
}

/** Every page of a list, in any dialect. */
async function* pagesOf(stele: Stele, { path, query }: SteleRequest, headers: Readonly<Record<string, string>>) {
  const [pathname = '', search] = path.split('?', 2);
  let at: URLSearchParams | undefined = new URLSearchParams(search);
  for (const [name, value] of Object.entries(query ?? {})) at.set(name, String(value));
  // Without it, NERM reports no next page.
  if (!/^\/(?:v1|scim|api\/scim|sso\/scim)\//.test(pathname) && !at.has('metadata')) at.set('metadata', 'true');
  while (at) {
    const target: string = at.size > 0 ? `${pathname}?${at}` : pathname;
    const page: Page = await stele.request<Page>({ method: 'GET', path: target }, { headers });
    const items = itemsOf(page);
    if (!items) throw new UsageError(`${pathname} is no list; leave out --paginate`);
    yield { data: items };
    const next = nextQuery(page, items, at);
    if (next && String(next) === String(at)) throw new Error(`${pathname} names the same page as the next one`);
    at = next;
  }
}

export function apiCommand(program: Command, io: Io): void {
  writeFlags(
    program
      .command('api')
      .description('Send any request to the API, with the key of the profile, and print the response.')
      .argument('<method>', 'GET, POST, PUT, PATCH or DELETE', (text) => text.toUpperCase())
      .argument('<path>', 'below the URL of the directory, as in /v1/users?per_page=10')
      .argument('[fields...]', 'name=value or name:=json; parameters of a GET, else fields of the JSON body')
      .option('--data <json>', 'the body: @file, - for standard input, or the JSON itself')
      .option('--header <name:value>', 'another header; may repeat', headerOf)
      .option('--if-match <etag>', 'write only if the resource still has this version')
      .option('--paginate', 'follow a list to its end, and print one JSON array of its entries'),
  )
    .addHelpText(
      'after',
      `${fieldHelp}

The dialect, and with it the content type, is that of the path. --paginate knows the lists of v1, SCIM and NERM.

Examples:
  stele api GET /v1/users --paginate
  stele api GET /scim/v2/Users 'filter=userName sw "j"' count=100 --paginate
  stele api PATCH /v1/users/usr_01hzxrphnke7jrvvzhvhsvq5bm role=admin
  stele api POST /scim/v2/Users --data @jane.json
  stele api PATCH /v1/users/usr_01hzxrphnke7jrvvzhvhsvq5bm role=admin --header 'Prefer: return=preview'`,
    )
    .action(async (method: string, path: string, fields: string[], given: Flags) => {
      const { header: headers = {}, paginate, ifMatch } = given;
      const request = await requestOf(method, path, fields, given, io);
      if (paginate && method !== 'GET') throw new UsageError('--paginate is for GET');
      const stele = await connect(given, io);
      if (paginate) return printArray(io, pagesOf(stele, request, headers));
      const body = await stele.request(request, { headers, ...onlyIf(ifMatch) });
      if (body === undefined || body === '') return;
      await put(io.stdout, typeof body === 'string' ? `${body}${body.endsWith('\n') ? '' : '\n'}` : pretty(body));
    });
}
