# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The table of tests/clients/run: a file a row, with tabs between its cells; what is not as it should be is in the last one.

TABLE_HEAD=$'program\tpackage\tseen\tclass\tprocess\tcounts\tfalse alarms\tdropped\tleft'

# row_of NAME FILE FOUND: from what was found of it. Fails where a cell is not as it should be. In a shell of its own,
# since that program's file is read.
row_of() {
	ROW_FROM=$3
	# shellcheck disable=SC1090
	. "$2"
	cell_class
	cell_process
	cell_counts
	cell_alarms
	cell_drop
	cell_complete
	printf '%s\t' "$1" "$(version "$PACKAGE")" "$SEEN" "$CLASS" "$PROCESS" "$COUNTS" "$ALARMS" "$DROPPED" "$LEFT"
	(IFS=';'; echo "${WRONG[*]}")
	((${#WRONG[@]} == 0))
}

WRONG=()

wrong() {
	WRONG+=(" $*")
}

# Of a package that was only unpacked: the one that would be installed.
version() {
	apt-cache policy "$1" | awk -v name="$1" '/Installed:|Candidate:/ && $2 != "(none)" { print name, $2; exit }'
}

# of KEY: its values, one a line.
of() {
	sed -n "s/^$1 //p" "$ROW_FROM"
}

cell_class() {
	local class

	CLASS=$(of class | paste -sd ' ')
	for class in $EXPECT; do
		[[ " $CLASS " == *" $class "* ]] || wrong "no $class"
	done
	for class in $CLASS; do
		[[ " $EXPECT ${MAY:-} " == *" $class "* ]] || wrong "told as $class"
	done
}

cell_process() {
	local name strangers

	PROCESS=$(of process | paste -sd ' ')
	for name in $PROCESS; do
		[[ " $PROCESSES " == *" $name "* ]] || wrong "process $name"
	done
	[[ -z ${BEHALF:-} || $(of askers) == "$BEHALF" ]] || wrong "on behalf of $(of askers)"
	strangers=$(of strangers)
	((${strangers:-0} == 0)) || wrong "$strangers events with another's pid"
}

# seen: packets that were told; counts: against those of the wire.
cell_counts() {
	local told left

	read -r -a told < <(of leaking.told)
	read -r -a left < <(of leaking.left)
	SEEN=${told[0]}
	COUNTS=exact
	((SEEN)) || wrong "nothing was seen"
	if [[ ${told[*]} != "${left[*]}" ]]; then
		COUNTS=$(printf '%+d/%+d' $((told[0] - left[0])) $((told[1] - left[1])))
		[[ $COUNTS == "${DIFFERS:-}" ]] || wrong "counts: $COUNTS"
	fi
}

cell_alarms() {
	local transport early

	ALARMS=0
	if [[ $(of whole.told) != "$(of whole.left)" ]]; then
		ALARMS=$(of whole.alarms)
		wrong "with the tunnel whole $(of whole.told) were told, and $(of whole.left) on the wire"
	fi
	read -r -a transport < <(of whole.transport)
	# The daemon may be outside of the scope.
	[[ ${transport[2]} == 0 || ${transport[*]:0:2} == "${transport[*]:2:2}" ]] ||
		wrong "transport: ${transport[*]}"
	early=$(of dropping.alarms)
	((early == 0 || $(of whole.alarms) > 0)) || {
		ALARMS=$((ALARMS + early))
		wrong "with --drop and the tunnel whole $early were told"
	}
}

cell_drop() {
	local left stopped

	left=$(of dropping.left)
	stopped=$(of dropping.stopped)
	DROPPED=$stopped LEFT=${left% *}
	[[ $left == "0 0" ]] || wrong "with --drop ${left% *} packets left"
	((stopped)) || wrong "nothing was stopped"
}

cell_complete() {
	local mode reason

	for mode in whole dropping leaking; do
		reason=$(of $mode.incomplete)
		[[ -z $reason || ( -n ${POSSIBLE:-} && $mode == leaking ) ]] || wrong "$mode: incomplete: $reason"
	done
}

rows() {
	sort -f "$1"/* 2>/dev/null
}

table_text() {
	{ echo "${TABLE_HEAD^^}"; rows "$1" | cut -f 1-9; } | column -t -s $'\t'
}

# table_roff ROWS: for tbl(1), two lines a program, whose formats are all listed ahead.
table_roff() {
	rows "$1" | awk -F '\t' '
		{
			gsub(/-/, "\\-")
			formats = formats "\nl1 l1 r1 l1 r1 r1 r\nl s s s s s s"
			body = body $1 "\t" $5 "\t" $3 "\t" $6 "\t" $7 "\t" $8 "\t" $9 "\n\\ \\ " $4 "\n"
			if (!seen[$2]++)
				versions = versions (versions ? ",\n" : "") $2
		}
		END {
			print ".TS\nlb1 lb1 rb1 lb1 rb1 rb1 rb" formats "."
			print "program\tprocess\tseen\tcounts\tfalse\tdropped\tleft"
			printf "%s.TE\n.Pp\nThe packages were\n%s.\n", body, versions
		}'
}

# table_write ROWS PAGE: between the two comments that name the runner.
table_write() {
	local new

	new=$(mktemp)
	table_roff "$1" >"$new"
	sed -i -e "/tests\/clients\/run: begin$/,/tests\/clients\/run: end$/ {
		/begin$/ { p; r $new
		}
		/end$/ !d
		/begin$/ d
	}" "$2"
	rm -f "$new"
}
