import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { connected, ID } from './directory.ts';

const url = 'https://stele.example.com/avatars/1';
const answer = () => ({ status: 200, body: { url } });

test.each([ID.v1, ID.uuid, ID.uuid.replaceAll('-', '')])('the picture of %s is at the URL', async (id) => {
  const { run, seen } = await connected(answer);
  expect(await run(['users', 'avatar', id])).toEqual({ code: 0, stdout: `${url}\n`, stderr: '' });
  expect(seen).toMatchObject([{ method: 'GET', path: `/users/${ID.uuid}/avatar` }]);
});

test('--json shows the answer as it came', async () => {
  const { run } = await connected(answer);
  expect(JSON.parse((await run(['users', 'avatar', ID.v1, '--json'])).stdout)).toEqual({ url });
});

test('a URL moves no cursor', async () => {
  const { run } = await connected(() => ({ status: 200, body: { url: 'https://a/\u001b[2J' } }));
  expect((await run(['users', 'avatar', ID.v1])).stdout).toBe('https://a/\\u001b[2J\n');
});

test('--set sends the file', async () => {
  const { run, seen, home } = await connected(answer);
  const file = join(home, 'jane.png');
  await writeFile(file, 'the picture of jane');
  expect(await run(['users', 'avatar', ID.v1, '--set', file])).toEqual({ code: 0, stdout: `${url}\n`, stderr: '' });
  expect(seen).toMatchObject([
    {
      method: 'POST',
      path: `/users/${ID.uuid}/avatar`,
      headers: { 'content-type': expect.stringMatching(/^multipart\/form-data; /) },
      body: expect.stringContaining('\r\n\r\nthe picture of jane\r\n--'),
    },
  ]);
});

test('a file that is not there is refused before anything is sent', async () => {
  const { run, seen, home } = await connected(answer);
  expect(await run(['users', 'avatar', ID.v1, '--set', join(home, 'none.png')])).toMatchObject({ code: 2, stdout: '' });
  expect(seen).toEqual([]);
});

test('who has no picture is not found, and what is no picture is not valid', async () => {
  const { run, home } = await connected(({ method }) =>
    method === 'GET'
      ? { status: 404, body: { error: 'The requested Avatar was not found' } }
      : { status: 400, body: { error: 'no', errors: { file: 'must be a PNG, JPEG or WebP image' } } },
  );
  await writeFile(join(home, 'a'), 'a');
  expect(await run(['users', 'avatar', ID.v1])).toMatchObject({ code: 4 });
  expect(await run(['users', 'avatar', ID.v1, '--set', join(home, 'a')])).toMatchObject({
    code: 6,
    stderr: expect.stringContaining('file: must be a PNG'),
  });
});
