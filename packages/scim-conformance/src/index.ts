export type { CheckFilter, CheckSelection } from './checks.ts';
export { ConformanceError, type ConformanceErrorCode } from './errors.ts';
export { formatJson, formatJUnit, formatTable } from './reporters.ts';
export { type ConformanceOptions, listChecks, runConformance } from './run-conformance.ts';
export {
  type Area,
  areas,
  type CheckInfo,
  type CheckResult,
  type ConformanceReport,
  type Exchange,
  type Provider,
  providers,
} from './types.ts';
