import { Readable } from 'node:stream';
import type { Command } from 'commander';
import { createProgram } from '../src/program.ts';
import { topics } from '../src/topics.ts';
import { version } from '../src/version.ts';

/** Characters that roff reads as commands or prints as typographic ones, which a shell does not know (groff_char(7)). */
const characters: Readonly<Record<string, string>> = {
  '\\': '\\e',
  '-': '\\-',
  "'": '\\(aq',
  '`': '\\(ga',
  '^': '\\(ha',
  '~': '\\(ti',
  '"': '\\(dq',
};

export const escape = (text: string): string =>
  text
    .replaceAll(/[\\\-'`^~"]|[^\n -~]/gu, (each) => {
      const code = each.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
      return characters[each] ?? `\\[u${code}]`;
    })
    .replaceAll(/^\./gm, String.raw`\&.`);

/** A text of the help: lines that are indented stay as they are, the others are paragraphs. */
function formatText(text: string): string[] {
  const runs = (block: string) => block.match(/(?:^ {2}.*\n?)+|(?:^(?! {2}).+\n?)+/gm) ?? [];
  return text
    .replaceAll(/^\n+|\s+$/g, '')
    .split(/\n{2,}/)
    .filter(Boolean)
    .flatMap((block) => [
      '.PP',
      ...runs(block).flatMap((run) => {
        const lines = escape(run.trimEnd().replaceAll(/^ {2}/gm, ''));
        return run.startsWith(' ') ? ['.RS 4', '.nf', lines, '.fi', '.RE'] : [lines];
      }),
    ]);
}

const item = (term: string, text: string): string => `.TP\n\\fB${escape(term)}\\fR\n${escape(text)}`;

/** Arguments and options of a command, under their names. */
function formatOptions(command: Command): string[] {
  const help = command.createHelp();
  return [
    ...help.visibleArguments(command).map((each) => item(help.argumentTerm(each), help.argumentDescription(each))),
    ...help.visibleOptions(command).map((each) => item(help.optionTerm(each), help.optionDescription(each))),
  ];
}

const familyOf = (command: Command): readonly Command[] => [command, ...command.commands.flatMap(familyOf)];

const usageOf = (command: Command): string => escape(command.createHelp().commandUsage(command));

/** The man pages by file name: one of the program, and one of each command with the commands below it. */
export function manPages(): ReadonlyMap<string, string> {
  let written = '';
  const output = { write: (text: string) => (written += text) };
  const program = createProgram({ stdin: Readable.from([]), stdout: output, stderr: output, env: {} });
  const pages = program.commands.map((command) => ({ command, name: `${program.name()}-${command.name()}` }));

  /** What a command adds to the help that commander formats. */
  const explanationOf = (command: Command): string => {
    written = '';
    command.outputHelp();
    return written.slice(command.helpInformation().length);
  };
  const page = (name: string, command: Command, usages: readonly string[], sections: readonly string[]): string =>
    [
      `.TH "${escape(name.toUpperCase())}" 1 "" "stele ${escape(version)}" "Stele"`,
      '.SH NAME',
      `${escape(name)} \\- ${escape(command.description().replace(/\.$/, ''))}`,
      '.SH SYNOPSIS',
      usages.join('\n.br\n'),
      '.SH DESCRIPTION',
      escape(command.description()),
      ...formatText(explanationOf(command)),
      '.SH OPTIONS',
      ...formatOptions(command),
      ...sections,
      '.SH SEE ALSO',
      [program.name(), ...pages.map((each) => each.name)]
        .filter((each) => each !== name)
        .map((each) => `\\fB${escape(each)}\\fR(1)`)
        .join(',\n'),
      '',
    ].join('\n');

  const { 'exit-codes': _, ...others } = topics;
  const main = page(
    program.name(),
    program,
    [usageOf(program)],
    [
      '.SH COMMANDS',
      ...pages.map(({ command, name }) => `.TP\n\\fB${escape(name)}\\fR(1)\n${escape(command.description())}`),
      ...Object.entries(others).flatMap(([topic, text]) => [
        `.SH ${topic.toUpperCase()}`,
        ...formatText(text.replace(/^.*:\n/, '')),
      ]),
    ],
  );
  return new Map([
    [`${program.name()}.1`, main],
    ...pages.map(({ command, name }) => {
      const [, ...below] = familyOf(command);
      const sections = below.flatMap((each) => [
        `.SS ${usageOf(each)}`,
        escape(each.description()),
        ...formatOptions(each),
        ...formatText(explanationOf(each)),
      ]);
      const usages = (below.length > 0 ? below : [command]).map(usageOf);
      const commands = below.length > 0 ? ['.SH COMMANDS', ...sections] : [];
      return [`${name}.1`, page(name, command, usages, commands)] as const;
    }),
  ]);
}
