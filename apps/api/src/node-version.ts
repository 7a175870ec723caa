import { readFileSync } from 'node:fs';

const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  engines: { node: `>=${string}` };
};

/** The oldest version that the package supports, such as `22.18`. */
export const nodeFloor = engines.node.slice('>='.length);

/** What is wrong with a version of Node, such as `20.20.2`; undefined where it is one that the package supports. */
export function nodeProblem(version: string): string | undefined {
  const order = version.localeCompare(nodeFloor, 'en', { numeric: true });
  return order < 0 ? `Stele needs Node ${nodeFloor} or newer; this is Node ${version}` : undefined;
}
