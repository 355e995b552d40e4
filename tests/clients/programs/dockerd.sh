# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what modes.sh and the lab read and set
# Its resolver for the containers of a network that somebody has made. A forwarded flow's end does not say for whom it was.
PACKAGE=docker.io NEEDS="cmd:apt-get cmd:iptables" LAB_WORDS=dns PROCESSES=dockerd FORKS=1 BEHALF="dig none"
EXPECT=dns/udp

prepare() {
	docker_up
	docker network create lan >/dev/null
	docker_box box --network lan
	WATCH=(--container box)
}

traffic() {
	docker exec box dig +tries=1 +time=5 "$(a_name)" >"$LAB_DIR/client.log"
	grep -q "status: \(NOERROR\|NXDOMAIN\)" "$LAB_DIR/client.log"
}
