/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Types of the leak test: a kind is what is sent; a probe is one packet of a kind with one binding;
 * an attempt is how far sending it got; a result is what that means.
 */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "record/record.h"
#include "network/route.h"

enum probe_transport {
	PROBE_UDP,
	PROBE_TCP,
	PROBE_ICMP, /* SOCK_RAW */
	PROBE_FRAME, /* AF_PACKET */
	PROBE_LOOKUP, /* the C library's own sockets */
};

/* Where the probes of a kind go. Those to resolvers and routes are not bound. */
enum probe_aim {
	PROBE_TO_ADDRESS, /* given by the user, or a documentation address */
	PROBE_TO_GROUP, /* the group of the kind */
	PROBE_TO_RESOLVERS,
	PROBE_TO_ROUTES, /* an address that the route takes past the tunnel */
};

#define PROBE_PAYLOAD_MAX 320

struct probe;

struct probe_kind {
	const char *name;
	const char *what; /* such as "a DNS question by UDP" */
	enum probe_transport transport;
	uint16_t port;
	enum probe_aim aim;
	/* writes up to PROBE_PAYLOAD_MAX bytes */
	size_t (*payload)(const struct probe *p, uint8_t *to);
};

extern const struct probe_kind probe_kinds[];
extern const size_t probe_n_kinds;
/* Whether one of the kinds (bit n: probe_kinds[n]) has this aim. */
bool probe_kinds_aim(uint32_t kinds, enum probe_aim aim);
/* Names of kinds, ending with NULL, for an option. */
extern const char *const probe_kind_names[];

/* What the socket is bound to. */
#define PROBE_HOWS(X)                                         \
	X(FREE, "free", "not bound")                          \
	X(DEVICE, "device", "bound to the exposed interface") \
	X(SOURCE, "address", "bound to the exposed interface's address")

enum probe_how {
#define X(sym, name, help) PROBE_##sym,
	PROBE_HOWS(X)
#undef X
};

#define PROBE_OTHERS_MAX 4 /* an interface has one address, or one and its privacy addresses */

struct probe {
	const struct probe_kind *kind;
	enum probe_how how;
	uint8_t family; /* 4 or 6; 0: the C library chooses */
	uint8_t l2_addr_len; /* for frames */
	uint32_t ifindex; /* for DEVICE, SOURCE and frames */
	char ifname[IFNAMSIZ]; /* for a route's probe: where the route leads */
	struct route_entry route; /* for kinds that go to routes */
	struct la_addr source; /* for SOURCE and frames */
	struct la_addr others[PROBE_OTHERS_MAX]; /* for SOURCE, where that one cannot be used */
	uint32_t n_others;
	struct la_addr to;
	uint16_t port;
	char name[40]; /* the name in DNS questions */
};

/* How far an attempt got. If it failed, error is why. */
enum probe_stage {
	PROBE_NOT_RUN,
	PROBE_OPENING,
	PROBE_BINDING,
	PROBE_SENDING,
	PROBE_SENT,
	PROBE_LOCAL, /* not sent: the resolver is a process of this machine */
};

#define PROBE_SOCKS_MAX 4 /* a lookup queries a few resolvers, with a socket for each */

struct probe_sock {
	uint64_t cookie;
	uint32_t ifindex; /* where the cgroup hook saw its last packet; 0: it saw none */
	uint8_t role; /* enum la_role_kind, or LA_ROLE_MAX: unknown */
};

/* Written by the sending process, read after its end. */
struct probe_attempt {
	enum probe_stage stage;
	int error; /* errno; 0: none */
	uint32_t n_socks;
	uint32_t other; /* the source is others[other - 1] of the probe; 0: its own */
	struct probe_sock socks[PROBE_SOCKS_MAX];
};

/* From best to worst. */
#define PROBE_STATUSES(X)     \
	X(PASS, "pass")       \
	X(EXEMPT, "exempt")   \
	X(UNKNOWN, "unknown") \
	X(FAIL, "fail")

enum probe_status {
#define X(sym, name) PROBE_##sym,
	PROBE_STATUSES(X)
#undef X
};

/* Why there is no proof, as far as that has a remedy of its own. */
enum probe_doubt {
	PROBE_DOUBT_OTHER,
	PROBE_DOUBT_LINE, /* it does not work */
	PROBE_DOUBT_FILTER, /* one comes behind our hook */
	PROBE_DOUBT_GUARD, /* one is there, and was not seen to work */
	PROBE_DOUBT_ADDRESS, /* none can be used */
};

struct probe_result {
	enum probe_status status;
	enum probe_doubt doubt; /* for UNKNOWN */
	char path[IFNAMSIZ]; /* the interface that it took or would have taken; "": none */
	uint32_t ifindex;
	bool stopped; /* we stopped it: it would have left */
	enum record_cause cause;
	char prefix[64], protocol[16]; /* with RECORD_CAUSE_ROUTE */
	char tunnel[IFNAMSIZ], claim[64]; /* the same, where a tunnel claims the range; else "" */
	char selector[128]; /* with RECORD_CAUSE_RULE */
	uint32_t priority;
	char why[192];
	char remedy[256]; /* "": nothing to do */
};

const char *probe_how_name(enum probe_how how);
const char *probe_status_name(enum probe_status v);

static inline bool probe_is_link_local(const struct la_addr *a)
{
	return a->b[0] == 0xfe && a->b[1] >> 6 == 2;
}

/* Whether its address is of our choice: nobody need have it. */
static inline bool probe_is_made_up(const struct probe *p)
{
	return p->kind->aim != PROBE_TO_RESOLVERS;
}

static inline bool probe_is_unbound(const struct probe_kind *k)
{
	return k->aim == PROBE_TO_RESOLVERS || k->aim == PROBE_TO_ROUTES;
}

/* Whether they are the same probe in two rounds. */
bool probe_equal(const struct probe *a, const struct probe *b);
