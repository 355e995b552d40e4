/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "programs.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/event.h"
#include "base/util.h"
#include "tc_leash.h"

int programs_query(int target, int where, uint32_t flags, struct programs *ret)
{
	uint32_t attach_flags;
	int r;

	ret->n = ARRAY_SIZE(ret->id);
	r = bpf_prog_query(target, where, flags, &attach_flags, ret->id, &ret->n) ? -errno : 0;
	if (r)
		ret->n = 0;
	return r;
}

bool programs_has(const struct programs *p, uint32_t id)
{
	uint32_t i;

	for (i = 0; i < p->n; i++)
		if (p->id[i] == id)
			return true;
	return false;
}

bool program_describe(uint32_t id, struct program *ret)
{
	_cleanup_(closep) int fd = bpf_prog_get_fd_by_id(id);
	struct bpf_prog_info info = { .map_ids = (uintptr_t)ret->maps,
				      .nr_map_ids = PROGRAM_MAPS_MAX };
	uint32_t len = sizeof(info);

	*ret = (struct program){ 0 };
	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len))
		return false;
	ret->n_maps = MIN(info.nr_map_ids, (uint32_t)PROGRAM_MAPS_MAX);
	snprintf(ret->name, sizeof(ret->name), "%s", info.name);
	return true;
}

/* Its descriptor, or -1. */
static int map_called(const struct program *p, const char *name, struct bpf_map_info *info)
{
	uint32_t i, len;
	int fd;

	for (i = 0; i < p->n_maps; i++) {
		fd = bpf_map_get_fd_by_id(p->maps[i]);
		len = sizeof(*info);
		*info = (struct bpf_map_info){ 0 };
		if (fd >= 0 && !bpf_obj_get_info_by_fd(fd, info, &len) && !strcmp(info->name, name))
			return fd;
		closep(&fd);
	}
	return -1;
}

int program_flows(const struct program *p, struct bpf_map_info *info)
{
	int fd = map_called(p, "la_flows", info);

	if (fd >= 0 &&
	    (info->type != BPF_MAP_TYPE_ARRAY || info->value_size != sizeof(struct la_flow))) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool has_map(const struct program *p, const char *name)
{
	struct bpf_map_info info;
	_cleanup_(closep) int fd = map_called(p, name, &info);

	return fd >= 0;
}

bool program_notes(const struct program *p)
{
	return has_map(p, "la_origins");
}

bool program_is_leash(const struct program *p)
{
	return has_map(p, TC_LEASH_TABLE);
}
