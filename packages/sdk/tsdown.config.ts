import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineConfig, type UserConfig } from 'tsdown';

const entry = {
  index: 'src/index.ts',
  errors: 'src/errors.ts',
  v1: 'src/v1/index.ts',
  scim: 'src/scim/index.ts',
  nerm: 'src/nerm/index.ts',
};

const shared: UserConfig = {
  entry,
  platform: 'neutral',
  target: 'es2022',
  // Comments are in the declarations. Classes keep their names, for stacks and for `console.log`.
  minify: {
    compress: { keepNames: { class: true, function: false } },
    mangle: { keepNames: { class: true, function: false } },
    codegen: true,
  },
  sourcemap: false,
};

/** One set of declarations: those of the ES modules name those of CommonJS, which ES modules may import. */
const hooks: UserConfig['hooks'] = {
  'build:done': async ({ options }) => {
    for (const name of Object.keys(entry)) {
      await writeFile(join(options.outDir, `${name}.d.ts`), `export * from './${name}.cjs';\n`);
    }
  },
};

export default defineConfig([
  { ...shared, format: 'esm', dts: false, clean: true },
  { ...shared, format: 'cjs', dts: true, clean: false, hooks },
]);
