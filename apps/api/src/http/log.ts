/** What an error says of itself in the log. */
interface LoggedError {
  readonly [part: string]: unknown;
  readonly type: string;
  readonly message: string;
  readonly stack: string;
}

/** Of an error of PostgreSQL: which rule of which table, and not the row that broke it. */
const PARTS = ['code', 'constraint', 'table', 'routine'] as const;

/** Says an error in the log. What PostgreSQL quotes of the row (`detail`, `where`) is left out: it holds people's data. */
export function describeError(error: unknown): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error), stack: '' };
  const parts = PARTS.flatMap((part) => (part in error ? [[part, error[part as keyof Error]]] : []));
  return {
    type: error.name,
    message: error.message,
    stack: error.stack ?? '',
    ...Object.fromEntries(parts),
    ...(error.cause !== undefined && { cause: describeError(error.cause) }),
  };
}
