import { z } from 'zod';
import { DirectoryError, errorStatus, type ErrorCode, type Issue } from '../canonical/error.ts';
import { urns } from './urn.ts';

/** The detail error keywords of RFC 7644 3.12. */
export const scimTypes = [
  'invalidFilter',
  'tooMany',
  'uniqueness',
  'mutability',
  'invalidSyntax',
  'invalidPath',
  'noTarget',
  'invalidValue',
  'invalidVers',
  'sensitive',
  // RFC 9865 3.
  'invalidCursor',
  'expiredCursor',
  'invalidCount',
] as const;
export type ScimType = (typeof scimTypes)[number];

/** A refusal that says which of RFC 7644's rules was broken. */
export class ScimError extends DirectoryError {
  readonly scimType: ScimType;

  /** The path holds names of the wire, outermost first. */
  constructor(scimType: ScimType, message: string, path: readonly (string | number)[] = []) {
    super('validation_error', message, { issues: [{ path, rule: 'invalid', message }] });
    this.scimType = scimType;
  }
}

/** Runs one of several steps. Its refusal says which one it was. */
export function labelled<Result>(label: () => string, path: readonly (string | number)[], step: () => Result): Result {
  try {
    return step();
  } catch (error) {
    if (!(error instanceof ScimError)) throw error;
    throw new ScimError(error.scimType, `${label()}: ${error.message}`, path);
  }
}

/** The body of every SCIM refusal (RFC 7644 3.12). */
export const ScimErrorMessage = z
  .strictObject({
    schemas: z.tuple([z.literal(urns.error)]).meta({ description: 'Names this message.', example: [urns.error] }),
    status: z.string().meta({ description: 'The HTTP status, as a string.', example: '400' }),
    scimType: z
      .enum(scimTypes)
      .meta({ description: 'The rule that was broken, where RFC 7644 has a word for it.', example: 'invalidPath' })
      .exactOptional(),
    detail: z.string().meta({
      description: 'What is wrong and where, for the person who mends the call.',
      example: 'Operations[0] replace "name.shoeSize": "name.shoeSize" is not an attribute of User',
    }),
  })
  .meta({ id: 'ScimError', description: 'The error of a request (RFC 7644 3.12).' });
export type ScimErrorMessage = z.infer<typeof ScimErrorMessage>;

/** Members of messages, as against attributes of resources. */
const messageMembers = new Set<unknown>(['schemas', 'Operations']);

// RFC 7644 3.12: invalidSyntax is for the structure of the message, invalidValue for the value of an attribute.
const scimTypeOfIssues = (issues: readonly Issue[]): ScimType =>
  issues.every(({ path }) => path.length > 0 && !messageMembers.has(path[0])) ? 'invalidValue' : 'invalidSyntax';

const parameterTypes: Readonly<Record<string, ScimType>> = { cursor: 'invalidCursor', count: 'invalidCount' };

const scimTypeOfParameter = ([issue]: readonly Issue[]): ScimType =>
  parameterTypes[String(issue?.path[0])] ?? 'invalidValue';

const scimTypeOf: { readonly [Code in ErrorCode]?: (error: DirectoryError) => ScimType } = {
  validation_error: ({ details }) => scimTypeOfIssues(details.issues ?? []),
  invalid_parameter: ({ details }) => scimTypeOfParameter(details.issues ?? []),
  malformed_body: () => 'invalidSyntax',
  conflict: () => 'uniqueness',
};

/** Attribute notation of a way through a resource: `emails[0].value`. */
export function printIssuePath(path: readonly (string | number)[]): string {
  return path.reduce<string>((text, part, index) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    const before = path[index - 1];
    if (before === undefined) return part;
    return `${text}${typeof before === 'string' && before.startsWith('urn:') ? ':' : '.'}${part}`;
  }, '');
}

/** Says a refusal as SCIM says it. */
export function fail(error: DirectoryError): ScimErrorMessage {
  const scimType = error instanceof ScimError ? error.scimType : scimTypeOf[error.code]?.(error);
  const issues = error instanceof ScimError ? [] : (error.details.issues ?? []);
  const said = issues.map(({ path, message }) => (path.length === 0 ? message : `${printIssuePath(path)}: ${message}`));
  return {
    schemas: [urns.error],
    status: String(errorStatus[error.code]),
    ...(scimType !== undefined && { scimType }),
    detail: said.length === 0 ? error.message : `${error.message}: ${said.join('; ')}`,
  };
}
