/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text of /proc, with names that a process gives itself or its cgroup, and resolv.conf. The first
 * byte says which form the rest has, the second which field is asked for.
 */
#include <errno.h>
#include <string.h>

#include "base/util.h"
#include "fuzz.h"
#include "host/cgroup.h"
#include "host/proc.h"
#include "network/resolv_conf.h"

static void read_stat(char *text, unsigned int field)
{
	uint64_t number = 0;
	int r = proc_parse_stat(text, 4 + field % 48, &number);

	REQUIRE(r <= 0);
}

static void read_cgroup(char *text, size_t len)
{
	int r = cgroup_parse(text);

	REQUIRE(r == 0 || r == -ENAMETOOLONG || r == -EXDEV || r == -ESRCH);
	if (!r)
		REQUIRE(text[0] == '/' && strlen(text) < len && !strchr(text, '\n'));
}

static void read_resolvers(const char *text)
{
	struct la_addr v[RESOLVERS_MAX];

	REQUIRE(resolv_conf_parse(text, v, ARRAY_SIZE(v)) <= ARRAY_SIZE(v));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(freep) char *text = size > 1 ? malloc(size - 1) : NULL;

	if (!text)
		return 0;
	memcpy(text, data + 2, size - 2);
	text[size - 2] = '\0';
	if (data[0] % 3 == 0)
		read_stat(text, data[1]);
	else if (data[0] % 3 == 1)
		read_cgroup(text, size - 1);
	else
		read_resolvers(text);
	return 0;
}
