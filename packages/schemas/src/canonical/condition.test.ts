import fc from 'fast-check';
import { expect, test } from 'vitest';
import { allOf, anyOf, type Condition, constant, negationOf } from './condition.ts';

type Field = 'title' | 'locale' | 'timezone';

/** Whether a condition holds of somebody who has these fields. */
function holds(condition: Condition<Field>, fields: ReadonlySet<string>): boolean {
  switch (condition.kind) {
    case 'constant':
      return condition.holds;
    case 'and':
      return condition.terms.every((term) => holds(term, fields));
    case 'or':
      return condition.terms.some((term) => holds(term, fields));
    case 'not':
      return !holds(condition.term, fields);
    case 'assigned':
      return fields.has(condition.field);
    default:
      throw new Error('is not made here');
  }
}

const fields = ['title', 'locale', 'timezone'] as const;
const somebody = fc.subarray([...fields]).map((each) => new Set<string>(each));

const { condition } = fc.letrec<{ condition: Condition<Field> }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(...fields).map((field): Condition<Field> => ({ kind: 'assigned', field })),
    fc.boolean().map(constant),
    fc.array(tie('condition'), { maxLength: 3 }).map((terms) => allOf(...terms)),
    fc.array(tie('condition'), { maxLength: 3 }).map((terms) => anyOf(...terms)),
    tie('condition').map(negationOf),
  ),
}));

test('a junction holds when all of its terms do, or any', () => {
  fc.assert(
    fc.property(fc.array(condition, { maxLength: 4 }), somebody, (terms, who) => {
      expect(holds(allOf(...terms), who)).toBe(terms.every((term) => holds(term, who)));
      expect(holds(anyOf(...terms), who)).toBe(terms.some((term) => holds(term, who)));
    }),
  );
});

test('a negation holds when its term does not', () => {
  fc.assert(
    fc.property(condition, somebody, (term, who) => {
      expect(holds(negationOf(term), who)).toBe(!holds(term, who));
    }),
  );
});

test('a constant stands alone or not at all', () => {
  const constants = (each: Condition<Field>): number => {
    if (each.kind === 'and' || each.kind === 'or') return each.terms.reduce((sum, term) => sum + constants(term), 0);
    return each.kind === 'not' ? constants(each.term) : Number(each.kind === 'constant');
  };
  fc.assert(
    fc.property(condition, (given) => {
      expect(given.kind === 'constant' || constants(given) === 0).toBe(true);
    }),
  );
});
