# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what modes.sh and the lab read and set
. "$TOP/tests/clients/usernet.sh"

PACKAGE=slirp4netns NEEDS=cmd:slirp4netns PROCESSES=slirp4netns
USERNET=slirp4netns
