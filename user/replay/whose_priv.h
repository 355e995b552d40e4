/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by whose.c (the decision), whose_learn.c (the first pass) and senders.c (their table). */
#pragma once

#include "whose.h"

/*
 * More than one host has, with temporary addresses of many prefixes. A sender of more is a router's
 * port: its addresses are those of the world.
 */
#define SENDER_ADDRS_MAX 64

/* The sender of what the capture says that this machine has sent. No MAC: those have 48 bits. */
#define SENDER_SELF (1ULL << 48)

/* Who sends on one interface. */
struct sender {
	uint64_t id; /* a MAC address, or SENDER_SELF; 0: not used */
	uint32_t interface;
	bool own; /* the audited host's */
	bool crowded; /* it has sent from more addresses than are kept */
	bool made_up; /* it has sent to an address that it sends from: no host does */
	uint32_t n;
	struct sender_addr {
		struct la_addr addr;
		bool begun; /* with a hop count that hosts begin with: it was not forwarded */
	} * v;
};

/* A table of fixed size: who is not in it is not known, which is doubt. */
#define SENDERS_MAX 4096
struct senders {
	struct sender *v; /* of SENDERS_MAX * 2 */
	size_t n;
};

int senders_open(struct senders *s);
void senders_close(struct senders *s);

/* NULL: there is none. */
struct sender *senders_find(const struct senders *s, uint32_t interface, uint64_t id);
/* NULL: no room. */
struct sender *senders_add(struct senders *s, uint32_t interface, uint64_t id);
/* Whether it is known to have sent from the address. */
bool sender_has(const struct sender *s, const struct la_addr *a);
/* Notes that it has sent from the address. 0 or -ENOMEM. */
int sender_note(struct sender *s, const struct la_addr *a, bool begun);

/* Who has sent the packet on its interface; 0: not told. What came in was sent by its MAC. */
static inline uint64_t sender_of(const struct whose_packet *p)
{
	return p->direction == CAPTURE_OUT ? SENDER_SELF : p->from;
}

/* Hop counts that hosts begin with; a router takes one off. */
static inline bool hops_begin(uint8_t hops)
{
	return hops == 64 || hops == 128 || hops == 255;
}

static inline uint64_t hash_ends(const struct whose_packet *p, uint64_t start)
{
	uint64_t h = (start ^ p->src.q[0]) * 0xbf58476d1ce4e5b9ULL;

	h = (h ^ h >> 31 ^ p->src.q[1]) * 0x94d049bb133111ebULL;
	h = (h ^ h >> 29 ^ p->dst.q[0]) * 0xbf58476d1ce4e5b9ULL;
	h = (h ^ h >> 31 ^ p->dst.q[1]) * 0x94d049bb133111ebULL;
	return h ^ h >> 32;
}

/* An address and a peer that it exchanged packets with. */
struct pair {
	struct la_addr self, peer;
	uint64_t sender; /* of the packet */
	uint32_t order; /* order of the packet */
	uint32_t interface;
	uint8_t family;
	bool sent; /* a packet from self to peer */
	bool begun; /* with a hop count that hosts begin with */
};

/* Pairs that were seen last, by their hash; in each line of the cache as many as fit there. */
#define SEEN_SIZE 65536
#define SEEN_WAYS 8

/* Packets that came in lately: one that is forwarded goes out soon. */
#define ARRIVED_SIZE 1024

/* Private addresses that something came from, by interface. One that is lost is doubt again. */
#define BESIDE_SIZE 1024

struct whose {
	struct audited_host *host;
	bool named; /* the user has named addresses */
	bool here; /* the host is the machine that captured */
	bool received, sent; /* such packets were told, and counted as the host's */
	bool silent; /* an address of the host's has sent nothing */
	struct senders senders;
	uint64_t arrived[ARRIVED_SIZE]; /* by their ends and hop count */
	uint64_t beside[BESIDE_SIZE];

	/* the first pass */
	uint64_t *seen; /* aligned as a line of the cache is */
	struct pair *pairs;
	size_t n_pairs, room;
	uint32_t order;
	uint32_t pairs_of[64]; /* by interface */
};

/* --- whose.c --- */

/* Of each packet that came in. */
void whose_note_arrived(struct whose *w, const struct whose_packet *p);
/* Whether it came in before, by a router's or a bridge's other interface: its source is not here. */
bool whose_is_passed_on(struct whose *w, const struct whose_packet *p);
