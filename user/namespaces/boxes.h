/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Namespaces that home reaches by a veth pair, as those of containers, whoever is in them: one of
 * these for each pair. They are not held open, and end when all have left them.
 */
#pragma once

#include "namespaces.h"

#define BOX_ADDRS 8
struct box {
	uint64_t netns; /* its cookie */
	pid_t pid; /* of a process in it */
	uint32_t end, bridge; /* of the veth pair at home, and what that is a port of; 0: nothing */
	uint32_t inner; /* the other end */
	struct la_addr addrs[BOX_ADDRS]; /* of that */
	size_t n_addrs;
	bool closed; /* nothing leads out of the namespace but such pairs and tunnels */
};

struct boxes;

/* What is passed is borrowed. -ENOMEM. */
int boxes_open(struct boxes **ret, const struct namespaces *n, const struct policy *p);
void boxes_free(struct boxes *b);

/* Finds them anew, if something has changed. Returns whether one is not as it was. */
bool boxes_find(struct boxes *b);

/* They belong to b, until the next search. NULL: there is none. */
const struct box *boxes_each(const struct boxes *b, size_t i);
/* The first of the namespace. */
const struct box *boxes_of(const struct boxes *b, uint64_t netns);
/* The one whose inner end that is. */
const struct box *boxes_by(const struct boxes *b, uint64_t netns, uint32_t inner);
const struct box *boxes_at(const struct boxes *b, const struct la_addr *addr);

bool box_has(const struct box *b, const struct la_addr *addr);
/* The address by which it sends. NULL: it has none of the family. */
const struct la_addr *box_addr(const struct box *b, unsigned int family);
/* -ESTALE: it has ended. */
int box_enter(const struct box *b, struct netns **ret);
