/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "known_resolvers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "known_resolvers_priv.h"
#include "core/tls.h"

/* order: of the lines. Of several entries for the same name the last counts. */
struct name {
	uint64_t hash;
	uint32_t order;
	bool wildcard;
	uint8_t detail;
};

struct endpoint {
	struct la_addr addr;
	uint32_t order;
	uint16_t port;
	uint8_t detail;
};

struct known_resolvers {
	struct name *names;
	size_t n_names;
	struct endpoint *endpoints;
	size_t n_endpoints;
};

static uint64_t hash_of(const char *name, size_t len, unsigned int labels)
{
	struct la_src src = { .data = (const __u8 *)name, .len = (uint32_t)len };

	return la_name_hash(&src, 0, (uint32_t)len, labels);
}

/* Makes room for one more entry. The capacity doubles at each power of two. */
static int grow(void **v, size_t n, size_t one, size_t max)
{
	void *more = n < max ? array_grown(*v, n, one) : NULL;

	if (!more)
		return n < max ? -ENOMEM : -E2BIG;
	*v = more;
	return 0;
}

int known_resolvers_add_name(struct known_resolvers *k, const char *name, bool wildcard,
			     uint8_t detail)
{
	int r = grow((void **)&k->names, k->n_names, sizeof(*k->names), KNOWN_NAMES_MAX);

	if (r < 0)
		return r;
	k->names[k->n_names] = (struct name){ .hash = hash_of(name, strlen(name), 0),
					      .order = (uint32_t)k->n_names,
					      .wildcard = wildcard,
					      .detail = detail };
	k->n_names++;
	return 0;
}

int known_resolvers_add_endpoint(struct known_resolvers *k, const struct la_addr *addr,
				 uint16_t port, uint8_t detail)
{
	int r = grow((void **)&k->endpoints, k->n_endpoints, sizeof(*k->endpoints),
		     KNOWN_ENDPOINTS_MAX);

	if (r < 0)
		return r;
	k->endpoints[k->n_endpoints] = (struct endpoint){
		.addr = *addr, .order = (uint32_t)k->n_endpoints, .port = port, .detail = detail
	};
	k->n_endpoints++;
	return 0;
}

static int by_name(const void *left, const void *right)
{
	const struct name *a = left, *b = right;

	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	return (int)a->wildcard - (int)b->wildcard;
}

static int by_name_and_order(const void *left, const void *right)
{
	const struct name *a = left, *b = right;
	int r = by_name(a, b);

	return r ? r : a->order < b->order ? -1 : 1;
}

static int by_endpoint(const void *left, const void *right)
{
	const struct endpoint *a = left, *b = right;
	int r = memcmp(&a->addr, &b->addr, sizeof(a->addr));

	return r ? r : (int)a->port - (int)b->port;
}

static int by_endpoint_and_order(const void *left, const void *right)
{
	const struct endpoint *a = left, *b = right;
	int r = by_endpoint(a, b);

	return r ? r : a->order < b->order ? -1 : 1;
}

/* Sorts the table. Of equal entries it keeps the last. */
static size_t sort_unique(void *v, size_t n, size_t one, int (*compare)(const void *, const void *),
			  int (*key)(const void *, const void *))
{
	char *base = v;
	size_t kept = 0;

	if (n)
		qsort(v, n, one, compare);
	for (size_t i = 0; i < n; i++) {
		if (kept && key(base + (kept - 1) * one, base + i * one) == 0)
			kept--;
		memmove(base + kept++ * one, base + i * one, one);
	}
	return kept;
}

void known_resolvers_free(struct known_resolvers *k)
{
	if (!k)
		return;
	free(k->names);
	free(k->endpoints);
	free(k);
}

int known_resolvers_open_with(struct known_resolvers **ret, bool builtin,
			      const struct opt_list *files, struct fault *f)
{
	_cleanup_(known_resolvers_freep) struct known_resolvers *k = calloc(1, sizeof(*k));
	int r = 0;

	if (!k)
		return fault_say(f, -ENOMEM, "no memory for the known resolvers");
	if (builtin)
		r = known_resolvers_read_builtin(k, f);
	for (size_t i = 0; r == 0 && files && i < files->n; i++)
		r = known_resolvers_read_file(k, files->v[i], f);
	if (r < 0)
		return r;
	k->n_names =
		sort_unique(k->names, k->n_names, sizeof(*k->names), by_name_and_order, by_name);
	k->n_endpoints = sort_unique(k->endpoints, k->n_endpoints, sizeof(*k->endpoints),
				     by_endpoint_and_order, by_endpoint);
	*ret = take_ptr(k);
	return 0;
}

int known_resolvers_open(struct known_resolvers **ret, const struct opt_list *files,
			 struct fault *f)
{
	return known_resolvers_open_with(ret, true, files, f);
}

static const struct name *find_name(const struct known_resolvers *k, uint64_t hash, bool wildcard)
{
	struct name wanted = { .hash = hash, .wildcard = wildcard };

	return k->n_names ? bsearch(&wanted, k->names, k->n_names, sizeof(wanted), by_name) : NULL;
}

unsigned int known_name(const struct known_resolvers *k, uint64_t whole, uint64_t parent)
{
	const struct name *found = find_name(k, whole, false);

	if (!found)
		found = find_name(k, parent, true);
	return found ? found->detail : LA_DETAIL_NONE;
}

unsigned int known_host(const struct known_resolvers *k, const char *name, size_t len)
{
	if (len > LA_NAME_MAX)
		return LA_DETAIL_NONE;
	return known_name(k, hash_of(name, len, 0), hash_of(name, len, 1));
}

unsigned int known_endpoint(const struct known_resolvers *k, const struct la_addr *addr,
			    uint16_t port)
{
	struct endpoint wanted = { .addr = *addr, .port = port };
	const struct endpoint *found = NULL;

	if (k->n_endpoints)
		found = bsearch(&wanted, k->endpoints, k->n_endpoints, sizeof(wanted), by_endpoint);
	return found ? found->detail : LA_DETAIL_NONE;
}

int known_resolvers_each(const struct known_resolvers *k, known_resolvers_name_fn *name,
			 known_resolvers_endpoint_fn *endpoint, void *arg)
{
	int r = 0;

	for (size_t i = 0; name && r == 0 && i < k->n_names; i++) {
		const struct name *n = &k->names[i];

		if (n->detail != LA_DETAIL_NONE)
			r = name(arg, n->hash, n->wildcard, n->detail);
	}
	for (size_t i = 0; endpoint && r == 0 && i < k->n_endpoints; i++) {
		const struct endpoint *e = &k->endpoints[i];

		if (e->detail != LA_DETAIL_NONE)
			r = endpoint(arg, &e->addr, e->port, e->detail);
	}
	return r;
}
