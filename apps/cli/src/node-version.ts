import { engines, isOlder } from './version.ts';

/** What is wrong with a version of Node, such as `20.20.2`; undefined where it is one that the package supports. */
export function nodeProblem(version: string): string | undefined {
  const wanted = engines.node.slice('>='.length);
  return isOlder(version, wanted) ? `stele needs Node ${wanted} or newer; this is Node ${version}` : undefined;
}
