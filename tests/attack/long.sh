# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What tests/attack/run runs in a lab of its own.

. tests/attack/rounds.sh

long() {
	lab_up ipv6
	attack_rounds "$ATTACK_SEED" "$ATTACK_ROUNDS" 20
}
