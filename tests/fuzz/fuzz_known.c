/* SPDX-License-Identifier: GPL-2.0-or-later */
/* user/policy/known_resolvers.h: a user's file of resolvers, of any bytes. The built-in list is in
 * front of it for one length in BUILTIN_EVERY, since it takes most of the time. */
#include <errno.h>
#include <string.h>

#include "fuzz.h"
#include "policy/known_resolvers.h"
#include "policy/known_resolvers_priv.h"

#define BUILTIN_EVERY 128

static int on_name(void *arg, uint64_t hash, bool wildcard, unsigned int detail)
{
	const struct known_resolvers *k = arg;

	REQUIRE(hash && detail < LA_DETAIL_MAX);
	REQUIRE(wildcard || known_name(k, hash, 0) == detail);
	return 0;
}

static int on_endpoint(void *arg, const struct la_addr *addr, uint16_t port, unsigned int detail)
{
	REQUIRE(port && known_endpoint(arg, addr, port) == detail);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[INPUT_PATH_MAX];
	struct fault f = { 0 };
	_cleanup_(known_resolvers_freep) struct known_resolvers *k = NULL;
	const char *names[] = { path };
	struct opt_list files = { names, 1 };
	int r;

	input_file(0, data, size, path);
	r = known_resolvers_open_with(&k, size % BUILTIN_EVERY == 0, &files, &f);
	if (r) {
		REQUIRE(r == -EINVAL || r == -E2BIG);
		REQUIRE(!k && memchr(f.reason, 0, sizeof(f.reason)) && strstr(f.reason, path));
		return 0;
	}
	REQUIRE(!known_resolvers_each(k, on_name, on_endpoint, k));
	known_host(k, (const char *)data, size);
	return 0;
}
