/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The proof that the hooks saw all: of each interface that has our TC hook, what it has counted
 * itself against what passed there, from the moment when the hook was there until it goes.
 */
#pragma once

#include "core/tables.h"
#include "network/counters.h"
#include "record/record_lines.h"

struct datapath;
struct iface;
struct link;
struct namespaces;
struct netns_state;

/* Both at one time. */
struct line_reading {
	struct la_line line;
	struct link_counters device;
	struct link_queue queue;
	uint64_t unsure; /* packets that passed meanwhile */
};

/* Of an interface; zeroed: it is not reconciled. */
struct line {
	struct line_reading base;
	struct la_sum unwatched;
	uint64_t began; /* ktime */
	uint64_t early; /* packets that were unseen soon after */
	bool wanted; /* the hook is there, and base has still to be read */
	bool open; /* base is there */
	bool plain; /* no kind */
	uint32_t unread; /* as many packets as a tun keeps that its holder has not read */
	bool behind; /* the device has been: it counts late */
	bool away; /* the hook was for a while */
};

/* TC was attached to the interface. birth: its counters when it appeared or became exposed in this
 * run; NULL: it was there before. */
void lines_begin(struct netns_state *sp, struct iface *i, const struct link *link,
		 const struct link_counters *birth);

/* The same for all that wait, with one dump for each namespace. */
void lines_begin_all(struct namespaces *s);

/* Every second: whether a device counts late. What it has sent just before the hook was there
 * it counts soon after. */
void lines_check(struct netns_state *sp, struct iface *i);

/* TC is about to go. last: the counters of an interface that has gone, if it is `gone`; NULL:
 * nobody has told them. */
void lines_end(struct netns_state *sp, struct iface *i, bool gone,
	       const struct link_counters *last);

/* The same for all, once what the devices count late has had its time. */
void lines_end_all(struct namespaces *s);
