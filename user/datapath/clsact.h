/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The filter of a clsact qdisc, where there is no tcx. It is no link: it stays until
 * it is deleted, and a pin beside those of the links says by its name which it is.
 */
#pragma once

#include <stdint.h>

#include "network/netns.h"

/* In front of others, so that none can end the walk before us; and as far as they
 * leave room. */
#define CLSACT_PRIORITY 1

struct clsact {
	uint32_t ifindex;
	uint32_t handle, prog_id; /* which of the qdisc's filters it is */
};

/* In the namespace that we are in. -errno; alive: 0 or -ENOENT. The qdisc stays. */
int clsact_attach(struct clsact *c, int prog);
int clsact_detach(const struct clsact *c);
int clsact_alive(const struct clsact *c);

/* As a pin is called, and back: false where it is none. */
void clsact_pin(const struct clsact *c, uint64_t netns, char *name, size_t size);
bool clsact_parse(const char *name, uint64_t *netns, struct clsact *c);

/* Deletes every filter that the pins of a directory name, in whatever namespace of
 * a living process, or ours, it is. What is gone already is passed over. */
void clsact_release(const char *dir);
