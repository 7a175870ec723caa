import type { Check } from '../check.ts';
import { clientCases, type ClientCase } from '../clients/cases.ts';
import { runSteps, type Step } from '../clients/step.ts';
import { SkipError } from '../expect.ts';
import { isObject } from '../json.ts';
import type { Session } from '../session.ts';
import type { Need } from '../types.ts';
import { urns } from '../urn.ts';

/** What a request has, and the need that it stands for. */
const needs: readonly (readonly [Need, (step: Step) => boolean])[] = [
  ['patch', ({ method }) => method === 'PATCH'],
  ['bulk', ({ path }) => path.startsWith('/Bulk')],
  ['Groups', ({ path }) => path.startsWith('/Groups')],
  ['filter', ({ path }) => /[?&]filter=|\/\.search/.test(path)],
  ['etag', ({ save = {} }) => Object.values(save).includes('meta|version')],
  ['changePassword', ({ method, body }) => method === 'PATCH' && JSON.stringify(body).includes('"password"')],
  ['enterprise', ({ expect }) => isObject(expect.contains) && urns.enterprise in expect.contains],
];

const RESOURCE = /^\/(User|Group)s(?:\/\{\{\w+\}\})?\??$/;

/** The attributes that a resource in a response has to show. */
function attributesOf({ path, expect }: Step): Need[] {
  const type = RESOURCE.exec(path)?.[1];
  if (type === undefined || !isObject(expect.contains) || [expect.status].flat().some((status) => status >= 400))
    return [];
  const names = Object.keys(expect.contains).filter((name) => !name.includes(':'));
  return names.map((name): Need => `${type as 'User' | 'Group'}.${name}`);
}

const needsOf = ({ steps }: ClientCase): readonly Need[] => [
  ...new Set([...needs.filter(([, uses]) => steps.some(uses)).map(([need]) => need), ...steps.flatMap(attributesOf)]),
];

async function run({ mount, secondToken, steps }: ClientCase, session: Session): Promise<void> {
  if (mount !== undefined && !session.url.endsWith(mount))
    throw new SkipError(`the base URL does not end with ${mount}`);
  if (secondToken && session.secondToken === undefined) throw new SkipError('it needs a second token');
  const send = ({ method, path, body, headers = {} }: Parameters<Parameters<typeof runSteps>[1]>[0]) =>
    session.send(method, path, {
      ...(body !== undefined && { body }),
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value ?? ''])),
    });
  const { secondToken: token } = session;
  await runSteps(steps, send, { run: session.uniqueName(), ...(token !== undefined && { secondToken: token }) });
}

/** What real clients send, each request as its client sends it. */
export const clients: readonly Check[] = clientCases.map((each) => ({
  id: `clients.${each.client}.${each.name}`,
  area: 'clients',
  provider: each.client,
  title: each.title,
  source: each.source,
  needs: needsOf(each),
  run: (session) => run(each, session),
}));
