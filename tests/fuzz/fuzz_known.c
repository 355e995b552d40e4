/* SPDX-License-Identifier: GPL-2.0-or-later */
/* user/known.h: a user's file of resolvers, of any bytes. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"
#include "known.h"

static int on_name(void *arg, uint64_t hash, bool wildcard, unsigned int detail)
{
	const struct known *k = arg;

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
	char path[INPUT_PATH_MAX], msg[KNOWN_MSG_MAX] = "";
	_cleanup_(known_freep) struct known *k = NULL;
	int fd = input_file(data, size, path), r;
	const char *names[] = { path };
	struct opt_list files = { names, 1 };

	r = known_open(&k, &files, msg, sizeof(msg));
	close(fd);
	if (r) {
		REQUIRE(r == -EINVAL || r == -E2BIG);
		REQUIRE(!k && memchr(msg, 0, sizeof(msg)) && strstr(msg, path));
		return 0;
	}
	REQUIRE(!known_each(k, on_name, on_endpoint, k));
	known_host(k, (const char *)data, size);
	return 0;
}
