/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Placeholders at TC egress while programs are verified. When tcx is attached to an interface, the
 * kernel waits until no packet is in flight (RCU): eight milliseconds for each interface, most of
 * the time of a start. So a thread attaches a program that does nothing at once. Replacing it by
 * ours needs no wait.
 */
#pragma once

#include "network/links.h"
#include "programs.h"

struct tcx_placeholders;

/* Whether a program is one, of whatever leakaudit: it passes nothing on. */
bool tcx_is_placeholder(const struct program *p);

/*
 * For the interfaces of our present namespace that TC belongs on. Without tcx in the kernel there
 * are none. 0 or -errno.
 */
int tcx_placeholders_hold(struct tcx_placeholders **ret, const struct links *links);

/*
 * Takes the tcx link of a placeholder; the caller owns it. -1: there is none for that interface.
 * Waits until all placeholders are attached. p may be NULL.
 */
int tcx_placeholders_take(struct tcx_placeholders *p, const struct netns *ns, uint32_t ifindex);

/* Detaches placeholders that nobody took. */
void tcx_placeholders_free(struct tcx_placeholders *p);
