# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what modes.sh and the lab read and set
# Its tap has the name and the address of the host's own card.
. "$TOP/tests/clients/usernet.sh"

PACKAGE=passt NEEDS=cmd:pasta PROCESSES="pasta pasta.avx2 passt.avx2"
USERNET=pasta
