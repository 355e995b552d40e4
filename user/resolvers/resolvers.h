/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The resolvers of this machine: which process answers at an address, and the hooks at those that
 * are known.
 */
#pragma once

#include "datapath/datapath.h"
#include "host/scopes.h"
#include "namespaces/namespaces.h"

#define RESOLVER_PLACES_MAX 8
struct resolver {
	struct la_owner owner; /* as of /proc */
	uint32_t asked_by; /* the pid of another one, which asks it; 0: none is known */
	bool heard; /* whoever asks it is told */
	uint64_t netns; /* its network namespace; 0: not known */
	bool covered; /* the interfaces of that are watched */
	struct la_resolver told; /* what the kernel has of it */
	bool is_told;
	bool strays; /* it was seen to ask past the tunnel since interfaces or routes changed */
	bool is_read; /* whom it will ask on this machine, by its configuration */
	bool does_more; /* it sends for other reasons as well: dockerd */
	bool bound; /* a socket of it leads past the tunnel, wherever its servers are routed */
	struct la_resolver_place places[RESOLVER_PLACES_MAX]; /* the first that were found */
	size_t n_places;
};

struct resolvers;

struct resolvers_config {
	struct datapath *datapath;
	const struct namespaces *namespaces;
	const struct scopes *scopes;
	const struct policy *policy;
	bool refuses; /* questions are refused where the resolver's way out is exposed */
};

/* What cfg points to is borrowed. */
int resolvers_open(struct resolvers **ret, const struct resolvers_config *cfg);
void resolvers_free(struct resolvers *r);

static inline void resolvers_freep(struct resolvers **r)
{
	resolvers_free(*r);
}

/* Call it at the start and now and then: finds who listens on the resolvers' ports. */
void resolvers_look(struct resolvers *r);

/*
 * Call it often: finds those whom other resolvers were seen to ask. Returns whether one was not
 * known before.
 */
bool resolvers_follow(struct resolvers *r);

/* Whether the kernel cannot tell who asks one of them by a Unix socket. */
bool resolvers_are_deaf(const struct resolvers *r);

/*
 * Who answers at that place: looked up where it is not known yet. NULL: nobody is found. *hidden:
 * though a socket is there.
 */
const struct resolver *resolvers_at(struct resolvers *r, const struct la_resolver_place *place,
				    bool *hidden);

/* Who is asked by TLS at a place that the kernel was told of. NULL: it has ended. */
const struct resolver *resolvers_at_tls(const struct resolvers *r,
					const struct la_resolver_place *place);

/*
 * The resolver that has sent a packet: by its process, its child's, or where that is not known
 * (pid 0) by cgroup and user, if only one of these is a resolver's. NULL: it was none.
 */
const struct resolver *resolvers_by(const struct resolvers *r, const struct la_owner *sender);

/* All that are known; NULL behind the last. */
const struct resolver *resolvers_next(const struct resolvers *r, size_t i);

/* NULL: none that is known has that pid. */
const struct resolver *resolvers_by_pid(const struct resolvers *r, uint32_t pid);

/* Call it every second, and when interfaces or routes may have changed. */
void resolvers_find_ways(struct resolvers *r);
void resolvers_changed(struct resolvers *r);

/* A resolver has asked by an exposed interface. */
void resolvers_stray(struct resolvers *r, const struct resolver *who);
