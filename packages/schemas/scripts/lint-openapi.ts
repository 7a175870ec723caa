/** Checks `openapi/<dialect>.json` of every dialect with Spectral and Redocly, in one process and without a network. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { lintFromString, loadConfig } from '@redocly/openapi-core';
import spectralCore from '@stoplight/spectral-core';
import parsers from '@stoplight/spectral-parsers';
import ruleset from '../spectral.ts';
import { dialects } from '../src/dialects.ts';

const pathOf = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url));

const spectral = new spectralCore.Spectral();
spectral.setRuleset(ruleset);
const config = await loadConfig({ configPath: pathOf('redocly.yaml') });

for (const { name } of dialects) {
  const file = `openapi/${name}.json`;
  const source = readFileSync(pathOf(file), 'utf8');
  const found = await spectral.run(new spectralCore.Document(source, parsers.Json, file));
  const problems = [
    ...found.map(({ code, path, message }) => `spectral ${code} /${path.join('/')} ${message}`),
    ...(await lintFromString({ source, absoluteRef: pathOf(file), config })).map(
      ({ ruleId, location, message }) => `redocly ${ruleId} ${location[0]?.pointer} ${message}`,
    ),
  ];
  for (const problem of problems) process.stderr.write(`${file}: ${problem}\n`);
  if (problems.length > 0) process.exitCode = 1;
}
