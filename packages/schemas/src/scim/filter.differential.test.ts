import fc from 'fast-check';
import SCIMMY from 'scimmy';
import { filter as theirSelector, parse as theirParse } from 'scim2-parse-filter';
import { describe, expect, test } from 'vitest';
import {
  filterDisagreements,
  type FilterOutcome,
  isInName,
  type Oracle,
  textDisagreements,
} from '../../test/disagreements.ts';
import { scimUser, simpleValue } from '../../test/users.ts';
import type { AttributeType } from './attribute.ts';
import {
  comparedAttribute,
  type CompareOperator,
  type Filter,
  parseFilter,
  printFilter,
  printTarget,
  selectorOf,
  type Target,
} from './filter.ts';
import type { Json } from './json.ts';
import { urns } from './urn.ts';
import { userType } from './user.ts';

/** A filter, and one of the texts that mean it. */
interface Written {
  readonly filter: Filter;
  readonly text: string;
}

const spelling = fc.oneof(
  { weight: 6, arbitrary: fc.constant((name: string) => name) },
  { weight: 1, arbitrary: fc.constant((name: string) => name.toUpperCase()) },
  { weight: 1, arbitrary: fc.constant((name: string) => name.toLowerCase()) },
);
const space = fc.oneof({ weight: 9, arbitrary: fc.constant(' ') }, { weight: 1, arbitrary: fc.constant('  ') });

const equality = ['eq', 'ne'] as const;
const substring = ['co', 'sw', 'ew'] as const;
const order = ['gt', 'ge', 'lt', 'le'] as const;

// RFC 7644 3.4.2.2, table 3.
const operators: Readonly<Record<AttributeType, readonly CompareOperator[]>> = {
  string: [...equality, ...substring, ...order],
  reference: [...equality, ...substring, ...order],
  binary: [...equality, ...substring],
  boolean: equality,
  integer: [...equality, ...order],
  decimal: [...equality, ...order],
  dateTime: [...equality, ...order],
  complex: [],
};

/** The name of a target. That of the core schema may have its URN before it. */
const named = (target: Target, inside: boolean): fc.Arbitrary<string> =>
  fc.tuple(fc.nat(11), spelling).map(([turn, spelled]) => {
    const name = printTarget(target);
    return spelled(turn === 0 && !inside && target.urn === undefined ? `${urns.user}:${name}` : name);
  });

const presence = (targets: readonly Target[], inside: boolean): fc.Arbitrary<Written> =>
  fc.constantFrom(...targets).chain((target) =>
    fc.tuple(named(target, inside), space, spelling).map(([name, gap, spelled]): Written => ({
      filter: { kind: 'present', target },
      text: `${name}${gap}${spelled('pr')}`,
    })),
  );

const comparison = (targets: readonly Target[], inside: boolean): fc.Arbitrary<Written> =>
  fc.constantFrom(...targets.filter((target) => comparedAttribute(target))).chain((target) => {
    const leaf = comparedAttribute(target)!;
    return fc
      .tuple(
        named(target, inside),
        space,
        fc.constantFrom(...operators[leaf.type]),
        spelling,
        simpleValue(leaf),
        fc.nat(19),
      )
      .map(([name, gap, drawnOperator, spelled, value, turn]): Written => {
        const isNull = turn === 0 && ['eq', 'ne'].includes(drawnOperator);
        const operand = isNull ? null : (value as string | boolean);
        const written = turn === 1 && typeof operand === 'boolean' ? `"${operand}"` : JSON.stringify(operand);
        return {
          filter: { kind: 'compare', target, operator: drawnOperator, operand },
          text: `${name}${gap}${spelled(drawnOperator)}${gap}${written}`,
        };
      });
  });

const inParentheses = ({ filter, text }: Written): Written => ({ filter, text: `(${text})` });

function filters(terms: readonly fc.Arbitrary<Written>[], maxDepth: number): fc.Arbitrary<Written> {
  return fc.letrec<{ filter: Written; junction: Written; negation: Written }>((tie) => ({
    filter: fc.oneof(
      { maxDepth },
      ...terms.map((arbitrary) => ({ weight: 2, arbitrary })),
      { weight: 3, arbitrary: tie('junction') },
      { weight: 1, arbitrary: tie('negation') },
    ),
    junction: fc
      .tuple(
        fc.constantFrom('and' as const, 'or' as const),
        spelling,
        fc.array(fc.tuple(tie('filter'), fc.nat(9)), { minLength: 2, maxLength: 3 }),
      )
      .map(([kind, spelled, drawn]): Written => {
        const terms = drawn.map(([term, turn]) => {
          const needed = term.filter.kind === kind || (kind === 'and' && term.filter.kind === 'or');
          return needed || turn === 0 ? inParentheses(term) : term;
        });
        return {
          filter: { kind, terms: terms.map(({ filter }) => filter) },
          text: terms.map(({ text }) => text).join(` ${spelled(kind)} `),
        };
      }),
    negation: fc.tuple(tie('filter'), spelling, fc.constantFrom(' ', ' ', '')).map(([term, spelled, gap]): Written => ({
      filter: { kind: 'not', term: term.filter },
      text: `${spelled('not')}${gap}(${term.text})`,
    })),
  })).filter;
}

const targets: Target[] = [];
for (const { urn, attributes } of userType.schemas.values()) {
  for (const attribute of attributes.values()) {
    if (attribute.name === 'schemas' || attribute.name === 'password') continue;
    const target: Target = urn === urns.user ? { attribute } : { urn, attribute };
    const subs = [...attribute.subAttributes.values()].map((sub) => Object.assign({ sub }, target));
    targets.push(target, ...subs);
  }
}

const lists = targets.filter(({ attribute, sub }) => attribute.multiValued && !sub);
const usual = targets.filter(({ attribute, sub }) => sub || (attribute.type !== 'complex' && !attribute.multiValued));

const valuePath = fc.constantFrom(...lists).chain((target) => {
  const { attribute } = target;
  const parts: Target[] =
    attribute.type === 'complex'
      ? [...attribute.subAttributes.values()].map((sub) => ({ attribute: sub }))
      : [{ attribute: { ...attribute, name: 'value', multiValued: false } }];
  const inner = filters([comparison(parts, true), comparison(parts, true), presence(parts, true)], 1);
  return fc.tuple(named(target, false), inner).map(([name, { filter, text }]): Written => ({
    filter: { kind: 'values', target, filter },
    text: `${name}[${text}]`,
  }));
});

const written = filters(
  [
    comparison(usual, false),
    comparison(usual, false),
    comparison(usual, false),
    presence(targets, false),
    valuePath,
    fc.oneof({ weight: 3, arbitrary: comparison(usual, false) }, { weight: 1, arbitrary: comparison(targets, false) }),
  ],
  2,
);

const refusing = <Result>(run: () => Result): Result | 'refuses' => {
  try {
    return run();
  } catch {
    return 'refuses';
  }
};

/** scimmy takes a URN and what follows for the name of one attribute, so it is shown users that have such attributes. */
const spreadOut = (user: Json): Json => {
  const spread = [...userType.schemas.values()].flatMap(({ urn }) => {
    const container = (urn === urns.user ? user : (user[urn] ?? {})) as Json;
    return Object.entries(container).map(([name, value]) => [`${urn}:${name}`, value]);
  });
  return { ...user, ...Object.fromEntries(spread) };
};

type Selects = (text: string, user: Json) => FilterOutcome;

const ours: Selects = (text, user) => refusing(() => selectorOf(parseFilter(text, userType))(user));

const theirs: Readonly<Record<Oracle, Selects>> = {
  'scim2-parse-filter': (text, user) => refusing(() => theirSelector(theirParse(text))(user)),
  scimmy: (text, user) => refusing(() => new SCIMMY.Types.Filter(text).match([spreadOut(user)]).length === 1),
};

const oracles = ['scim2-parse-filter', 'scimmy'] as const;

describe('which users a filter selects (RFC 7644 3.4.2.2)', () => {
  test.each(oracles)('all engines agree, apart from what is known of %s', (oracle) => {
    const known = filterDisagreements.filter((each) => each.oracle === oracle);
    const users = fc.array(scimUser, { minLength: 3, maxLength: 3 });
    let [compared, selected, total] = [0, 0, 0];
    fc.assert(
      fc.property(written, users, ({ filter, text }, users) => {
        expect(printFilter(parseFilter(text, userType))).toBe(printFilter(filter));
        for (const user of users) {
          total += 1;
          if (known.some(({ applies }) => applies({ text, filter, user }))) continue;
          compared += 1;
          const outcome = ours(text, user);
          expect(theirs[oracle](text, user), text).toBe(outcome);
          if (outcome === true) selected += 1;
        }
      }),
      { seed: 7644, numRuns: 800 },
    );
    expect(compared / total).toBeGreaterThan(0.7);
    expect(selected / compared).toBeGreaterThan(0.25);
    expect(selected / compared).toBeLessThan(0.75);
  });

  test.each(filterDisagreements)('$oracle: $name ($source)', ({ oracle, example, applies, ...outcomes }) => {
    const { text, user } = example;
    expect(applies({ text, user, filter: parseFilter(text, userType) })).toBe(true);
    expect({ ours: ours(text, user), theirs: theirs[oracle](text, user) }).toEqual({
      ours: outcomes.ours,
      theirs: outcomes.theirs,
    });
  });
});

interface Edit {
  readonly kind: 'drop' | 'double' | 'swap';
  readonly at: number;
  /** Whether it may hit the name of an attribute, of which most of a text consists. */
  readonly anywhere: boolean;
}

function edited(text: string, { kind, at, anywhere }: Edit): string {
  const places = Array.from({ length: text.length }, (_, place) => place);
  const able = anywhere ? places : places.filter((place) => !isInName(text, place));
  const place = able[at % able.length] ?? 0;
  const [before, character, after] = [text.slice(0, place), text.slice(place, place + 1), text.slice(place + 1)];
  if (kind === 'drop') return `${before}${after}`;
  if (kind === 'double') return `${before}${character}${character}${after}`;
  return `${before}${after.slice(0, 1)}${character}${after.slice(1)}`;
}

const edit: fc.Arbitrary<Edit> = fc.record({
  kind: fc.constantFrom('drop' as const, 'double' as const, 'swap' as const),
  at: fc.nat(),
  anywhere: fc.nat(5).map((turn) => turn === 0),
});

const ourVerdict = (text: string) => refusing(() => parseFilter(text, userType) && 'accepts');
const theirVerdict = (text: string) => refusing(() => theirParse(text) && 'accepts');

// scimmy is not asked: it takes most texts for filters.
describe('which texts are filters (RFC 7644 3.4.2.2)', () => {
  test('both parsers agree about filters with a character dropped, doubled or swapped', () => {
    let [compared, accepted, total] = [0, 0, 0];
    fc.assert(
      fc.property(written, fc.array(edit, { minLength: 1, maxLength: 2 }), ({ text }, edits) => {
        const damaged = edits.reduce(edited, text);
        total += 1;
        if (textDisagreements.some(({ applies }) => applies(damaged))) return;
        compared += 1;
        const verdict = ourVerdict(damaged);
        expect(theirVerdict(damaged), damaged).toBe(verdict);
        if (verdict === 'accepts') accepted += 1;
      }),
      { seed: 7644, numRuns: 2000 },
    );
    expect(compared / total).toBeGreaterThan(0.6);
    expect(accepted / compared).toBeGreaterThan(0.2);
    expect(accepted / compared).toBeLessThan(0.8);
  });

  test.each(textDisagreements)('$oracle: $name ($source)', ({ example, applies, ours, theirs }) => {
    expect(applies(example)).toBe(true);
    expect({ ours: ourVerdict(example), theirs: theirVerdict(example) }).toEqual({ ours, theirs });
  });
});
