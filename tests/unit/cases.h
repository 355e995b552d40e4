/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The packets of tests/cases, each with the answer that is expected of
 * the classifier, natively built and in the kernel. A file is a list of
 *
 *	# title
 *	the packet in hex, from the IP header on, on as many lines as one likes
 *	CLASS DETAIL FAMILY/PROTOCOL SOURCE > DESTINATION EXEMPTION [message] [fragment]
 *
 * where DETAIL is "-" where there is none, "message" says that the packet is a
 * question or request with an event of its own, "fragment" that it is not the
 * whole datagram. The answer is "malformed" or "not-ip" where there is no more
 * to say. In front of it may stand
 *
 *	client:     the sender is known as a torrent client
 *	again:      the packet is sent twice, the answer is the second one's
 *	type XXXX:  the frame's type, which is else what the version says
 *
 * A title is the last line that begins with "#"; others are remarks.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "verdict.h"

#define CASE_PACKET_MAX 1500

struct packet_case {
	char file[32], title[128], expected[192];
	unsigned int line; /* of the expected answer */
	uint8_t packet[CASE_PACKET_MAX];
	uint32_t len;
	uint16_t ethertype;
	bool client, again;
};

/* All files of $CASES (tests/cases) by name. Says on stdout what is wrong with
 * them and returns -EINVAL then; the result is the caller's to free. */
int cases_load(struct packet_case **ret, size_t *n);

/* What was found, as an answer is written. */
void case_answer(char *buf, size_t size, const struct la_flow_key *key, unsigned int cls,
		 unsigned int detail, unsigned int exempt, bool message, bool fragment);
