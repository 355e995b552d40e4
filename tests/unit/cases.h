/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The packets of tests/cases, each with the answer that is expected of
 * the classifier, natively built and in the kernel. A file is a list of
 *
 *	# title
 *	the packet in hex, from the IP header on, on as many lines as one likes
 *	CLASS DETAIL FAMILY/PROTOCOL SOURCE > DESTINATION EXEMPTION WORDS
 *
 * where DETAIL is "-" where there is none, and WORDS are none or, in this order:
 * "message", a question or request with an event of its own; "fragment", not the
 * whole datagram; "quic", a QUIC client begins; "hello" or "hello NAME", a TLS
 * client does, to the server of that name. The answer is "malformed" or "not-ip"
 * where there is no more to say. In front of it may stand
 *
 *	type XXXX:       the frame's type, which is else what the version says
 *	client:          the sender is known as a torrent client
 *	again:           the packet is sent twice, the answer is the second one's
 *	after:CLASS      the flow is of that class so far
 *	resolver:DETAIL  the far end is known for that form of DNS
 *	named:DETAIL     so is the name in the client's hello
 *	configures:      the sender may set the addresses of the line
 *	near:            its neighbour discovery is known to stay on the link
 *
 * A title is the last line that begins with "#"; others are remarks.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/verdict.h"

#define CASE_PACKET_MAX 1500
#define CASE_ANSWER_MAX 192
#define CASE_BEGINS_MAX 288 /* a hello's name has 255 bytes at most */

struct packet_case {
	char file[32], title[128];
	char expected[CASE_ANSWER_MAX]; /* as case_answer() writes it */
	char begins[CASE_BEGINS_MAX]; /* as case_begins() does */
	unsigned int line; /* of the expected answer */
	uint8_t packet[CASE_PACKET_MAX];
	uint32_t len;
	uint16_t ethertype;
	bool client, configures, again, near;
	uint8_t was; /* enum la_class */
	uint8_t resolver, named; /* enum la_detail */
	/* told something that the kernel's programs have from a flow's beginning
	 * or from their tables */
	bool native_only;
};

/* All files of $CASES (tests/cases) by name. Says on stdout what is wrong with
 * them and returns -EINVAL then; the result is the caller's to free. */
int cases_load(struct packet_case **ret, size_t *n);

/* What was found, as an answer is written. */
void case_answer(char *buf, size_t size, const struct la_flow_key *key, unsigned int cls,
		 unsigned int detail, unsigned int exempt, bool message, bool fragment);

/* What the packet begins: nothing, " quic", " hello" or " hello NAME", where
 * hello is what la_hello() has found and NAME is in src. */
void case_begins(char *buf, size_t size, const struct la_src *src, unsigned int flags,
		 const struct la_hello *hello);
