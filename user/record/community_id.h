/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Community ID, version 1 with seed 0 (github.com/corelight/community-id-spec): the same for
 * both directions of a flow, and in all programs that compute it, such as Zeek and Suricata.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/event.h"

/* "1:", 20 bytes in base64, and a NUL. */
#define COMMUNITY_ID_SIZE (2 + 28 + 1)

/*
 * icmp_type: of ICMP's messages. False: it has none, since it is no IP, or since the code of the
 * ICMP message is a part of it and not known.
 */
bool community_id(const struct la_flow_key *k, uint8_t icmp_type, char ret[COMMUNITY_ID_SIZE]);
