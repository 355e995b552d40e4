# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what modes.sh and the lab read and set
# A mail; its greeting tells a name, no address.
PACKAGE=swaks NEEDS="cmd:swaks cmd:python3" PROCESSES="swaks"
LAB_WORDS=dns EXPECT="dns/udp ipv4"

servers() {
	spawn smtpd outside "$LAB_CGROUP/world" /usr/bin/python3 -W ignore -m smtpd -n -c DebuggingServer "$PEER4:25"
	SERVER_WAITS+=("tcp_listens outside 25")
}

traffic() {
	client swaks --server "www.$LAB_DOMAIN" --to to@lab.example --from from@lab.example --helo client.lab.example
}
