/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Questions that were asked of this machine's resolvers a moment ago, and which of them a
 * resolver's own question is for.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/tables.h"
#include "base/util.h"

struct asks;

int asks_open(struct asks **ret);
void asks_free(struct asks *a);

static inline void asks_freep(struct asks **a)
{
	asks_free(*a);
}

struct ask {
	uint64_t ktime;
	uint32_t resolver; /* the pid of the one who is asked; 0: not known, */
	uint64_t netns; /* but that he is asked in this network namespace */
	bool ours; /* the scope asks */
	const char *name, *type; /* NULL: not to be read */
	struct la_addr from; /* whose address and port are known: */
	uint16_t port; /* 0: they are not */
	struct la_owner who; /* with ours */
	uint32_t scope; /* the number of his; 0: the host */
};

/* What is heard at a resolver may be what was asked before: it is not taken twice. */
void asks_add(struct asks *a, const struct ask *ask);

/*
 * How a packet of a resolver belongs to questions of the scope: NONE not at all; POSSIBLE: by its
 * process and time alone; SHARED: its name was asked by several; EXACT: by that one.
 */
enum asks_match { ASKS_NONE, ASKS_POSSIBLE, ASKS_SHARED, ASKS_EXACT };

#define ASKS_WHO_MAX 8
struct asks_matched {
	enum asks_match match;
	struct la_owner who[ASKS_WHO_MAX]; /* each process once */
	uint32_t scopes[ASKS_WHO_MAX];
	size_t n;
};

/* Adds askers, and what is known of them if it is less. */
void asks_merge(struct asks_matched *to, const struct asks_matched *m);

/* The scope of all askers, or LA_SCOPE_SHARED. */
uint32_t asks_scope(const struct asks_matched *m);

/* What a resolver sends. */
struct asks_sent {
	uint64_t ktime;
	uint32_t resolver; /* pid */
	uint64_t netns; /* where it leaves */
	bool heard; /* whoever asks it is heard */
	const char *name, *type; /* NULL: not to be read */
};

/* Whether a scope has asked somebody a moment ago. */
bool asks_any(struct asks *a, uint64_t now);

void asks_find(struct asks *a, const struct asks_sent *sent, struct asks_matched *ret);

/* "exact"; NULL for NONE. */
const char *asks_match_name(enum asks_match m);
