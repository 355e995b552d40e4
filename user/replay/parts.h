/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The beginnings of fragmented datagrams whose first fragment holds less than the recognisers read.
 * As much as they do is put together, and classified then.
 */
#pragma once

#include "core/parse.h"

/* Datagrams at a time; the oldest is given up. Their fragments come one after another. */
#define REPLAY_PARTS 16
/* Link and IP headers, and the ports'. */
#define REPLAY_PART_HEAD 256

struct replay_part {
	struct la_flow_key datagram;
	struct la_packet packet; /* of the first fragment; its payload grows */
	bool used, back;
	uint8_t bytes[REPLAY_PART_HEAD + LA_WINDOW];
};

struct replay_parts {
	struct replay_part v[REPLAY_PARTS];
	unsigned int next;
};
