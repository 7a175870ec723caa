import { existsSync, globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DirectoryError, errorStatus, type ErrorCode } from '@stele/schemas/canonical';
import { nerm, type NermError } from '@stele/schemas/nerm';
import { scim, ScimErrorMessage } from '@stele/schemas/scim';
import { describe, expect, it } from 'vitest';
import { pages as pagesOfErrors } from '../../cli/src/documentation.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const read = (page: string): Promise<string> => readFile(join(root, page), 'utf8');

const withoutBlocks = (page: string): string => page.replaceAll(/^ *```.*?^ *```$/gms, '');

/** The anchors that GitHub gives to the headings of a page. */
function anchorsOf(page: string): string[] {
  const anchors = [...withoutBlocks(page).matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/\[(.*?)\]\(.*?\)/g, '$1')
      .replaceAll(/[^\p{L}\p{M}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  );
  return anchors.map((anchor, index) => {
    const earlier = anchors.slice(0, index).filter((other) => other === anchor).length;
    return earlier === 0 ? anchor : `${anchor}-${earlier}`;
  });
}

/** Why a relative link of a page leads nowhere. */
async function faultOf(page: string, target: string): Promise<string[]> {
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? page : join(dirname(page), path);
  if (!existsSync(join(root, file))) return [`${target}: no such file`];
  if (anchor === undefined || anchorsOf(await read(file)).includes(anchor)) return [];
  return [`${target}: no such heading`];
}

const faultsOf = async (page: string, targets: readonly string[]): Promise<string[]> =>
  (await Promise.all(targets.map((target) => faultOf(page, target)))).flat();

const pages = ['*.md', '{docs,apps,packages,.github}/**/*.md']
  .flatMap((pattern) => globSync(pattern, { cwd: root, exclude: ['**/node_modules', '**/dist', '**/CHANGELOG.md'] }))
  .toSorted();

it.each(pages)('every relative link of %s has a file, and its anchor a heading', async (page) => {
  const targets = [...withoutBlocks(await read(page)).matchAll(/\]\(([^\s)]+)\)/g)].map(([, target]) => target!);
  expect(
    await faultsOf(
      page,
      targets.filter((target) => !/^[a-z]+:/.test(target)),
    ),
  ).toEqual([]);
});

/** Sources by the end of their path, as pages name them: `http/body-reader.ts`. */
const sources = globSync(['*.ts', '{apps,packages}/**/*.ts'], { cwd: root, exclude: ['**/node_modules', '**/dist'] });

it.each(pages)('every source file that %s names exists', async (page) => {
  const named = [...withoutBlocks(await read(page)).matchAll(/`([\w./-]+\.ts)`/g)].map(([, path]) => path!);
  expect(named.filter((path) => !sources.some((source) => `/${source}`.endsWith(`/${path}`)))).toEqual([]);
});

it('every page that the command names for an error exists', async () => {
  expect(await faultsOf('README.md', Object.values(pagesOfErrors))).toEqual([]);
});

describe('docs/errors.md', async () => {
  const page = await read('docs/errors.md');
  const [, table] = /<!-- codes.*?-->\n(.*?)<!-- \/codes -->/s.exec(page)!;
  const codes = Object.keys(errorStatus) as ErrorCode[];
  const SEVERAL = '[several](#scimtype-values)';

  it('has a row for each code, with its status and scimType', () => {
    const rows = [...table!.matchAll(/^\|(.*)\|$/gm)].map(([, row]) => row!.split('|').map((cell) => cell.trim()));
    const expected = codes.map((code) => {
      const { scimType } = scim.fail(new DirectoryError(code, '')) as ScimErrorMessage;
      const depends = code === 'validation_error' || code === 'invalid_parameter';
      const cell = depends ? SEVERAL : scimType === undefined ? '' : `\`${scimType}\``;
      return [String(errorStatus[code]), `\`${code}\``, cell];
    });
    expect(rows.slice(2)).toEqual(expected);
  });

  it('has the text of each code for which NERM has one', () => {
    const texts = codes.map((code) => [code, (nerm.fail(new DirectoryError(code, '')) as NermError).error] as const);
    const expected = texts.filter(([, text]) => text !== '').map(([code, text]) => `- \`${code}\`: \`${text}\``);
    expect(table!.match(/^- .*$/gm)).toEqual(expected);
  });

  it('explains each code and each scimType', () => {
    expect([...page.matchAll(/^#### `(\w+)`$/gm)].map(([, code]) => code!).toSorted()).toEqual(codes.toSorted());
    const known = ScimErrorMessage.shape.scimType.unwrap().options;
    expect(known.filter((scimType) => !page.includes(`\`${scimType}\``))).toEqual([]);
  });

  // RFC 9865 3
  it.each([
    ['sortBy', 'invalidValue'],
    ['cursor', 'invalidCursor'],
    ['count', 'invalidCount'],
  ])('invalid_parameter of %s is %s in SCIM', (name, scimType) => {
    const issues = [{ path: [name], rule: 'invalid', message: '' } as const];
    expect(scim.fail(new DirectoryError('invalid_parameter', '', { issues }))).toMatchObject({ scimType });
  });
});
