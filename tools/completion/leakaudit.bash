# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Completion for bash. Commands, options and their fixed values come from leakaudit's own help, which knows them best.

_leakaudit_commands() {
	leakaudit help 2>/dev/null | sed -n 's/^  \([a-z]*\)  .*/\1/p'
}

_leakaudit_options() {
	leakaudit "$1" --help 2>/dev/null | grep -oE -- '--[a-z][a-z-]*' | sort -u
}

_leakaudit_units() {
	systemctl list-units --no-legend --plain --type=service,scope,slice 2>/dev/null | cut -d ' ' -f 1
}

# Whether the word to complete is behind a "--": then it is of the command that run is to run.
_leakaudit_in_command() {
	local i

	[[ ${COMP_WORDS[1]} == run ]] || return
	for ((i = 2; i < COMP_CWORD; i++)); do
		[[ ${COMP_WORDS[i]} != -- ]] || { command_at=$((i + 1)); return 0; }
	done
	return 1
}

_leakaudit() {
	local command_at cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]} words=

	COMPREPLY=()
	if _leakaudit_in_command; then
		((COMP_CWORD > command_at)) || mapfile -t COMPREPLY < <(compgen -c -- "$cur")
		return
	fi
	if ((COMP_CWORD == 1)); then
		words=$(_leakaudit_commands)
	else
		# "--option=value" comes as three words.
		[[ $cur != = ]] || cur=
		[[ $prev != = ]] || prev=${COMP_WORDS[COMP_CWORD - 2]}
		case $prev in
		--unit | -u) words=$(_leakaudit_units) ;;
		--pid | -p) words=$(cd /proc && echo [0-9]*) ;;
		--tunnel | --exposed | -t) words=$(cd /sys/class/net && echo *) ;;
		--cgroup) words=$(compgen -d -- "$cur") ;;
		--tc) words='auto tcx clsact' ;;
		--format) words='text json' ;;
		--lan) words='exempt leak' ;;
		--output | -o) words="text json json: pcap:" ;;
		*) words=$(_leakaudit_options "$command") ;;
		esac
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}

complete -o default -F _leakaudit leakaudit
