/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The filter of a clsact qdisc, used without tcx. It is not a link: it stays until it is deleted. A
 * pin beside those of the links identifies it by its name.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "network/netns.h"

/* Before others, so that none can end the walk before us, as far as they leave room. */
#define CLSACT_PRIORITY 1
#define CLSACT_LAST 0xffff

struct clsact {
	bool last; /* behind all others instead; it is never pinned there */
	bool ingress; /* instead of egress */
	uint32_t ifindex;
	uint32_t handle, prog_id; /* identify the filter */
};

/*
 * In our present namespace. 0 or -errno. clsact_make() makes the qdisc; -EEXIST: there is one, or
 * one that has its place. clsact_unmake() takes it away, with this filter. -EBUSY: there are more;
 * others, also another leakaudit, may use it by then.
 */
int clsact_make(const struct clsact *c);
int clsact_unmake(const struct netns *here, const struct clsact *c);

/* The same. clsact_alive(): 0 or -ENOENT. */
int clsact_attach(struct clsact *c, int prog);
int clsact_detach(const struct clsact *c);
int clsact_alive(const struct clsact *c);

/* Writes the name of the pin, and parses it. False: not such a name. */
void clsact_pin(const struct clsact *c, uint64_t netns, char *name, size_t size);
bool clsact_parse(const char *name, uint64_t *netns, struct clsact *c);

/*
 * Deletes every filter that the pins of a directory identify, in the namespace of any running
 * process or in ours. Filters that are already deleted are skipped.
 */
void clsact_release(const char *dir);
