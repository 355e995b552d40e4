# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Completion for bash. Commands, options and their fixed values come from leakaudit's own help; tests/docs/run checks that
# all of them arrive here.

_leakaudit_commands() {
	leakaudit help 2>/dev/null | sed -n 's/^  \([a-z]*\)  .*/\1/p'
}

# "LETTER NAME ARG VALUE...", a line for each option of a command. The letter is "-" where there is none, ARG where it takes
# no value; ARG begins with "=" where the value needs a "=". VALUE... are all that the option takes, where help lists them.
_leakaudit_rows() {
	leakaudit "$1" --help 2>/dev/null | awk '
		function row(values) {
			if (!name)
				return
			# the last list in parentheses
			while (match(text, /\([a-z0-9-]+(, [a-z0-9-]+)+\)/)) {
				values = substr(text, RSTART + 1, RLENGTH - 2)
				text = substr(text, RSTART + RLENGTH)
			}
			gsub(",", "", values)
			print letter, name, arg, values
			name = ""
		}
		/^  -/ {
			row()
			head = $0
			letter = $1 ~ /^-[a-z],$/ ? substr($1, 1, 2) : "-"
			sub(/^  (-[a-z], )?/, "", head)
			text = head
			match(head, /^--[a-z-]+/)
			name = substr(head, 1, RLENGTH)
			head = substr(head, RLENGTH + 1)
			arg = "-"
			if (head ~ /^\[=/) {
				sub(/^\[/, "", head)
				sub(/\].*/, "", head)
				arg = head
			} else if (head ~ /^ [^ ]/) {
				split(head, words, " ")
				arg = words[1]
			}
			next
		}
		/^ / { sub(/^ +/, " "); text = text $0; next }
		{ row() }
		END { row() }'
	echo "-h --help - "
}

_leakaudit_options() {
	_leakaudit_rows "$1" | cut -d ' ' -f 2 | sort
}

_leakaudit_units() {
	systemctl list-units --no-legend --plain --type=service,scope,slice 2>/dev/null | cut -d ' ' -f 1
}

_leakaudit_guards() {
	leakaudit guard --list 2>/dev/null | sed -n '2,$s/ .*//p'
}

# Names, as far as the cgroups have them, and ids.
_leakaudit_containers() {
	find "$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)" -type d 2>/dev/null |
		sed -nE 's|.*/lxc\.payload\.([^/]+)$|\1|p; /conmon/!s|.*[/-]([0-9a-f]{64})(\.scope)?$|\1|p'
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

# _leakaudit_value COMMAND OPTION EQUALS: what may follow the option, to words; fails where that is no value of it.
_leakaudit_value() {
	local letter name arg values

	while read -r letter name arg values; do
		[[ $2 == "$name" || $2 == "$letter" && $letter != - ]] || continue
		[[ $arg != - ]] || return 1
		[[ $arg != =* || $3 ]] || return 1
		words=$values
		case $name in
		--unit) words=$(_leakaudit_units) ;;
		--pid) words=$(cd /proc && echo [0-9]*) ;;
		--tunnel | --exposed) words=$(cd /sys/class/net && echo *) ;;
		--container) words=$(_leakaudit_containers) ;;
		--cgroup | --transport-cgroup) words=$(compgen -d -- "$cur") ;;
		--guard | --name) words=$(_leakaudit_guards) ;;
		--output) [[ $1 == test ]] || words="text json journal syslog text: json: pcap: tcp: unix: syslog: otlp: kafka: http: metrics:" ;;
		esac
		# Of a list, the last word is completed.
		if [[ $arg == *,... && $cur == *,* ]]; then
			# shellcheck disable=SC2086 # a list of words
			words=$(printf "${cur%,*},%s " $words)
		fi
		return 0
	done < <(_leakaudit_rows "$1")
	return 1
}

# What may come where no option waits for its value, to words.
_leakaudit_word() {
	if [[ $1 == help ]]; then
		words=$(_leakaudit_commands)
	elif [[ $1 == version ]]; then
		words=
	elif [[ $1 == guard && " ${COMP_WORDS[*]} " == *" --release "* && $cur != -* ]]; then
		words=$(_leakaudit_guards)
	elif [[ $1 != replay || $cur == -* ]]; then
		words=$(_leakaudit_options "$1")
	fi
}

_leakaudit() {
	local command_at cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]} words='' equals=''

	COMPREPLY=()
	if _leakaudit_in_command; then
		((COMP_CWORD > command_at)) || mapfile -t COMPREPLY < <(compgen -c -- "$cur")
		return
	fi
	if ((COMP_CWORD == 1)); then
		words="$(_leakaudit_commands) --help --version"
	else
		# "--option=value" comes as three words.
		[[ $cur != = ]] || { cur='' equals=1; }
		[[ $prev != = ]] || { prev=${COMP_WORDS[COMP_CWORD - 2]} equals=1; }
		_leakaudit_value "$command" "$prev" "$equals" || _leakaudit_word "$command"
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}

complete -o default -F _leakaudit leakaudit
