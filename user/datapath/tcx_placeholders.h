/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Places held at TC egress while the programs are being verified. For each
 * interface that tcx is attached to the kernel waits until no packet is under
 * way (RCU): eight milliseconds, one interface after the other, and most of the
 * time of a start. So a program without an opinion is hung there at once, by a
 * thread of its own; to put ours in its place takes no waiting.
 */
#pragma once

#include "network/links.h"

struct tcx_placeholders;

/* On those of the interfaces that TC belongs on; their namespace is the one that we
 * run in. Where the kernel has no tcx, there are no places. -errno */
int tcx_placeholders_hold(struct tcx_placeholders **ret, const struct links *links);

/* A tcx link, which is the caller's from now on; -1: no place is held there. Waits
 * until all of them are known. p may be NULL. */
int tcx_placeholders_take(struct tcx_placeholders *p, const struct netns *ns, uint32_t ifindex);

/* With the places that nobody took. */
void tcx_placeholders_free(struct tcx_placeholders *p);
