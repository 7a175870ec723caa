import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The files that the compiler refuses. */
function compile(project: string): Promise<string[]> {
  return new Promise((resolve) => {
    execFile(
      join(root, '../../node_modules/.bin/tsc'),
      ['-p', project, '--noEmit', '--composite', 'false'],
      (_, output) => {
        resolve(
          [...new Set([...output.matchAll(/^(?:.*\/)?src\/([\w/.-]+)\(/gm)].map(([, file]) => file!))].toSorted(),
        );
      },
    );
  });
}

// "A field added to the canonical user in one place fails to compile until each dialect says how it is carried."
it.each([
  [
    'at the top',
    'nickName: Text.exactOptional(),',
    'nickName: Text.exactOptional(),\n  shoeSize: Text.exactOptional(),',
  ],
  [
    'in a group',
    'division: Text.exactOptional(),',
    'division: Text.exactOptional(),\n  shoeSize: Text.exactOptional(),',
  ],
])('an attribute added %s does not compile until every dialect says how it is carried', async (_, before, after) => {
  // Beside the sources, so that the compiler finds zod.
  const copy = await mkdtemp(join(root, '.new-attribute-'));
  onTestFinished(() => rm(copy, { recursive: true }));
  await cp(join(root, 'src'), join(copy, 'src'), { recursive: true });
  await cp(join(root, 'tsconfig.build.json'), join(copy, 'tsconfig.json'));
  await writeFile(
    join(copy, 'tsconfig.json'),
    (await readFile(join(copy, 'tsconfig.json'), 'utf8')).replace('../../', '../../../'),
  );
  expect(await compile(join(copy, 'tsconfig.json'))).toEqual([]);

  const user = join(copy, 'src/canonical/user.ts');
  const source = await readFile(user, 'utf8');
  expect(source).toContain(before);
  await writeFile(user, source.replace(before, after));
  const refused = await compile(join(copy, 'tsconfig.json'));
  expect(refused).toEqual(expect.arrayContaining(['nerm/user.ts', 'scim/user.ts', 'v1/user.ts']));
});
