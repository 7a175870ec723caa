import { MOST_USERS } from './list.ts';

type Query = Readonly<Record<string, unknown>>;

/** `query[limit]` of SailPoint's earlier OpenAPI, and the names that its clients use for ours. */
const names: Readonly<Record<string, string>> = {
  'query[limit]': 'limit',
  'query[offset]': 'offset',
  'query[order]': 'order',
  status: 'user_status',
  user_type: 'type',
};

const booleans: Readonly<Record<string, string>> = { true: 'true', '1': 'true', false: 'false', '0': 'false' };

const toBoolean = (text: string): string => booleans[text.toLowerCase()] ?? text;

/** An empty value of these picks nothing. */
const unlessEmpty = (text: string): string | undefined => (text === '' ? undefined : text);

/** The usual spelling of each value that clients spell differently. */
const values: Readonly<Record<string, (text: string) => string | undefined>> = {
  metadata: toBoolean,
  async: toBoolean,
  limit: (text) => (/^\d{1,15}$/.test(text) && Number(text) > MOST_USERS ? String(MOST_USERS) : text),
  order: (text) => text.replace(/(?:^|(?<= ))(?:asc|desc)$/i, (direction) => direction.toLowerCase()),
  user_status: unlessEmpty,
  type: unlessEmpty,
};

/** Query parameters in the spelling of the schema. One that is given under two names is left for the schema to reject. */
export function receiveNermQuery(query: Query): Record<string, unknown> {
  const received: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [given, value] of Object.entries(query)) {
    const alias = Object.hasOwn(names, given) ? names[given]! : given;
    const name = alias !== given && Object.hasOwn(query, alias) ? given : alias;
    const spelled = Object.hasOwn(values, name) && typeof value === 'string' ? values[name]!(value) : value;
    if (spelled !== undefined) received[name] = spelled;
  }
  return received;
}
