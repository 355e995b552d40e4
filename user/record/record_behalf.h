/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resolvers of this machine in records: for whom they ask, and where they are asked. */
#pragma once

#include "base/json.h"
#include "base/text.h"
#include "record.h"

/* A process by its name and place. */
struct record_asker {
	uint32_t pid; /* 0: unknown */
	const char *name;
	const char *cgroup_path;
	const char *unit;
	uint64_t cgroup_id; /* 0: unknown */
	const char *scope; /* as of a leak; borrowed */
};

/* For whom a resolver has sent a packet. */
struct record_behalf {
	const char *match; /* "exact", "shared", "possible" */
	bool possible; /* nothing but process and time say so */
	const struct record_asker *v;
	size_t n;
};

/* A resolver, its way out, and the first of its addresses. */
struct record_resolver {
	struct record_asker process;
	const char *way; /* record_way_name() */
	const char *const *addresses; /* "127.0.0.53:53" */
	size_t n;
};

void record_put_behalf(struct json *j, const struct record_behalf *b);
void record_say_behalf(struct text *t, const struct record_behalf *b);

/* The resolver that was not to be asked; NULL: it is none, or not known. */
void record_put_unasked(struct json *j, const struct record_leak *l);
void record_say_unasked(struct text *t, const struct record_leak *l);

void record_put_resolver(struct json *j, const struct record_resolver *r); /* a row */
void record_say_resolvers(struct text *t, const struct record_ready *r);
