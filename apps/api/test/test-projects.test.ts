import { globSync, readFileSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import config from '../../../vitest.config.ts';

interface Project {
  readonly test: { readonly name: string; readonly include: readonly string[]; readonly exclude?: readonly string[] };
}

const projects = (config.test!.projects as unknown as readonly Project[]).map(({ test }) => test);
const root = fileURLToPath(new URL('../../../', import.meta.url));
const files = globSync('{apps,packages}/*/{src,test}/**/*.test.ts', { cwd: root });

it('every file of tests belongs to one project of vitest', () => {
  const owners = Object.fromEntries(
    files.map((file) => {
      const isIn = (patterns: readonly string[] = []): boolean =>
        patterns.some((pattern) => matchesGlob(file, pattern));
      return [file, projects.filter(({ include, exclude }) => isIn(include) && !isIn(exclude)).map(({ name }) => name)];
    }),
  );
  expect(Object.entries(owners).filter(([, names]) => names.length !== 1)).toEqual([]);
  expect(files.length).toBeGreaterThan(100);
});

// Only the projects of the API start a PostgreSQL.
it('no test of another package starts an API', () => {
  const others = files.filter((file) => !file.startsWith('apps/api/'));
  expect(others.filter((file) => readFileSync(join(root, file), 'utf8').includes('api/test/support/app.ts'))).toEqual(
    [],
  );
});
