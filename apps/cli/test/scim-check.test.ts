import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { providers } from '../src/conformance/check.ts';
import { serve, shell } from './directory.ts';
import { type Asked, type Fault, saying, serveScim, type Told } from './scim-server.ts';

/** A shell, and a small server with a fault or without one. */
async function checking(fault?: Fault) {
  const server = await serveScim(fault);
  const at = await shell({ SCIM_TOKEN: server.token });
  return { ...at, ...server, check: (...flags: string[]) => at.run(['scim', 'check', server.url, ...flags]) };
}

interface Report {
  readonly url: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly leftBehind: readonly string[];
  readonly checks: readonly Readonly<Record<string, unknown>>[];
}

/** The names of the checks that ended in one way. */
const endedIn = (result: string, { checks }: Report) =>
  checks.filter((each) => each['result'] === result).map(({ id }) => id);

const isCreate = ({ method, path }: Asked) => method === 'POST' && path === '/Users';
const isChange = ({ method, path }: Asked) => method === 'PATCH' && path.startsWith('/Users/');

test('a server that does what it announces passes, and what it does not announce is skipped', async () => {
  const { check, names } = await checking();
  const { code, stdout, stderr } = await check('--for', 'rfc', '--only', 'patch.', '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const report = JSON.parse(stdout) as Report;
  expect(report).toMatchObject({ failed: 0, leftBehind: [] });
  expect(report.passed).toBeGreaterThan(40);
  expect(names()).toEqual(['bystander']);

  const etags = JSON.parse((await check('--only', 'etag.', '--json')).stdout) as Report;
  expect(etags).toMatchObject({ passed: 0, failed: 0 });
  expect(etags.checks[0]).toMatchObject({ result: 'skipped', remark: 'it does not announce etag' });
});

/** An answer with other members in its body. */
const withBody = (told: Told, members: object): Told => ({ ...told, body: { ...(told.body as object), ...members } });

/** What is wrong with a server, a check that has to notice, and what it has to say. */
const faults: readonly (readonly [what: string, fault: Fault, notices: string, remark: RegExp])[] = [
  [
    'a wrong status',
    saying((told, asked) => (isCreate(asked) && told.status === 201 ? { ...told, status: 200 } : told)),
    'users.create',
    /^expected 201 to POST \/Users, got 200$/,
  ],
  [
    'an error in HTML',
    saying((told) => (told.status === 404 ? { status: 404, body: '<html>', type: 'text/html' } : told)),
    'errors.read-nobody',
    /^expected a SCIM error in JSON to GET \/Users\/.*, got "<html>"$/,
  ],
  [
    'another media type',
    saying((told) => ({ ...told, type: 'text/plain' })),
    'discovery.media-type',
    /^expected application\/scim\+json, got text\/plain$/,
  ],
  [
    'no scimType',
    saying((told) => (told.status === 409 ? withBody(told, { scimType: undefined }) : told)),
    'users.duplicate',
    /^expected scimType uniqueness to POST \/Users, got nothing$/,
  ],
  [
    'a status in the error that is a number',
    saying((told) => (told.status === 404 ? withBody(told, { status: 404 }) : told)),
    'errors.delete-nobody',
    /^expected status in the error "404", got 404$/,
  ],
  [
    'an answer that shows the password',
    saying((told, asked) => (isCreate(asked) ? withBody(told, JSON.parse(asked.body) as object) : told)),
    'users.password-hidden',
    /^expected no password, got /,
  ],
  [
    'an answer that is not what is there',
    saying((told, asked) => (isCreate(asked) && told.status === 201 ? withBody(told, { title: 'x' }) : told)),
    'users.read',
    /^expected the user with title "x", got nothing$/,
  ],
  [
    'a DELETE with a body',
    saying((told, { method }) => (method === 'DELETE' && told.status === 204 ? { status: 200, body: {} } : told)),
    'delete.delete',
    /^expected 204 to DELETE/,
  ],
  [
    'a PATCH that changes nothing',
    (asked, answer) => answer(isChange(asked) ? { ...asked, method: 'GET' } : asked),
    'patch.replace-part',
    /^expected the user with name\.givenName "Other", got "Check"$/,
  ],
  [
    'a replace that adds',
    (asked, answer) => answer({ ...asked, body: asked.body.replaceAll('"replace"', '"add"') }),
    'patch.replace-list',
    /^expected the user with emails \[\{.*check-other.*\}\], got \[\{.*check-work.*/,
  ],
  [
    'a PATCH that is not atomic',
    (asked, answer) => {
      const told = answer(asked);
      if (!isChange(asked) || told.status !== 400) return told;
      const { Operations, ...message } = JSON.parse(asked.body) as { Operations: object[] };
      answer({ ...asked, body: JSON.stringify({ ...message, Operations: Operations.slice(0, 1) }) });
      return told;
    },
    'patch.atomic',
    /^expected the user as it was, with displayName "Before", got "After"$/,
  ],
  [
    'a refusal that is another',
    saying((told, asked) => (isChange(asked) && told.status === 400 ? withBody(told, { scimType: 'tooMany' }) : told)),
    'patch.remove-without-path',
    /^expected scimType noTarget to PATCH \/Users\/.*, got tooMany$/,
  ],
  [
    'a failure',
    saying((told, asked) => (isChange(asked) ? { status: 500, body: 'oops', type: 'text/plain' } : told)),
    'attributes.User.title',
    /^expected 200 or 204 to PATCH .*, got 500 \(oops\)$/,
  ],
  [
    'a schema without types',
    saying((told, { path }) =>
      path === '/Schemas'
        ? { ...told, body: JSON.parse(JSON.stringify(told.body).replaceAll('"boolean"', '"bool"')) as unknown }
        : told,
    ),
    'discovery.characteristics',
    /^expected type of urn:.*:active to be one of RFC 7643's, got bool$/,
  ],
];

describe('a server that is wrong fails', () => {
  test.each(faults)('%s', async (_, fault, id, remark) => {
    const { check, names } = await checking(fault);
    const { code, stdout, stderr } = await check('--only', id, '--json');
    const report = JSON.parse(stdout) as Report;
    expect(endedIn('fail', report)).toContain(id);
    expect(report.checks.find((each) => each['id'] === id)?.['remark']).toMatch(remark);
    expect({ code, stderr }).toEqual({ code: 8, stderr: expect.stringMatching(/^error: \d+ of \d+ checks failed\n$/) });
    expect(names()).toEqual(['bystander']);
  });

  test('with one line for each, in a table', async () => {
    const { check } = await checking(faults[0]![1]);
    const { stdout } = await check('--only', 'users.');
    const lines = stdout.split('\n');
    expect(lines[0]).toMatch(/^result +check +rule +source +remark$/);
    expect(lines.find((line) => line.includes(' users.create '))).toMatch(
      /^fail +users\.create .* RFC 7644 3\.3 +expected 201 to POST \/Users, got 200$/,
    );
    expect(lines.at(-2)).toMatch(/^1 passed, \d+ failed, \d+ skipped$/);
  });
});

describe('what the sweep creates is deleted', () => {
  test('and nothing else is changed or deleted', async () => {
    const { check, asked, names } = await checking();
    await check();
    expect(asked.filter(isCreate).length).toBeGreaterThan(100);
    expect(asked.filter(({ method, path }) => method !== 'GET' && path.includes('bystander'))).toEqual([]);
    expect(names()).toEqual(['bystander']);
  });

  test('also where its creation was not acknowledged', async () => {
    const { check, names } = await checking(
      saying((told, asked) => (isCreate(asked) ? { status: 500, body: {} } : told)),
    );
    expect((await check('--only', 'users.')).code).toBe(8);
    expect(names()).toEqual(['bystander']);
  });

  test('also after Ctrl-C, which ends the sweep', async () => {
    let creates = 0;
    const at = await checking((asked, answer) => {
      if (isCreate(asked) && ++creates === 5) at.interrupt();
      return answer(asked);
    });
    const { code, stderr } = await at.check('--only', 'users.');
    expect({ code, stderr }).toEqual({
      code: 130,
      stderr: 'Cleaning up; Ctrl-C again ends at once.\nerror: interrupted\n',
    });
    expect(creates).toBe(5);
    expect(at.names()).toEqual(['bystander']);
  });

  test('or said, where it cannot be', async () => {
    const { check } = await checking(saying((told, { method }) => (method === 'DELETE' ? { status: 403 } : told)));
    const { code, stdout, stderr } = await check('--only', 'users.create', '--json');
    expect(code).toBe(8);
    expect(stderr).toMatch(
      /^could not be deleted: \/Users\/.+\nerror: what the checks created could not be deleted\n$/,
    );
    expect((JSON.parse(stdout) as Report).leftBehind).toHaveLength(1);
  });

  const unfound: readonly (readonly [what: string, told: Told])[] = [
    ['no answer', { status: 0 }],
    ['a failure', { status: 500 }],
    ['no permission', { status: 403 }],
  ];
  test.each(unfound)('or said, where it cannot be looked for: %s', async (_, told) => {
    const { check } = await checking((asked, answer) => (asked.path.includes('filter=') ? told : answer(asked)));
    const { code, stdout, stderr } = await check('--only', 'users.create', '--json');
    expect(code).toBe(8);
    const { leftBehind } = JSON.parse(stdout) as Report;
    expect(leftBehind).toEqual([
      expect.stringMatching(/^whatever in \/Users is named stele-check-[0-9a-f]{8}-\* \(could not be looked for\)$/),
    ]);
    expect(stderr).toContain(`could not be deleted: ${leftBehind[0]}\n`);
  });

  test.each([400, 501])('and not looked for where the server refuses to search (%i)', async (status) => {
    const { check } = await checking((asked, answer) => (asked.path.includes('filter=') ? { status } : answer(asked)));
    expect(await check('--only', 'users.create')).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('what clients send', () => {
  test('fails where one of its requests does, and leaves nothing behind', async () => {
    const { check, names, asked } = await checking(
      saying((told, asked) => (isChange(asked) ? { status: 500, body: {} } : told)),
    );
    const id = 'clients.several.patch-remove-sub-attribute';
    const { code, stdout } = await check('--only', id, '--json');
    const report = JSON.parse(stdout) as Report;
    expect({ code, failed: endedIn('fail', report) }).toEqual({ code: 8, failed: [id] });
    expect(report.checks[0]).toMatchObject({
      area: 'clients',
      provider: 'Several clients',
      source: 'simpleidserver/SimpleIdServer#421',
      remark: expect.stringMatching(/^expected 200 or 204 to PATCH \/Users\/[^/]+, got 500/) as string,
    });
    expect(asked.filter(isCreate)).toHaveLength(1);
    expect(names()).toEqual(['bystander']);
  });

  test('is picked by client', async () => {
    const { run } = await shell();
    const { stdout } = await run(['scim', 'check', '--list', '--for', 'onelogin']);
    const ids = stdout.split('\n').flatMap((line) => /^(\S+\.\S+) /.exec(line)?.[1] ?? []);
    expect(ids).toContain('clients.onelogin.life-cycle');
    expect(ids.filter((id) => !id.startsWith('clients.onelogin.'))).toEqual([]);
  });

  test.each([
    ['clients.dronahq.api-post-old-urn', 'the base URL does not end with /api/scim/v2'],
    ['clients.okta.life-cycle', 'it does not announce Groups'],
    ['clients.entra.match-on-email', 'it does not announce filter'],
    ['clients.wso2.bulk-patch-group', 'it does not announce bulk'],
  ])('%s is skipped where %s', async (id, remark) => {
    const { check } = await checking();
    const report = JSON.parse((await check('--only', id, '--json')).stdout) as Report;
    expect(report.checks).toEqual([expect.objectContaining({ id, result: 'skipped', remark })]);
  });
});

describe('the key of Stele goes to Stele alone', () => {
  /** The tokens that a server was sent, by a sweep in an environment. */
  async function sent(environment: (url: string) => Readonly<Record<string, string>>, ...flags: string[]) {
    const { url, seen } = await serve(() => ({ status: 401 }));
    const { run } = await shell(environment(url));
    const { code, stderr } = await run(['scim', 'check', `${url}/scim/v2`, ...flags]);
    return { code, stderr, url, tokens: [...new Set(seen.map(({ headers }) => headers.authorization))] };
  }

  const elsewhere = 'https://stele.example';

  test.each<[string, (url: string) => Record<string, string>]>([
    ['STELE_URL is another', () => ({ STELE_URL: elsewhere })],
    ['STELE_URL has another port', (url) => ({ STELE_URL: url.replace(/:\d+$/, ':1') })],
    ['STELE_URL has another scheme', (url) => ({ STELE_URL: url.replace('http:', 'https:') })],
    ['STELE_URL begins the same', (url) => ({ STELE_URL: `${url}@stele.example` })],
    ['STELE_URL is no URL', () => ({ STELE_URL: 'stele.example' })],
    ['STELE_URL is unset, and the default is another', () => ({})],
  ])('and nothing is sent where %s', async (_, environment) => {
    const { code, stderr, url, tokens } = await sent((at) => ({ STELE_TOKEN: 'the-key', ...environment(at) }));
    expect({ code, tokens }).toEqual({ code: 3, tokens: [] });
    expect(stderr).toContain(`there is no token for ${url}`);
    for (const way of ['SCIM_TOKEN', '--token', 'STELE_TOKEN']) expect(stderr).toContain(way);
    expect(stderr).not.toContain('the-key');
  });

  test('which STELE_URL names, whatever the path', async () => {
    const { tokens } = await sent((url) => ({ STELE_URL: `${url}/elsewhere`, STELE_TOKEN: 'the-key' }));
    expect(tokens).toEqual(['Bearer the-key']);
  });

  test('which is at the default URL unless STELE_URL is set', async () => {
    const environment = { STELE_TOKEN: 'the-key' };
    // Nobody has to listen there: what is asked is whether a key was missing.
    const { run } = await shell(environment);
    const there = ['scim', 'check', 'http://127.0.0.1:3000/scim/v2', '--only', 'nothing.like.it', '--timeout', '1'];
    expect((await run(there)).stderr).not.toContain('there is no token');
    expect((await run(there, { env: { STELE_URL: elsewhere } })).stderr).toContain('there is no token');
  });

  test('SCIM_TOKEN goes anywhere, and before it; --token before both', async () => {
    const environment = (url: string) => ({ STELE_URL: url, STELE_TOKEN: 'the-key', SCIM_TOKEN: 'the-token' });
    expect((await sent(environment)).tokens).toEqual(['Bearer the-token']);
    expect((await sent((url) => ({ ...environment(url), STELE_URL: elsewhere }))).tokens).toEqual(['Bearer the-token']);
    expect((await sent(environment, '--token', 'the-flag')).tokens).toEqual(['Bearer the-flag']);
  });

  test('as --help says', async () => {
    const { stdout } = await (await shell()).run(['scim', 'check', '--help']);
    for (const name of ['SCIM_TOKEN', 'STELE_TOKEN', 'STELE_URL']) expect(stdout).toContain(name);
  });
});

test('the report says what was checked, where, and how it went', async () => {
  const { check, home, url } = await checking(faults[0]![1]);
  const file = join(home, 'report.json');
  const { stdout } = await check('--only', 'users.create', '--report', file);
  const report = JSON.parse(await readFile(file, 'utf8')) as Report;
  expect(report).toMatchObject({ url, passed: 0, failed: 1, skipped: 0, leftBehind: [] });
  expect(report.checks).toEqual([
    {
      id: 'users.create',
      area: 'users',
      title: 'POST creates a user, and answers 201 with all that was sent',
      source: 'RFC 7644 3.3',
      provider: 'RFC',
      result: 'fail',
      remark: 'expected 201 to POST /Users, got 200',
      expected: '201 to POST /Users',
      actual: '200',
      milliseconds: expect.any(Number) as number,
    },
  ]);
  expect(stdout).toContain('0 passed, 1 failed, 0 skipped');
});

test('--report replaces a file that exists with --force alone, and sends nothing before', async () => {
  const requests: Asked[] = [];
  const { check, home } = await checking((asked, answer) => {
    requests.push(asked);
    return answer(asked);
  });
  const file = join(home, 'report.json');
  await writeFile(file, 'mine', { mode: 0o640 });
  const kept = await check('--only', 'users.create', '--report', file);
  expect(kept).toMatchObject({ code: 2, stdout: '', stderr: `error: ${file} exists; --force replaces it\n` });
  expect(requests).toEqual([]);
  expect(await check('--only', 'users.create', '--report', home, '--force')).toMatchObject({ code: 2 });
  expect(await readFile(file, 'utf8')).toBe('mine');

  expect(await check('--only', 'users.create', '--report', file, '--force')).toMatchObject({ code: 0 });
  expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ passed: 1 });
  expect((await stat(file)).mode & 0o777).toBe(0o640);
});

test('a server that limits the rate is waited for', async () => {
  let requests = 0;
  const limited: Fault = (asked, answer) =>
    ++requests % 2 === 0 ? { status: 429, headers: { 'Retry-After': '0' } } : answer(asked);
  const { check, names } = await checking(limited);
  expect((await check('--only', 'users.create')).code).toBe(0);
  expect(names()).toEqual(['bystander']);
});

test('Ctrl-C ends a wait for a server that limits the rate', async () => {
  const limited: Fault = (asked, answer) => {
    if (!isCreate(asked)) return answer(asked);
    setTimeout(at.interrupt, 50);
    return { status: 429, headers: { 'Retry-After': '60' } };
  };
  const at = await checking(limited);
  expect((await at.check('--only', 'users.create')).code).toBe(130);
});

describe('the sweep ends before it begins', () => {
  test('where nobody answers', async () => {
    const { run } = await shell({ SCIM_TOKEN: 'x' });
    const { code, stdout, stderr } = await run(['scim', 'check', 'http://127.0.0.1:9']);
    expect({ code, stdout }).toEqual({ code: 7, stdout: '' });
    expect(stderr).toContain('http://127.0.0.1:9 does not answer');
  });

  test('where the token is refused', async () => {
    const { check, asked } = await checking();
    const { code, stdout, stderr } = await check('--token', 'another');
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toContain('who are you?');
    expect(asked).toEqual([]);
  });

  test('where something else answers', async () => {
    const { check } = await checking(() => ({ status: 200, body: '<html>', type: 'text/html' }));
    const { code, stderr } = await check();
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('is not a SCIM 2.0 service') });
  });

  test.each([
    ['without a URL', []],
    ['with a URL that is none', ['example.com']],
    ['for somebody unknown', ['http://127.0.0.1:9', '--for', 'ldap']],
    ['with a time that is none', ['http://127.0.0.1:9', '--timeout', '0']],
    ['with a name that no check has', ['--list', '--only', 'nothing.like.it']],
  ])('%s', async (_, argv) => {
    const { run } = await shell({ SCIM_TOKEN: 'x' });
    expect(await run(['scim', 'check', ...argv])).toMatchObject({ code: 2, stdout: '' });
  });

  test('without a token', async () => {
    const { run } = await shell();
    expect(await run(['scim', 'check', 'http://127.0.0.1:9'])).toMatchObject({ code: 3, stdout: '' });
  });
});

test('a server that is gone ends the sweep', async () => {
  let answers = 0;
  const { check, asked } = await checking((asked, answer) => (++answers > 20 ? { status: 0 } : answer(asked)));
  const { code, stderr } = await check('--for', 'rfc');
  expect({ code, stderr }).toEqual({ code: 7, stderr: expect.stringContaining('the server answers no more') });
  expect(asked.length).toBeLessThan(60);
});

test('--for and --only pick checks, --list shows them and asks nobody', async () => {
  const { run } = await shell();
  const listed = async (...flags: string[]) => {
    const { stdout } = await run(['scim', 'check', '--list', ...flags]);
    return [...stdout.matchAll(/^(\w+\.\S+)/gm)].map(([, id]) => id!);
  };
  const all = await listed();
  expect(all.length).toBeGreaterThan(250);
  const parts = await Promise.all(Object.keys(providers).map((provider) => listed('--for', provider)));
  expect(parts.flat().toSorted()).toEqual(all.toSorted());
  expect(await listed('--for', 'okta')).toEqual(all.filter((id) => /^(clients\.)?okta\./.test(id)));
  expect(await listed('--only', 'PATCH.*filter')).toEqual(all.filter((id) => /patch\..*filter/.test(id)));
});

test.each(['check', 'explain'])('scim %s --help has examples', async (name) => {
  const { code, stdout } = await (await shell()).run(['scim', name, '--help']);
  expect(code).toBe(0);
  expect(stdout).toContain(`Examples:\n  stele scim ${name}`);
});
