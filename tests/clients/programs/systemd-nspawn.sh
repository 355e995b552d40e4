# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what modes.sh and the lab read and set
# It keeps the cgroup that it was started in.
PACKAGE=systemd-container NEEDS=cmd:systemd-nspawn PROCESSES=send FORKS=1
EXPECT=ipv4

prepare() { container_root; }

traffic() {
	local way

	for way in udp tcp; do
		client systemd-nspawn --quiet --keep-unit --register=no --directory "$CONTAINER_ROOT" --bind-ro=/usr \
			--bind-ro="$LAB_BIN:/lab" --as-pid2 /lab/send "$way" "$PEER4" 9 --count 8
	done
}
