/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Resolvers that are known by name or address: those of the built-in list,
 * user/policy/known-resolvers.txt, and of users' files. The list describes the format.
 *
 * A name is stored as its hash, la_name_hash() of tls.h. "*.NAME" is stored as the hash of NAME,
 * and compared with what follows the first dot of a name.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/fault.h"
#include "base/opt.h"
#include "base/util.h"

/* Capacity of the tables: names and wildcards; endpoints. */
#define KNOWN_NAMES_MAX 4096
#define KNOWN_ENDPOINTS_MAX 4096

struct known_resolvers;

/*
 * Reads the built-in list and then the users' files (NULL: none). f names the file, the line and
 * the error. -EINVAL; -E2BIG: a table is full; -ENOMEM; -errno of reading.
 */
int known_resolvers_open(struct known_resolvers **ret, const struct opt_list *files,
			 struct fault *f);
void known_resolvers_free(struct known_resolvers *k);

static inline void known_resolvers_freep(struct known_resolvers **k)
{
	known_resolvers_free(*k);
}

/*
 * These return an enum la_detail; LA_DETAIL_NONE if unknown. whole and parent: la_name_hash() of
 * the name without 0 and without 1 label.
 */
unsigned int known_name(const struct known_resolvers *k, uint64_t whole, uint64_t parent);
/* The same for the name itself, without a dot at its end. */
unsigned int known_host(const struct known_resolvers *k, const char *name, size_t len);
unsigned int known_endpoint(const struct known_resolvers *k, const struct la_addr *addr,
			    uint16_t port);

typedef int known_resolvers_name_fn(void *arg, uint64_t hash, bool wildcard, unsigned int detail);
typedef int known_resolvers_endpoint_fn(void *arg, const struct la_addr *addr, uint16_t port,
					unsigned int detail);

/*
 * Calls name or endpoint for each entry until one returns other than 0, and returns that. Either
 * may be NULL.
 */
int known_resolvers_each(const struct known_resolvers *k, known_resolvers_name_fn *name,
			 known_resolvers_endpoint_fn *endpoint, void *arg);
