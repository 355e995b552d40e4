# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what modes.sh and the lab read and set
# It asks for a router by multicast, and a router that is named by HTTP.
PACKAGE=miniupnpc NEEDS=cmd:upnpc PROCESSES=upnpc
EXPECT=ipv4

servers() {
	server_web
}

traffic() {
	client_tries upnpc -u "http://$PEER4:8080/small" -s
}
