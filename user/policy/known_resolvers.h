/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Resolvers that are known by name or by address: those of the built-in list,
 * user/policy/known-resolvers.txt, which also describes the form of users' files.
 *
 * A name is kept as its hash, la_name_hash() of tls.h. "*.NAME" is kept as the
 * hash of NAME and is met by what is behind the first dot of a name.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/fault.h"
#include "base/opt.h"
#include "base/util.h"

/* Names and wildcards, and endpoints: what tables of them must hold. */
#define KNOWN_NAMES_MAX 4096
#define KNOWN_ENDPOINTS_MAX 4096

struct known_resolvers;

/* The built-in list and, after it, the users' files (NULL: none). On an error
 * f says the file, the line, what is wrong there and what would be right:
 * -EINVAL, -E2BIG (more than a table holds), -ENOMEM, or why it is not read. */
int known_resolvers_open(struct known_resolvers **ret, const struct opt_list *files,
			 struct fault *f);
void known_resolvers_free(struct known_resolvers *k);

static inline void known_resolvers_freep(struct known_resolvers **k)
{
	known_resolvers_free(*k);
}

/* All of them answer with an enum la_detail, LA_DETAIL_NONE for the unknown.
 * whole and parent: la_name_hash() of a name with 0 and with 1 label left out. */
unsigned int known_name(const struct known_resolvers *k, uint64_t whole, uint64_t parent);
/* The same from the name itself, without a dot at its end. */
unsigned int known_host(const struct known_resolvers *k, const char *name, size_t len);
unsigned int known_endpoint(const struct known_resolvers *k, const struct la_addr *addr,
			    uint16_t port);

typedef int known_resolvers_name_fn(void *arg, uint64_t hash, bool wildcard, unsigned int detail);
typedef int known_resolvers_endpoint_fn(void *arg, const struct la_addr *addr, uint16_t port,
					unsigned int detail);

/* Calls one of both for each entry, until one answers other than 0, which is
 * the result. Either may be NULL. */
int known_resolvers_each(const struct known_resolvers *k, known_resolvers_name_fn *name,
			 known_resolvers_endpoint_fn *endpoint, void *arg);
