import type { Command } from 'commander';
import { UsageError } from '../errors.ts';
import type { Io } from '../io.ts';

/** What follows each path of commands: the names of commands and flags. */
function words(command: Command, path: readonly string[] = []): (readonly [path: string, words: string])[] {
  const names = command.commands.map((each) => each.name());
  const flags = command.options.flatMap(({ long }) => (long ? [long] : []));
  return [
    [path.join(' '), [...names, ...flags, '--help'].join(' ')],
    ...command.commands.flatMap((each) => words(each, [...path, each.name()])),
  ];
}

type Table = readonly (readonly [path: string, words: string])[];

const cases = (table: Table): string => table.map(([path, list]) => `    '${path}') words='${list}' ;;`).join('\n');

/** The path is the words up to the first flag that are commands: what follows may be an argument. */
const shells: Readonly<Record<string, (table: Table) => string>> = {
  bash: (table) => `_stele_words() {
  local words=''
  case "$1" in
${cases(table)}
  esac
  printf '%s' "$words"
}

_stele() {
  local path='' word words
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [ -n "$(_stele_words "\${path:+$path }$word")" ] || break
    path="\${path:+$path }$word"
  done
  words="$(_stele_words "$path")"
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}

complete -o default -F _stele stele
`,
  zsh: (table) => `#compdef stele

_stele_words() {
  local words=''
  case "$1" in
${cases(table)}
  esac
  printf '%s' "$words"
}

_stele() {
  local path_words='' word
  for word in "\${(@)words[2,CURRENT-1]}"; do
    [ -n "$(_stele_words "\${path_words:+$path_words }$word")" ] || break
    path_words="\${path_words:+$path_words }$word"
  done
  local -a list
  list=(\${(s: :)"$(_stele_words "$path_words")"})
  compadd -a list || _files
}

compdef _stele stele
`,
  fish: (table) => `function __stele_words
    switch "$argv"
${table.map(([path, list]) => `        case '${path}'\n            string split ' ' '${list}'`).join('\n')}
    end
end

function __stele
    set -l path
    for word in (commandline -opc)[2..]
        test -n "$(__stele_words $path $word)"; or break
        set -a path $word
    end
    __stele_words $path
end

complete -c stele -a '(__stele)'
`,
  powershell: (table) => `$steleWords = @{
${table.map(([path, list]) => `  '${path}' = '${list}'`).join('\n')}
}

Register-ArgumentCompleter -Native -CommandName stele -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $path = ''
  foreach ($element in @($commandAst.CommandElements | Select-Object -Skip 1)) {
    if ($element.Extent.EndOffset -ge $cursorPosition) { break }
    $next = "$path $element".Trim()
    if (-not $steleWords.ContainsKey($next)) { break }
    $path = $next
  }
  $steleWords[$path] -split ' ' | Where-Object { $_ -like "$wordToComplete*" } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
  }
}
`,
};

export function completionCommand(program: Command, io: Io): void {
  program
    .command('completion')
    .description('Print the completion of commands and flags for a shell.')
    .argument('<shell>', Object.keys(shells).join(', '))
    .addHelpText(
      'after',
      `
Where to load it: bash: source <(stele completion bash) in ~/.bashrc; zsh: the same with zsh in ~/.zshrc, after compinit; fish:
stele completion fish | source in ~/.config/fish/config.fish; PowerShell: stele completion powershell | Out-String |
Invoke-Expression in $PROFILE.

Examples:
  stele completion bash
  stele completion zsh
  stele completion fish
  stele completion powershell`,
    )
    .action((shell: string) => {
      const print = Object.hasOwn(shells, shell) ? shells[shell] : undefined;
      if (!print)
        throw new UsageError(`there is no completion for ${shell}; there is for ${Object.keys(shells).join(', ')}`);
      io.stdout.write(print(words(program)));
    });
}
