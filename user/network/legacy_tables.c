/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "legacy_tables.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/tables.h"

bool legacy_tables_list(const char *names, const char *table)
{
	const char *at;
	size_t len;

	for (at = names; *at; at += len + (at[len] != '\0')) {
		len = strcspn(at, "\n");
		if (len == strlen(table) && !memcmp(at, table, len))
			return true;
	}
	return false;
}

static int open_both(void *arg)
{
	struct legacy_tables *t = arg;

	if (t->four < 0)
		t->four = open("/proc/thread-self/net/ip_tables_names", O_RDONLY | O_CLOEXEC);
	if (t->four < 0 && errno != ENOENT)
		return -errno;
	if (t->six < 0)
		t->six = open("/proc/thread-self/net/ip6_tables_names", O_RDONLY | O_CLOEXEC);
	return t->six < 0 && errno != ENOENT ? -errno : 0;
}

static bool may_have(int fd, const char *table)
{
	char names[512];
	ssize_t n = fd < 0 ? 0 : pread(fd, names, sizeof(names) - 1, 0);

	if (n < 0)
		return true;
	names[n] = '\0';
	return legacy_tables_list(names, table);
}

int legacy_tables_have(struct legacy_tables *t, const struct netns *ns, const char *table)
{
	int r = t->four < 0 || t->six < 0 ? netns_run(ns, open_both, t) : 0;

	if (r)
		return r;
	return (may_have(t->four, table) ? LA_FAMILY_V4 : 0) |
	       (may_have(t->six, table) ? LA_FAMILY_V6 : 0);
}

void legacy_tables_close(struct legacy_tables *t)
{
	closep(&t->four);
	closep(&t->six);
}
