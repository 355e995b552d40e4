/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads payloads that the kernel passes on: DNS questions, server names, and addresses that should
 * stay hidden; and the first bytes of leaked packets.
 */
#pragma once

#include "accounts.h"
#include "payload/dns_question.h"
#include "report/pipeline.h"

/* What a payload contains; empty strings: nothing. */
struct payload_info {
	struct dns_question question;
	char server[DNS_QUESTION_NAME_MAX];
};

/* The question of an event's message. */
void payload_question(const struct la_event_flow *e, struct dns_question *q);

/* flow: the event's copy; its class is updated if the payload shows more. */
void payload_read(const struct accounts *a, struct datapath *k, const struct la_event_flow *e,
		  struct la_flow *flow, struct payload_info *info);

/* Reports a message if it contains an exposed address. scope: as the record has it. */
void payload_address_leak(struct accounts *a, const struct namespaces *n, struct pipeline *out,
			  const struct la_event_flow *e, const char *scope);

/* Writes the first bytes of a leaked packet, with data of its flow. */
void payload_packet(const struct accounts *a, const struct kernel_side *k, struct pipeline *out,
		    const struct la_event_packet *e);
