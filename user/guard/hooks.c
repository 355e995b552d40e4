/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hooks.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "base/util.h"
#include "datapath/attach.h"

/* enum bpf_link_type; older headers lack the last */
#define LINK_CGROUP 3
#define LINK_TCX 11

struct reading {
	const char *dir;
	uint64_t home;
	uint64_t removed; /* scopes */
	struct guard_hooks *ret;
};

static void lost(struct reading *r, const char *pin)
{
	if (!r->ret->lost++)
		snprintf(r->ret->first, sizeof(r->ret->first), "%s", pin);
}

/* A link stays when its interface goes. Its pin's name says which one it was. */
static void count_tc(struct reading *r, const char *pin, uint32_t ifindex)
{
	char name[IF_NAMESIZE];
	unsigned long long netns;
	unsigned int was;

	if (ifindex)
		r->ret->tc++;
	else if (sscanf(pin, "tcx%*[in]_%llx_%u", &netns, &was) == 2 ||
		 sscanf(pin, "tcx_%llx_%u", &netns, &was) == 2)
		netns == r->home &&if_indextoname(was, name) ? lost(r, pin) : (void)r->ret->gone++;
}

/* Which scope's hook it is, counted from 0. */
static unsigned int scope_of(const char *pin)
{
	const char *at = strstr(pin, SCOPE_PIN);
	unsigned int number;

	return at && sscanf(at, SCOPE_PIN "%u", &number) == 1 && number ? number - 1 : 0;
}

static void count(struct reading *r, const char *pin)
{
	struct bpf_link_info info = { 0 };
	uint32_t len = sizeof(info);
	char path[PATH_MAX];
	_cleanup_(closep) int fd = -1;

	snprintf(path, sizeof(path), "%s/%s", r->dir, pin);
	fd = bpf_obj_get(path);
	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len))
		return;
	if (info.type == LINK_TCX)
		count_tc(r, pin, info.xdp.ifindex); /* at the same place */
	else if (info.type != LINK_CGROUP)
		r->ret->tasks++;
	else if (info.cgroup.cgroup_id)
		r->ret->cgroup++;
	else if (!(r->removed >> scope_of(pin) & 1))
		lost(r, pin);
}

int guard_hooks_read(const char *dir, uint64_t home, uint64_t removed, struct guard_hooks *ret)
{
	struct reading r = { dir, home, removed, ret };
	_cleanup_(closedirp) DIR *d = opendir(dir);
	const struct dirent *e;

	*ret = (struct guard_hooks){ 0 };
	if (!d)
		return -errno;
	while ((e = readdir(d))) {
		if (!strncmp(e->d_name, "link_", 5) || !strncmp(e->d_name, "tcx", 3))
			count(&r, e->d_name);
		else if (!strncmp(e->d_name, "clsact", 6)) /* a program: a filter is no link */
			ret->tc++;
	}
	return 0;
}
