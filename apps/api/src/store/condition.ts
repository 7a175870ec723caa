import { type Comparator, type Comparison, type Condition, constant, foldKey } from '@stele/schemas/canonical';
import { beginningOf, type Cell, type Draft, type Scope, scopes } from './condition-fields.ts';

/** Collects the values of a statement as it is written, and answers with what stands for each in its text. */
export interface Parameters {
  add(value: unknown): string;
}

const inCodePoints =
  (operator: '>' | '>=' | '<' | '<=') =>
  (value: string, operand: string): string =>
    `${value} COLLATE "C" ${operator} ${operand}`;

const textTests: Readonly<Record<Comparator, (value: string, operand: string) => string>> = {
  '=': (value, operand) => `${value} = ${operand}`,
  contains: (value, operand) => `strpos(${value}, ${operand}) > 0`,
  startsWith: (value, operand) => `starts_with(${value}, ${operand})`,
  endsWith: (value, operand) => `right(${value}, length(${operand})) = ${operand}`,
  '>': inCodePoints('>'),
  '>=': inCodePoints('>='),
  '<': inCodePoints('<'),
  '<=': inCodePoints('<='),
};

const isUuid = (operand: string): boolean => /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/.test(operand);

/** An instant in PostgreSQL's words. What is stored lies in the years of four digits. */
function instant(date: Date): string {
  const year = date.getUTCFullYear();
  return year < 1 ? '-infinity' : year > 9999 ? 'infinity' : date.toISOString();
}

class Compiler implements Draft {
  private readonly parameters: Parameters;
  readonly tenantId: string;

  constructor(parameters: Parameters, tenantId: string) {
    this.parameters = parameters;
    this.tenantId = tenantId;
  }

  add(value: unknown, type: string): string {
    return `${this.parameters.add(value)}::${type}`;
  }

  tenant(): string {
    return this.add(this.tenantId, 'uuid');
  }

  /**
   * An unknown, which a comparison with nothing is in SQL, is as good as false: it stays so through `AND` and `OR`, and
   * is told apart before it is negated.
   * @param needed no row is looked for where this does not hold
   */
  compile(condition: Condition<string>, scope: Scope, needed = false): string {
    switch (condition.kind) {
      case 'constant':
        return String(condition.holds);
      case 'and':
        return `(${condition.terms.map((term) => this.compile(term, scope, needed)).join(' AND ')})`;
      case 'or':
        return `(${condition.terms.map((term) => this.compile(term, scope)).join(' OR ')})`;
      case 'not':
        return `(${this.compile(condition.term, scope)}) IS NOT TRUE`;
      case 'assigned': {
        const list = scope.listOf(condition.field);
        return list ? list(constant(true), this) : `${this.cell(condition.field, scope).sql} IS NOT NULL`;
      }
      case 'some':
        return known(scope.listOf(condition.field), condition.field)(condition.condition, this);
      default:
        return this.compare(condition, this.cell(condition.field, scope), needed);
    }
  }

  private cell(field: string, scope: Scope): Cell {
    return known(scope.cellOf(field, this), field);
  }

  private compare(comparison: Comparison<string>, cell: Cell, needed: boolean): string {
    const { operator, operand } = comparison;
    if (typeof operand === 'boolean') return `${cell.sql}::boolean ${operator} ${this.add(operand, 'boolean')}`;
    if (!(operand instanceof Date)) return this.compareText(comparison, operand, cell);
    const test = (sql: string) => `${sql} ${operator} ${this.add(instant(operand), 'timestamptz')}`;
    return cell.later && needed && operator.startsWith('>') ? cell.later(test) : test(cell.sql);
  }

  private compareText(comparison: Comparison<string>, operand: string, cell: Cell): string {
    const { field, operator, folded = false, before = '', after = '' } = comparison;
    if (operator === '=' && !folded) return this.equal(cell, operand, before, after);
    const inner = folded ? known(cell.folded, field) : spelled(cell);
    const value =
      before + after === '' ? inner : `(${this.add(before, 'text')} || ${inner} || ${this.add(after, 'text')})`;
    const wanted = this.add(folded ? foldKey(operand) : operand, 'text');
    const test = textTests[operator](value, wanted);
    const isIndexed = operator === '=' && cell.beginning !== undefined && value === cell.folded;
    return isIndexed ? `(${cell.beginning} = ${beginningOf(wanted)} AND ${test})` : test;
  }

  /** Compares the field without what stands around it, because it may have an index. */
  private equal(cell: Cell, operand: string, before: string, after: string): string {
    const { length } = operand;
    const fits = operand.startsWith(before) && operand.endsWith(after) && length >= before.length + after.length;
    const wanted = operand.slice(before.length, length - after.length);
    if (!fits) return 'false';
    if (cell.type !== 'uuid') return textTests['='](spelled(cell), this.add(wanted, 'text'));
    // What no UUID is spelled like is nobody's.
    return isUuid(wanted) ? `${cell.sql} = ${this.add(wanted, 'uuid')}` : 'false';
  }
}

const spelled = ({ sql, type }: Cell): string => (type === 'text' ? sql : `${sql}::text`);

function known<Known>(found: Known | undefined, field: string): Known {
  if (found === undefined) throw new Error(`The store does not compare ${JSON.stringify(field)} like this`);
  return found;
}

/**
 * A condition as a boolean expression over the rows of a statement, all of one tenant. Its text depends on the form of
 * the condition; whatever somebody wrote is a parameter. It may be unknown where the condition does not hold.
 */
export function compile(
  condition: Condition,
  rows: keyof typeof scopes,
  parameters: Parameters,
  tenantId: string,
): string {
  return new Compiler(parameters, tenantId).compile(condition, scopes[rows], true);
}
