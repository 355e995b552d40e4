# SPDX-License-Identifier: GPL-2.0-or-later
# Names of our own that a comment speaks of and no code has, and files that are not there. Reads all sources; says "FILE: NAME" for each.

# A name is ours by its beginning: la_, or the first word of a function that is defined here.
function ours(name,    word) {
	if (name ~ /^la_/)
		return 1
	word = name
	sub(/_.*/, "", word)
	return name ~ /_/ && word in first
}

# Splits the line into code[] and what is said in comments, over lines.
function split_comment(line,    at) {
	code = said = ""
	while (line != "") {
		if (inside) {
			at = index(line, "*/")
			said = said " " (at ? substr(line, 1, at - 1) : line)
			line = at ? substr(line, at + 2) : ""
			inside = !at
		} else {
			at = index(line, "/*")
			code = code (at ? substr(line, 1, at - 1) : line)
			line = at ? substr(line, at + 2) : ""
			inside = at > 0
		}
	}
}

FNR == 1 {
	inside = 0
	file = FILENAME
	sub(/.*\//, "", file)
	files[file] = 1
}

{
	split_comment($0)
	n = split(code, words, /[^A-Za-z0-9_]+/)
	for (i = 1; i <= n; i++)
		known[words[i]] = 1
	if (match(code, /^[a-z].*[ *][a-z][a-z0-9]*_[a-z0-9_]*\(/) && code !~ /;/) {
		name = substr(code, RSTART, RLENGTH - 1)
		sub(/.*[ *]/, "", name)
		sub(/_.*/, "", name)
		first[name] = 1
	}
	rest = said
	while (match(rest, /[a-z][a-z0-9_.]*\.[ch]([^a-z0-9_]|$)/)) {
		name = substr(rest, RSTART, RLENGTH)
		before = RSTART > 1 ? substr(rest, RSTART - 1, 1) : ""
		rest = substr(rest, RSTART + RLENGTH)
		sub(/[^a-z0-9_]$/, "", name)
		# the kernel's and the library's are named by their paths
		if (before != "/" && before != "<" && name ~ /^[a-z0-9_]+(\.bpf)?\.[ch]$/)
			spoken[FILENAME ": " name] = name
	}
	while (match(said, /[a-z][a-z0-9_]*\(\)|la_[a-z0-9_]+/)) {
		name = substr(said, RSTART, RLENGTH)
		said = substr(said, RSTART + RLENGTH)
		sub(/\(\)/, "", name)
		mentioned[FILENAME ": " name] = name
	}
}

END {
	for (at in spoken)
		if (!(spoken[at] in files))
			print at ", which is no file of ours"
	for (at in mentioned)
		if (!(mentioned[at] in known) && ours(mentioned[at]))
			print at ", which is not there"
}
