# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Completion for bash: leakaudit itself says what may stand in a place.

# The words up to the cursor as leakaudit would get them, to words: bash splits them at '=' and ':', too.
_leakaudit_words() {
	local rest=${COMP_LINE:0:COMP_POINT} word

	words=()
	for word in "${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
		if [[ $rest == [[:blank:]]* || ${#words[@]} -eq 0 ]]; then
			rest=${rest#"${rest%%[![:blank:]]*}"}
			words+=('')
		fi
		word=${rest:0:${#word}}
		words[-1]+=$word
		rest=${rest#"$word"}
	done
}

# _leakaudit_command N: N words are before the command to run.
_leakaudit_command() {
	if declare -F _comp_command_offset >/dev/null; then
		_comp_command_offset "$1"
	elif declare -F _command_offset >/dev/null; then
		_command_offset "$1"
	elif ((${#words[@]} == $1 + 1)); then
		mapfile -t COMPREPLY < <(compgen -c -- "${words[-1]}")
	fi
}

_leakaudit() {
	local words said offer split

	_leakaudit_words
	COMPREPLY=()
	mapfile -t said < <(leakaudit complete -- "${words[@]:1}" 2>/dev/null)
	if [[ ${said[0]-} == $'\t'* ]]; then
		_leakaudit_command "$((${said[0]#?} + 1))"
		return
	fi
	# Only what is behind the last '=' or ':' is bash's word.
	split=${words[-1]%"${words[-1]##*[=:]}"}
	for offer in "${said[@]%%$'\t'*}"; do
		offer=${offer#"$split"}
		[[ $offer != *[^[:alnum:]_.,:=@%+/-]* ]] || printf -v offer %q "$offer"
		COMPREPLY+=("$offer")
	done
	# What another part follows.
	[[ ${#COMPREPLY[@]} -ne 1 || ${COMPREPLY[0]} != *[=:/] ]] || compopt -o nospace
}

complete -o default -F _leakaudit leakaudit
