/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transport_cgroup.h"

#include <fcntl.h>
#include <string.h>

#include "host/cgroup.h"

struct telling {
	struct datapath *k;
	bool news;
};

static int report(void *arg, int fd, const char *path)
{
	struct telling *t = arg;

	(void)path;
	t->news |= !datapath_add_transport(t->k, cgroup_id(fd));
	return 0;
}

/*
 * Turns a path into one below the mount. It may be given from the mount or from the file system's
 * root.
 */
static const char *below(const struct scope *scope, const char *path)
{
	size_t len = strlen(scope->mount);

	if (!strncmp(path, scope->mount, len) && path[len] == '/')
		path += len;
	return path + strspn(path, "/");
}

unsigned int transport_cgroups(struct datapath *k, const struct scope *scope,
			       const struct policy *policy)
{
	struct telling t = { .k = k };
	unsigned int missing = 0;
	size_t i;

	for (i = 0; i < policy->transports.n; i++) {
		_cleanup_(closep) int fd = openat(scope->mount_fd,
						  below(scope, policy->transports.v[i]),
						  O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (fd < 0)
			missing++;
		else
			cgroup_walk(fd, policy->transports.v[i], report, &t);
	}
	if (t.news)
		datapath_bump_epoch(k);
	return missing;
}
