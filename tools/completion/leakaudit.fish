# SPDX-License-Identifier: GPL-2.0-or-later
# Completion for fish: leakaudit itself says what may stand in a place.

function __leakaudit_complete
    set -l words (commandline --tokenize --cut-at-cursor --current-process) (commandline --cut-at-cursor --current-token)
    set -l said (leakaudit complete -- $words[2..] 2>/dev/null)
    if string match -q -- \t'*' $said[1]
        # A command to run, and the words before it.
        set -l begin (math (string trim -- $said[1]) + 2)
        complete -C (string join ' ' -- (string escape -- $words[$begin..-2]) $words[-1])
    else
        string join \n -- $said
    end
end

complete -c leakaudit -f -a '(__leakaudit_complete)'
