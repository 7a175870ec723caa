import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { shell } from './directory.ts';
import { type Asked, type Fault, saying, serveScim, type Told } from './scim-server.ts';

/** A shell, and a small server with a fault or without one. */
async function checking(fault?: Fault) {
  const server = await serveScim(fault);
  const at = await shell({ STELE_TOKEN: server.token });
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
    const { run } = await shell({ STELE_TOKEN: 'x' });
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
    const { run } = await shell({ STELE_TOKEN: 'x' });
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
  const parts = await Promise.all(['rfc', 'okta', 'entra', 'keycloak'].map((whom) => listed('--for', whom)));
  expect(parts.flat().toSorted()).toEqual(all.toSorted());
  expect(await listed('--for', 'okta')).toEqual(all.filter((id) => id.startsWith('okta.')));
  expect(await listed('--only', 'PATCH.*filter')).toEqual(all.filter((id) => /patch\..*filter/.test(id)));
});

test.each(['check', 'explain'])('scim %s --help has examples', async (name) => {
  const { code, stdout } = await (await shell()).run(['scim', name, '--help']);
  expect(code).toBe(0);
  expect(stdout).toContain(`Examples:\n  stele scim ${name}`);
});
