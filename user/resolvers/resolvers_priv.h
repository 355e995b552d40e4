/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by resolvers*.c and resolver_ways.c. */
#pragma once

#include "namespaces/boxes.h"
#include "facts/listeners.h"
#include "resolvers.h"

#define PROCESSES_MAX 64
#define GROUPS_MAX 32
#define PLACES_MAX 256

/* What is known of a place. */
struct known_place {
	struct la_resolver_place at;
	struct resolver *who; /* NULL: nobody was found */
	bool hidden; /* though there is a socket */
	uint64_t looked; /* ktime */
};

/* Sockets whose holder is known: else each look would be a walk through all open files. */
#define SOCKETS_MAX 256
struct held_socket {
	uint64_t inode;
	struct resolver *who;
};

struct group {
	uint64_t id;
	bool heard;
	struct resolver_hooks *hooks;
};

struct resolvers {
	struct resolvers_config cfg;
	struct boxes *boxes;
	struct resolver *v[PROCESSES_MAX];
	size_t n;
	struct group groups[GROUPS_MAX];
	size_t n_groups;
	struct known_place places[PLACES_MAX];
	size_t n_places; /* in all; the last PLACES_MAX are kept */
	struct held_socket sockets[SOCKETS_MAX];
	size_t n_sockets; /* the same */
	struct nl *asked; /* the sockets of the namespace asked_netns, during a look; or NULL */
	uint64_t asked_netns;
	uint32_t chained; /* as of datapath_chained() when it was last followed */
	bool deaf; /* what is sent to a resolver by a Unix socket is not told */
};

/* A search for whoever holds the sockets of a place. */
struct search {
	struct resolvers *all;
	struct la_resolver_place at;
	bool any_place; /* every address of the port */
	struct listener v[16];
	size_t n;
	uint32_t pid; /* of the process that is looked at */
	struct resolver *found;
};

/* Searches all processes for the holders of the sockets that are not known yet. */
void resolvers_search(struct search *s);
/* The same for the sockets of its place. */
void resolvers_search_place(struct search *s);

/* If the place is that of Docker's resolver for containers: finds it behind nat. */
void resolvers_search_docker(struct search *s);
/* What it sends may be no question. */
void resolvers_take_docker(const struct resolvers *r, struct resolver *who);
/* Finds it in a namespace. */
void resolvers_look_docker(struct resolvers *r, uint64_t netns);

/* Finds who listens at the Unix sockets of resolvers. */
void resolvers_look_unix(struct resolvers *r);

/*
 * Resolvers of this machine that other namespaces ask, as containers do at the address of their
 * bridge: resolvers_away.c. At home the place is this one; its address is zero where it cannot be
 * asked from elsewhere.
 */
struct la_resolver_place resolvers_away_place(const struct resolvers *r,
					      const struct la_resolver_place *at);
/* Tells the kernel of all of them. */
void resolvers_look_away(const struct resolvers *r);
/* The same of one place of TLS. */
void resolvers_tell_tls_away(const struct resolvers *r, const struct resolver *who,
			     const struct la_resolver_place *at);

/*
 * Resolvers in containers: resolvers_boxed.c. The containers are found first; then who listens
 * there, and the kernel is told of all of them.
 */
void resolvers_find_boxes(struct resolvers *r);
void resolvers_look_boxed(struct resolvers *r);
/* If the place is a container's address: finds who listens there. */
void resolvers_search_boxed(struct search *s);
/* Whether the namespace is such a container's, and nothing leaves it but by home. */
bool resolvers_is_boxed(const struct resolvers *r, uint64_t netns);
bool resolvers_is_boxed_at(const struct resolvers *r, const struct resolver *who,
			   const struct la_addr *addr);
/* One that is followed, or a container's, which is to be freed by *opened. NULL: it is neither. */
const struct netns *resolvers_netns(const struct resolvers *r, uint64_t netns,
				    struct netns **opened);

/* Where it passes on what it is asked, if it is a docker-proxy. */
bool resolvers_proxy_target(const struct resolver *who, struct la_endpoint *ret);
/* What those send to whom it is passed on is for whoever asks them. */
void resolvers_link_proxies(struct resolvers *r);

/* Finds whom those will ask on this machine that were not looked at yet: resolvers_config.c. */
void resolvers_read_config(struct resolvers *r);

void resolvers_look_at(struct resolvers *r, uint64_t netns, uint8_t proto, uint16_t port);
void resolvers_forget(struct resolvers *r, size_t i);

/* Who is asked there by another one. NULL: nobody that is known. */
const struct resolver *resolvers_next_at(const struct resolvers *r, const struct resolver *by,
					 const struct la_endpoint *at);
/* Notes that it is asked by the process with that pid. */
void resolvers_note_asked(struct resolvers *r, const struct resolver *who, uint32_t by);

/* Finds where else they listen, at which they may be asked by TLS: resolvers_tls.c. */
void resolvers_look_tls(struct resolvers *r);

/* Finds whether a socket of a resolver leads past the tunnel. Call it before the next. */
void resolver_find_bound(const struct resolvers *r, struct resolver *who);
/* Finds a resolver's way out, and passes it to the kernel. -errno. Its way may change at any time:
 * what it still sends for a question that was let through is stopped. */
int resolver_find_way(const struct resolvers *r, struct resolver *who);
