/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hooks at resolvers of this machine, and what the programs know of them. */
#pragma once

#include "datapath.h"

/* Of one cgroup in which resolvers run. */
struct resolver_hooks;

/*
 * From now on the sockets of resolvers in that cgroup are marked. hears: whoever asks them is told,
 * which every packet to that cgroup pays for. -errno.
 */
int resolver_hooks_attach(struct datapath *k, int cgroup, bool hears, struct resolver_hooks **ret);
void resolver_hooks_detach(struct resolver_hooks *h);

/*
 * From now on it is told when a scope connects to a resolver's Unix socket. To be called again when
 * one has another cgroup. -errno: this kernel cannot tell.
 */
int resolver_hooks_listen(struct datapath *k, const struct scopes *scopes);
int datapath_set_resolver_path(struct datapath *k, const char *path,
			       const struct la_resolver_path *who);

/* Processes that are resolvers, and where they are asked. Their sockets so far are marked by a
 * scan. */
int datapath_set_resolver(struct datapath *k, uint32_t pid, const struct la_resolver *r);
int datapath_add_resolver_place(struct datapath *k, const struct la_resolver_place *at,
				uint32_t pid);
/* The same at home, of one in a container; it is told by which interfaces. */
int datapath_add_resolver_boxed(struct datapath *k, const struct la_resolver_place *at,
				const struct la_resolver_holder *who);
/*
 * The same for a port that is no resolver's: only what is encrypted may be a question there. What
 * is known of the place already stays.
 */
int datapath_add_resolver_tls(struct datapath *k, const struct la_resolver_place *at, uint32_t pid);
/* Who is known to be asked there; 0: nobody. */
uint32_t datapath_resolver_at(const struct datapath *k, const struct la_resolver_place *at);
void datapath_del_resolver(struct datapath *k, uint32_t pid);
int resolver_hooks_scan(struct datapath *k);

/* Forgets all resolvers of an earlier loader. */
void datapath_forget_resolvers(struct datapath *k);

/* Calls fn for each place that a resolver has asked. */
typedef void datapath_server_fn(void *arg, const struct la_endpoint *at);
void datapath_each_server(const struct datapath *k, uint32_t pid, datapath_server_fn *fn,
			  void *arg);
/* Grows when one has asked a place on this machine that it has not asked before. */
uint32_t datapath_chained(const struct datapath *k);
