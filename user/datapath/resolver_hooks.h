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
int datapath_add_resolver_path(struct datapath *k, const char *path, uint32_t pid);

/* Processes that are resolvers. Their sockets so far are marked by a scan. */
int datapath_add_resolver(struct datapath *k, uint32_t pid);
int datapath_del_resolver(struct datapath *k, uint32_t pid);
int resolver_hooks_scan(struct datapath *k);
