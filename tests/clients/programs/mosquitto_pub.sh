# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what modes.sh and the lab read and set
PACKAGE=mosquitto-clients NEEDS="cmd:mosquitto_pub cmd:mosquitto" PROCESSES=mosquitto_pub
LAB_WORDS=dns EXPECT="dns/udp ipv4"

servers() {
	printf 'listener 1883\nallow_anonymous true\nuser root\n' >"$LAB_DIR/mosquitto.conf"
	spawn mosquitto outside "$LAB_CGROUP/world" mosquitto -c "$LAB_DIR/mosquitto.conf"
	SERVER_WAITS+=("tcp_listens outside 1883")
}

traffic() {
	client mosquitto_pub -h "www.$LAB_DOMAIN" -t lab/topic -m message -q 1
}
