#compdef leakaudit
# SPDX-License-Identifier: GPL-2.0-or-later
# Completion for zsh: leakaudit itself says what may stand in a place.

local line offer help
local -a said offers helps open open_helps

said=("${(@f)$(leakaudit complete -- "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
if [[ $said[1] == $'\t'* ]]; then
	# A command to run, and the words before it.
	shift $(($said[1] + 1)) words
	((CURRENT -= $said[1] + 1))
	_normal
	return
fi
for line in "${said[@]}"; do
	[[ -n $line ]] || continue
	offer=${line%%$'\t'*} help=${line#$offer}
	help=${help#$'\t'}
	# Another part follows behind these.
	if [[ $offer == *[=:/] ]]; then
		open+=("$offer") open_helps+=("$offer${help:+  -- $help}")
	else
		offers+=("$offer") helps+=("$offer${help:+  -- $help}")
	fi
done
compadd -l -d open_helps -S '' -a open
compadd -l -d helps -a offers
