import { expect, it } from 'vitest';
import { nodeProblem } from './node-version.ts';

it.each(['18.20.8', '20.20.2', '22.2.0', '22.17.1'])(
  'Node %s is rejected with the versions found and needed',
  (version) => {
    expect(nodeProblem(version)).toBe(`Stele needs Node 22.18 or newer; this is Node ${version}`);
  },
);

it.each(['22.18.0', '22.20.1', '24.0.0', '100.0.0', process.versions.node])('Node %s is supported', (version) => {
  expect(nodeProblem(version)).toBeUndefined();
});
