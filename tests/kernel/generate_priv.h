/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by generate.c, which makes flights, and generate_packet.c. */
#pragma once

#include "generate.h"

#define PAYLOAD_MAX CASE_PACKET_MAX

static inline void put16(uint8_t *to, uint32_t v)
{
	to[0] = (uint8_t)(v >> 8);
	to[1] = (uint8_t)v;
}

void packet_of_case(const struct packet_case *c, struct packet *p);
void generate_packet(struct random *r, const struct packet_case *cases, size_t n, struct packet *p);
/* Returns its length. */
uint32_t generate_payload(struct random *r, const struct packet_case *cases, size_t n,
			  uint8_t payload[PAYLOAD_MAX]);
/* Changes up to three bytes. */
void generate_mutation(struct random *r, uint8_t *b, uint32_t n);

#define random_segments(r) random_of(r, ((const uint32_t[]){ 0, 0, 0, 0, 0, 1, 2, 17, 64, 65535 }))
