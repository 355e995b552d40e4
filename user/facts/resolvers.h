/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The resolvers of this machine: which process answers at an address, and the hooks at those that
 * are known.
 */
#pragma once

#include "datapath/datapath.h"
#include "host/scopes.h"
#include "namespaces.h"

/* Where one is asked. */
struct resolver_place {
	uint64_t netns;
	struct la_addr addr;
	uint16_t port;
	uint8_t proto;
	uint8_t pad[5]; /* places are compared as bytes */
};

#define RESOLVER_PLACES_MAX 8
struct resolver {
	struct la_owner owner; /* as of /proc */
	bool heard; /* whoever asks it is told */
	bool covered; /* the interfaces of its network namespace are watched */
	struct resolver_place places[RESOLVER_PLACES_MAX]; /* the first that were found */
	size_t n_places;
};

struct resolvers;

/* All three are borrowed. */
int resolvers_open(struct resolvers **ret, struct datapath *k, const struct namespaces *n,
		   const struct scopes *scopes);
void resolvers_free(struct resolvers *r);

static inline void resolvers_freep(struct resolvers **r)
{
	resolvers_free(*r);
}

/* Call it at the start and now and then: finds who listens on the resolvers' ports. */
void resolvers_look(struct resolvers *r);

/* Whether the kernel cannot tell who asks one of them by a Unix socket. */
bool resolvers_are_deaf(const struct resolvers *r);

/*
 * Who answers at that place: looked up where it is not known yet. NULL: nobody is found. *hidden:
 * though a socket is there.
 */
const struct resolver *resolvers_at(struct resolvers *r, const struct resolver_place *place,
				    bool *hidden);

/*
 * The resolver that has sent a packet: by its process, its child's, or where that is not known
 * (pid 0) by cgroup and user, if only one of these is a resolver's. NULL: it was none.
 */
const struct resolver *resolvers_by(const struct resolvers *r, const struct la_owner *sender);

/* All that are known; NULL behind the last. */
const struct resolver *resolvers_next(const struct resolvers *r, size_t i);
