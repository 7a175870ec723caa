import type { RulesetDefinition } from '@stoplight/spectral-core';
import rulesets from '@stoplight/spectral-rulesets';

/** The rules of Spectral for the OpenAPI documents. `pnpm check` runs them, and accepts no warnings. */
const ruleset: RulesetDefinition = {
  extends: [rulesets.oas as RulesetDefinition],
  rules: {
    // Redocly checks every example too, in a tenth of the time.
    'oas3-valid-schema-example': 'off',
    'oas3-valid-media-example': 'off',
  },
};

export default ruleset;
