/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "base/util.h"
#include "conn.h"

static int bad(const char *name, const char *target, const char *what, struct fault *f)
{
	fault_say(f, -EINVAL, "output %s: '%s' %s", name, target, what);
	return fault_help(f, -EINVAL, "%s:HOST:PORT, or %s:[2001:db8::1]:PORT", name, name);
}

int conn_parse(const char *name, const char *target, char **host, char **port, struct fault *f)
{
	const char *colon = strrchr(target, ':');
	size_t len = colon ? (size_t)(colon - target) : 0;
	uint64_t number;

	if (!colon || !len)
		return bad(name, target, colon ? "lacks its host" : "lacks its port", f);
	if (parse_u64(colon + 1, 1, 65535, &number))
		return bad(name, target, "needs a port from 1 to 65535", f);
	if (target[0] == '[') {
		if (target[len - 1] != ']' || len < 3)
			return bad(name, target, "has no ']' behind its address", f);
		target++;
		len -= 2;
	} else if (memchr(target, ':', len)) {
		return bad(name, target, "is ambiguous: IPv6 addresses are written in [ ]", f);
	}
	*host = strndup(target, len);
	*port = strdup(colon + 1);
	return *host && *port ? 0 : -ENOMEM;
}
