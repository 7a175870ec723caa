import { ApiError, ForbiddenError, NotFoundError, type Stele, UnauthorizedError } from '@stele/sdk';
import { connect } from '../../connection.ts';
import { InvalidInputError } from '../../errors.ts';
import type { PatchError } from '../../explanation.ts';
import { readDocument } from '../../field.ts';
import { spell } from '../../identifier.ts';
import type { Io } from '../../io.ts';
import { pretty, printable } from '../../print.ts';
import type { Flags } from './explain.ts';
import { formatExplanation, formatServerResult, type ServerResult } from './format-explanation.ts';

/** The engine brings zod with it, which no other command needs. */
const engine = () => import('../../explanation.ts');

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A patch is a message with operations, or a partial user that replaces what it names. */
function operationsOf(patch: unknown): unknown {
  return isObject(patch) && 'Operations' in patch ? patch['Operations'] : [{ op: 'replace', value: patch }];
}

/** These are about the key or the user, and not about the patch. */
const others = [UnauthorizedError, ForbiddenError, NotFoundError];

function toPatchError(error: unknown): PatchError {
  if (!(error instanceof ApiError) || error.status >= 500 || others.some((Class) => error instanceof Class))
    throw error;
  const { scimType, detail } = error.body as { scimType?: string; detail?: string };
  return { ...(scimType !== undefined && { scimType }), detail: detail ?? error.message };
}

async function previewOnServer(stele: Stele, id: string, patch: unknown): Promise<ServerResult> {
  const headers = { Prefer: 'return=preview' };
  try {
    const preview: object = await stele.scim.users.patch(id, operationsOf(patch) as never, { headers });
    const { changes } = preview as { changes?: unknown };
    if (!isObject(changes)) return {};
    return { changes: Object.entries(changes).map(([path, values]) => ({ path, ...(values as object) })) };
  } catch (error) {
    return { error: toPatchError(error) };
  }
}

/** Prints what each operation of a PATCH would change, and the preview of the server. */
export async function explainPatch(
  file: string,
  { user: named, asProfile, json, ...given }: Flags,
  io: Io,
): Promise<void> {
  const patch = await readDocument(file, io);
  const stele = await connect(given, io);
  const id = await spell(named, 'scim');
  const user = { ...(await stele.scim.users.get(id)) };
  const { explain, sameChanges } = await engine();
  const explanation = explain(user, patch, asProfile);
  // A message that cannot be read cannot be sent.
  const isMessage = explanation.error === undefined || explanation.steps.some((step) => step.error);
  const server = isMessage ? await previewOnServer(stele, id, patch) : undefined;
  const agrees =
    server !== undefined &&
    (server.changes
      ? !explanation.error && sameChanges(explanation.changes, server.changes)
      : server.error !== undefined && server.error.scimType === explanation.error?.scimType);
  if (json) io.stdout.write(pretty({ profile: asProfile, ...explanation, ...(server && { server, agrees }) }));
  else {
    const lines = [...formatExplanation(explanation), ...(server ? formatServerResult(server, agrees) : [])];
    io.stdout.write(lines.map((line) => `${printable(line)}\n`).join(''));
  }
  const last = server?.changes || server?.error ? server : explanation;
  if (last.error) throw new InvalidInputError('the PATCH would be rejected');
}
