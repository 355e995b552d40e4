/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "peers.h"

#include <string.h>

#include "core/frame.h"
#include "core/parse.h"
#include "flows.h"
#include "payload/peer_list.h"

enum { TOLD = 1, SHOWN }; /* how an endpoint is known */

#define CONNECT_BYTES 16
#define ANNOUNCE_BYTES 98 /* of BEP 15; its port is the last of them */
#define ANSWER_BYTES 20

void peers_clear(struct peers *p)
{
	replay_memory_clear(&p->clients);
	replay_memory_clear(&p->announces);
}

/* --- endpoints --- */

static struct la_flow_key endpoint(const struct la_addr *addr, uint16_t port)
{
	return (struct la_flow_key){ .saddr = *addr, .sport = port };
}

static uint64_t known(struct peers *p, const struct replay_flows *hash, const struct la_addr *addr,
		      uint16_t port)
{
	struct la_flow_key k = endpoint(addr, port);

	return replay_recall(&p->clients, &k, replay_hash(hash, &k));
}

bool peers_shown(struct peers *p, const struct replay_flows *hash, const struct la_flow_key *sender)
{
	struct la_flow_key k = endpoint(&sender->saddr, sender->sport);

	return replay_remember(&p->clients, &k, replay_hash(hash, &k), SHOWN);
}

struct teller {
	struct peers *p;
	const struct replay_flows *hash;
	bool failed;
};

static void told(void *arg, const struct la_addr *addr, uint16_t port)
{
	struct teller *t = arg;
	struct la_flow_key k = endpoint(addr, port);
	uint64_t hash = replay_hash(t->hash, &k);

	if (!replay_recall(&t->p->clients, &k, hash) &&
	    !replay_remember(&t->p->clients, &k, hash, TOLD))
		t->failed = true;
}

/* --- trackers --- */

/* The way from a client to its tracker. */
static struct la_flow_key way_of(const struct la_flow_key *k, bool answer)
{
	if (answer)
		return (struct la_flow_key){ .saddr = k->daddr,
					     .daddr = k->saddr,
					     .sport = k->dport,
					     .dport = k->sport,
					     .proto = k->proto };
	return (struct la_flow_key){ .saddr = k->saddr,
				     .daddr = k->daddr,
				     .sport = k->sport,
				     .dport = k->dport,
				     .proto = k->proto };
}

static void asked(struct teller *t, const struct la_flow_key *k)
{
	struct la_flow_key way = way_of(k, false);

	if (!replay_remember(&t->p->announces, &way, replay_hash(t->hash, &way), 1))
		t->failed = true;
}

static bool has_asked(const struct teller *t, const struct la_flow_key *k, bool answer)
{
	struct la_flow_key way = way_of(k, answer);

	return replay_recall(&t->p->announces, &way, replay_hash(t->hash, &way));
}

/* Connect, announce and answer of BEP 15. */
static void read_tracker(struct teller *t, const struct la_flow_key *k, const uint8_t *b,
			 size_t len)
{
	if (len == CONNECT_BYTES && la_get32(b) == 0x417 && la_get32(b + 4) == 0x27101980)
		asked(t, k);
	if (!t->p->announces.v)
		return;
	if (len >= ANNOUNCE_BYTES && la_get32(b + 8) == 1 && has_asked(t, k, false) &&
	    la_get16(b + ANNOUNCE_BYTES - 2))
		told(t, &k->saddr, la_get16(b + ANNOUNCE_BYTES - 2));
	else if (len >= ANSWER_BYTES && la_get32(b) == 1 && has_asked(t, k, true))
		peer_list_compact(b + ANSWER_BYTES, len - ANSWER_BYTES, k->family, told, t);
}

static void read_own_port(struct teller *t, const struct la_flow_key *k, const uint8_t *b,
			  size_t len)
{
	uint16_t port = peer_list_own_port(b, len);

	if (port)
		told(t, &k->saddr, port);
	if (port && k->proto == LA_PROTO_TCP)
		asked(t, k);
}

/* --- packets --- */

static bool starts(const uint8_t *b, size_t len, const char *with)
{
	return len >= strlen(with) && !memcmp(b, with, strlen(with));
}

static void read_udp(struct teller *t, const struct la_flow_key *k, const uint8_t *b, size_t len)
{
	if (starts(b, len, "BT-SEARCH") || starts(b, len, "d1:ad"))
		read_own_port(t, k, b, len);
	else if (starts(b, len, "d1:rd") || starts(b, len, "d2:ip"))
		peer_list_bencoded(b, len, told, t);
	else if (len >= CONNECT_BYTES)
		read_tracker(t, k, b, len);
}

/* A peer's message of an extension (BEP 10): its length, 20, a number. */
#define EXTENSION 20

static void read_tcp(struct teller *t, const struct la_flow_key *k, const uint8_t *b, size_t len)
{
	if (starts(b, len, "GET "))
		read_own_port(t, k, b, len);
	else if (starts(b, len, "HTTP/1.") && t->p->announces.v && has_asked(t, k, true))
		peer_list_bencoded(b, len, told, t);
	else if (len > 6 && b[4] == EXTENSION && t->p->clients.v &&
		 known(t->p, t->hash, &k->saddr, k->sport) == SHOWN)
		peer_list_bencoded(b, len, told, t);
}

bool peers_read(struct peers *p, const struct replay_flows *hash, const struct la_flow_key *k,
		const uint8_t *payload, size_t len)
{
	struct teller t = { p, hash, false };

	if (k->proto == LA_PROTO_UDP)
		read_udp(&t, k, payload, len);
	else if (k->proto == LA_PROTO_TCP)
		read_tcp(&t, k, payload, len);
	return !t.failed;
}

/* The beginning of TLS, QUIC, HTTP or SSH: a list may name anybody. */
static bool is_others(const uint8_t *b, size_t len)
{
	static const char *const words[] = { "GET ", "POST ", "HEAD ", "HTTP/", "SSH-" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (starts(b, len, words[i]))
			return true;
	return len > 5 && ((b[0] == 22 && b[1] == 3) || (b[0] >> 6 == 3 && la_get32(b + 1) == 1));
}

bool peers_have(struct peers *p, const struct replay_flows *hash, const struct la_flow_key *k,
		bool begins, const uint8_t *payload, size_t len)
{
	uint64_t from, to;

	if (!p->clients.v)
		return false;
	from = known(p, hash, &k->saddr, k->sport);
	to = known(p, hash, &k->daddr, k->dport);
	if (from == SHOWN || to == SHOWN)
		return true;
	return (from || to) && begins && !is_others(payload, len);
}
