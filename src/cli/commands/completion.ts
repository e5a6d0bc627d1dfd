import { Failure } from '../../model/failure.ts';
import { type Command, stringFlag } from '../define-command.ts';

/** What a script is printed for. */
export const SHELLS = ['bash', 'zsh', 'fish', 'powershell', 'kubectl'] as const;

/** Each script hands the words to `kubectl-ipconflict __complete`, and takes away the directive that ends the answer. */
const SCRIPTS: Readonly<Record<(typeof SHELLS)[number], string>> = {
  // Bash splits words at : and =, which addresses and flags hold: the line is split again, and what bash has already is taken off.
  bash: `# bash completion for kubectl-ipconflict: source <(kubectl-ipconflict completion bash)
_kubectl_ipconflict() {
  local line=\${COMP_LINE:0:COMP_POINT} last taken answer directive=4
  local -a words
  read -ra words <<<"$line"
  case $line in *' ') words+=('') ;; esac
  last=\${words[\${#words[@]}-1]}
  taken=\${last%"\${last##*[:=]}"}
  COMPREPLY=()
  while IFS= read -r answer; do
    case $answer in
      :*) directive=\${answer#:} ;;
      *) COMPREPLY+=("\${answer#"$taken"}") ;;
    esac
  done < <("\${words[0]}" __complete "\${words[@]:1}" 2>/dev/null </dev/null)
  if ((directive & 2)) && type compopt >/dev/null 2>&1; then compopt -o nospace; fi
  if ((directive == 0)) && type compopt >/dev/null 2>&1; then compopt -o default; fi
}
complete -F _kubectl_ipconflict kubectl-ipconflict
`,
  zsh: `#compdef kubectl-ipconflict
# zsh completion for kubectl-ipconflict: source <(kubectl-ipconflict completion zsh), after compinit
_kubectl_ipconflict() {
  local -a answer
  answer=("\${(@f)$("\${words[1]}" __complete "\${(@)words[2,CURRENT]}" 2>/dev/null </dev/null)}")
  local directive=\${answer[-1]#:}
  answer=("\${(@)answer[1,-2]}")
  if ((directive == 0)); then _files
  elif ((directive & 2)); then compadd -S '' -- "\${answer[@]}"
  else compadd -- "\${answer[@]}"
  fi
}
compdef _kubectl_ipconflict kubectl-ipconflict
`,
  fish: `# fish completion for kubectl-ipconflict: kubectl-ipconflict completion fish | source
function __kubectl_ipconflict
    set -l words (commandline -opc)
    set -l last (commandline -ct)
    test (count $last) -eq 0; and set last ''
    set -l answer (command $words[1] __complete $words[2..] "$last" 2>/dev/null </dev/null)
    if test "$answer[-1]" = ':0'
        __fish_complete_path "$last"
    else
        string match -v ':*' -- $answer
    end
end
complete -c kubectl-ipconflict -f -a '(__kubectl_ipconflict)'
`,
  // The same file stands in the archive; krew links the program only.
  kubectl: `#!/bin/sh
# kubectl runs this to complete the words after \`kubectl ipconflict\`. The program beside it answers, else the one on the PATH.
# Neither it nor a credential plugin that it starts may ask or say anything, or keep kubectl waiting.
beside=$(dirname "$0")/kubectl-ipconflict
[ -x "$beside" ] || beside=kubectl-ipconflict
exec "$beside" __complete "$@" </dev/null 2>/dev/null
`,
  // An empty last word does not survive every PowerShell; a pair of quotes does.
  powershell: `# PowerShell completion for kubectl-ipconflict: kubectl-ipconflict completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName 'kubectl-ipconflict' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | ForEach-Object { $_.ToString() })
    $program = $words[0]
    $words = @($words | Select-Object -Skip 1)
    if ($wordToComplete -eq '') { $words += '""' }
    & $program __complete @words 2>$null | Where-Object { $_ -notmatch '^:\\d+$' } | ForEach-Object {
        [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
    }
}
`,
};

export const completion: Command = {
  name: 'completion',
  positional: { name: 'shell', describe: SHELLS.join(', '), required: true },
  summary: 'A completion script for a shell, or the file by which kubectl completes its plugin.',
  flags: {},
  examples: [
    ['source <(kubectl-ipconflict completion bash)', 'in ~/.bashrc'],
    ['kubectl-ipconflict completion fish | source', 'in config.fish'],
    ['kubectl ipconflict completion kubectl > ~/.krew/bin/kubectl_complete-ipconflict', 'after krew, then chmod +x'],
  ],
  run: async (words, io) => {
    const shell = stringFlag(words, 'shell') ?? '';
    const script = Object.entries(SCRIPTS).find(([name]) => name === shell)?.[1];
    if (script === undefined)
      throw new Failure(`There is no completion for ${shell || 'no shell'}.`, undefined, `Choose one of ${SHELLS.join(', ')}.`);
    await io.stdout(script);
    return 0;
  },
};
