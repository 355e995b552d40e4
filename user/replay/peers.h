/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Torrent clients in a capture, by their endpoints, since it has no processes: those that have
 * shown themselves by what they send, and those that announces and lists of peers tell. What is
 * encrypted from the first byte on (MSE) is theirs by that alone.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "memory.h"

struct replay_flows;

struct peers {
	struct replay_memory clients;
	struct replay_memory announces; /* who has asked which tracker */
};

void peers_clear(struct peers *p);

/* The sender has shown itself. False: out of memory. */
bool peers_shown(struct peers *p, const struct replay_flows *hash,
		 const struct la_flow_key *sender);
/* Reads what a packet of whomever tells of others. False: out of memory. */
bool peers_read(struct peers *p, const struct replay_flows *hash, const struct la_flow_key *k,
		const uint8_t *payload, size_t len);
/*
 * Whether a packet is a client's, if nothing else is known of it. begins: it is the first one of
 * its flow with a payload, by which those are told from others that only lists tell of.
 */
bool peers_have(struct peers *p, const struct replay_flows *hash, const struct la_flow_key *k,
		bool begins, const uint8_t *payload, size_t len);
