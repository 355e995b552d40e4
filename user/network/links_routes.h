/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The routes into tunnels, for links*.c only. The kernel does not say which of them went
 * with an interface or an address, so a change makes us read those of the tunnel again.
 */
#pragma once

#include "links_nl.h"
#include "links_table.h"

/* A message about routes, or an answer to what links_routes_read() has asked, with what it has, or
 * NULL. -ENOMEM. */
int links_routes_take(struct links *l, const struct nl_head *head, const struct links_item *item);

/* The routes of e are to be read. */
void links_routes_stale(struct links *l, struct entry *e);

/* Reads the routes of all entries that are stale. read: takes the answer to a dump.
 * -errno; those that could not be read stay stale. */
int links_routes_read(struct links *l, int (*read)(struct links *l));

/* A tunnel that is gone: what it led to stays known until one of its name is up. */
void links_routes_gone(struct links *l, struct entry *e);

void links_routes_free(struct links *l);
