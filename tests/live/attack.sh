# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Half a minute of what "make attack" does for half an hour: a violation is told with the seed of its round.

. tests/attack/rounds.sh

test_random_attacker() {
	lab_up ipv6
	attack_rounds 1 6 4
}
