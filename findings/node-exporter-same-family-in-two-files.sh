#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Two files of node_exporter's textfile collector with the same family and another help text: the answer is 200 as ever, and
# a series of one of the files is gone without a word in what is scraped. So an exporter of one file a run, on a machine with
# several runs, needs one help text for a family, and labels that differ. node_exporter 1.5.0 (Debian 12).
#
# Fails where that is so no more.
# shellcheck source=findings/lib/lab.sh
. "$(dirname "$0")/lib/lab.sh"

packages prometheus-node-exporter=1.5.0-1+b6
lab
mkdir "$root/textfiles"

# file NAME HELP LABEL
file() {
	printf '# HELP leaked_total %s\n# TYPE leaked_total counter\nleaked_total{run="%s"} 1\n' "$2" "$3" >"$root/textfiles/$1.prom"
}

# scraped: the status, and how many series of the family there are.
scraped() {
	local status

	for _ in {1..100}; do
		status=$(in_client curl --silent --output "$dir/metrics" --write-out '%{http_code}' http://127.0.0.1:9100/metrics) && break
		sleep 0.1
	done
	echo "$status $(grep -c '^leaked_total' "$dir/metrics")"
}

client prometheus-node-exporter --collector.disable-defaults --collector.textfile --collector.textfile.directory=/textfiles \
	--web.listen-address=127.0.0.1:9100 >"$dir/node_exporter.log" 2>&1 &
file one "What has leaked." a
file two "What has leaked." b
expect "two files with the same help text" "$(scraped)" "200 2"
file two "Packets." b
expect "with another help text" "$(scraped)" "200 1"
expect "its own word on errors" "$(sed -n 's/^node_textfile_scrape_error //p' "$dir/metrics")" 0
file two "What has leaked." a
expect "with the same labels" "$(scraped)" "200 1"
finish
