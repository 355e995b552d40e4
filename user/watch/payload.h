/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the payloads that the kernel passes on say: questions, servers' names, and
 * addresses that were to stay hidden; and the first bytes of leaked packets. */
#pragma once

#include "accounts.h"
#include "payload/dns_question.h"
#include "report/pipeline.h"

/* Empty: nothing. */
struct payload_info {
	struct dns_question question;
	char server[DNS_QUESTION_NAME_MAX];
};

/* flow: the event's own copy, of which the class may be known better now. */
void payload_read(const struct accounts *a, struct datapath *k, const struct la_event_flow *e,
		  struct la_flow *flow, struct payload_info *said);

/* What looks like a message that tells an address: reported where it does. */
void payload_address_leak(struct accounts *a, const struct namespaces *n, struct pipeline *out,
			  const struct la_event_flow *e);

/* Evidence, with what is known of its flow. */
void payload_packet(const struct accounts *a, const struct kernel_side *k, struct pipeline *out,
		    const struct la_event_packet *e);
