import { ApiError, ForbiddenError, NotFoundError, type Stele, UnauthorizedError } from '@stele/sdk';
import { Option, type Command } from 'commander';
import { connect, connectionFlags, type ConnectionFlags } from '../../connection.ts';
import { InvalidInputError } from '../../exit.ts';
import type { Refusal } from '../../explanation.ts';
import { readDocument } from '../../field.ts';
import { spell } from '../../identifier.ts';
import type { Io } from '../../io.ts';
import { pretty, printable } from '../../print.ts';
import { sayExplanation, sayVerdict, type Verdict } from './say.ts';

const profileNames = ['default', 'strict', 'interop', 'dronahq'] as const;

interface Flags extends ConnectionFlags {
  readonly user: string;
  readonly asProfile: (typeof profileNames)[number];
  readonly json?: true;
}

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

function refusalIn(error: unknown): Refusal {
  if (!(error instanceof ApiError) || error.status >= 500 || others.some((Class) => error instanceof Class))
    throw error;
  const { scimType, detail } = error.body as { scimType?: string; detail?: string };
  return { ...(scimType !== undefined && { scimType }), detail: detail ?? error.message };
}

async function askServer(stele: Stele, id: string, patch: unknown): Promise<Verdict> {
  const headers = { Prefer: 'return=preview' };
  try {
    const answer: object = await stele.scim.users.patch(id, operationsOf(patch) as never, { headers });
    const { changes } = answer as { changes?: unknown };
    if (!isObject(changes)) return {};
    return { changes: Object.entries(changes).map(([path, values]) => ({ path, ...(values as object) })) };
  } catch (error) {
    return { refusal: refusalIn(error) };
  }
}

async function explainPatch(file: string, { user: named, asProfile, json, ...given }: Flags, io: Io): Promise<void> {
  const patch = await readDocument(file, io);
  const stele = await connect(given, io);
  const id = await spell(named, 'scim');
  const user = { ...(await stele.scim.users.get(id)) };
  const { explain, sameChanges } = await engine();
  const explanation = explain(user, patch, asProfile);
  // A message that cannot be read cannot be sent.
  const isMessage = explanation.refusal === undefined || explanation.steps.some((step) => step.refusal);
  const verdict = isMessage ? await askServer(stele, id, patch) : undefined;
  const agrees =
    verdict !== undefined &&
    (verdict.changes
      ? !explanation.refusal && sameChanges(explanation.changes, verdict.changes)
      : verdict.refusal !== undefined && verdict.refusal.scimType === explanation.refusal?.scimType);
  if (json)
    io.stdout.write(pretty({ profile: asProfile, ...explanation, ...(verdict && { server: verdict, agrees }) }));
  else {
    const lines = [...sayExplanation(explanation), ...(verdict ? sayVerdict(verdict, agrees) : [])];
    io.stdout.write(lines.map((line) => `${printable(line)}\n`).join(''));
  }
  const last = verdict?.changes || verdict?.refusal ? verdict : explanation;
  if (last.refusal) throw new InvalidInputError('the PATCH would be refused');
}

export function explainCommand(scim: Command, io: Io): void {
  connectionFlags(
    scim
      .command('explain')
      .description(
        'Say what each operation of a PATCH would change in a user, or which rule refuses it. Writes nothing.',
      )
      .argument('<patch>', 'file with the body of the PATCH, - for standard input')
      .requiredOption('--user <id>', 'the user, in the spelling of any dialect')
      .addOption(
        new Option('--as-profile <profile>', 'by whose rules, as the key of a client names them')
          .choices([...profileNames])
          .default('default'),
      )
      .option('--json', 'print the same as JSON'),
  )
    .addHelpText(
      'after',
      `
The operations are tried here, by the rules of the profile. Then the server is asked for a preview of the whole, by the rules
of the key: it has the last word, and where the two disagree, that is said. Whether a value is taken already is decided when
it is written, and not said here.

Examples:
  stele scim explain patch.json --user 018ffb8b-46b3-71e5-8def-f1dc73bb9574   # what users update --as scim would do
  stele scim explain - --user 018ffb8b-46b3-71e5-8def-f1dc73bb9574 --as-profile dronahq < jane.json`,
    )
    .action((file: string, given: Flags) => explainPatch(file, given, io));
}
