/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "programs.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
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

void programs_add(struct programs *p, uint32_t id)
{
	if (p->n < ARRAY_SIZE(p->id) && !programs_has(p, id))
		p->id[p->n++] = id;
}

bool program_describe(uint32_t id, struct program *ret)
{
	_cleanup_(closep) int fd = bpf_prog_get_fd_by_id(id);

	return program_describe_fd(fd, ret);
}

bool program_describe_fd(int fd, struct program *ret)
{
	struct bpf_prog_info info = { .map_ids = (uintptr_t)ret->maps,
				      .nr_map_ids = PROGRAM_MAPS_MAX };
	uint32_t len = sizeof(info);

	*ret = (struct program){ 0 };
	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len))
		return false;
	ret->n_maps = MIN(info.nr_map_ids, (uint32_t)PROGRAM_MAPS_MAX);
	snprintf(ret->name, sizeof(ret->name), "%s", info.name);
	memcpy(ret->tag, info.tag, sizeof(ret->tag));
	ret->bytes = info.xlated_prog_len;
	return true;
}

bool program_equal(const struct program *a, const struct program *b)
{
	return a->bytes == b->bytes && !memcmp(a->tag, b->tag, sizeof(a->tag));
}

/* libbpf puts a part of the object's name before that of a section. */
static bool is_called(const char *map, const char *name)
{
	const char *section = *name == '.' ? strchr(map, '.') : NULL;

	return !strcmp(section ?: map, name);
}

/* Its descriptor, or -1. Anybody's map may be called so: hence what it is, too. value_size 0: any. */
static int map_called(const struct program *p, const char *name, uint32_t type, uint32_t value_size,
		      struct bpf_map_info *info)
{
	uint32_t i, len;
	int fd;

	for (i = 0; i < p->n_maps; i++) {
		fd = bpf_map_get_fd_by_id(p->maps[i]);
		len = sizeof(*info);
		*info = (struct bpf_map_info){ 0 };
		if (fd >= 0 && !bpf_obj_get_info_by_fd(fd, info, &len) &&
		    is_called(info->name, name) && info->type == type &&
		    (!value_size || info->value_size == value_size))
			return fd;
		closep(&fd);
	}
	return -1;
}

int program_flows(const struct program *p, struct bpf_map_info *info)
{
	return map_called(p, "la_flows", BPF_MAP_TYPE_ARRAY, sizeof(struct la_flow), info);
}

/* Where a variable of a section is. -ENOENT. */
static long offset_of(const struct bpf_map_info *section, const char *variable)
{
	struct btf *btf = btf__load_from_kernel_by_id(section->btf_id);
	const struct btf_type *type = btf ? btf__type_by_id(btf, section->btf_value_type_id) : NULL;
	long offset = -ENOENT;
	uint32_t i;

	for (i = 0; type && btf_is_datasec(type) && i < btf_vlen(type); i++) {
		const struct btf_var_secinfo *v = &btf_var_secinfos(type)[i];
		const struct btf_type *named = btf__type_by_id(btf, v->type);

		if (!strcmp(btf__name_by_offset(btf, named->name_off), variable))
			offset = v->offset;
	}
	btf__free(btf);
	return offset;
}

uint32_t program_drops(const struct program *p)
{
	struct bpf_map_info info;
	_cleanup_(closep) int fd = map_called(p, ".rodata", BPF_MAP_TYPE_ARRAY, 0, &info);
	long at = fd < 0 ? fd : offset_of(&info, "la_drop");
	_cleanup_(freep) char *all = at < 0 ? NULL : malloc(info.value_size);
	uint32_t drops;

	if (!all || at + sizeof(drops) > info.value_size ||
	    bpf_map_lookup_elem(fd, &(uint32_t){ 0 }, all))
		return 0;
	memcpy(&drops, all + at, sizeof(drops));
	return drops;
}

static bool has_sockets(const struct program *p)
{
	struct bpf_map_info info;
	_cleanup_(closep) int fd =
		map_called(p, "la_socks", BPF_MAP_TYPE_SK_STORAGE, sizeof(struct la_sock), &info);

	return fd >= 0;
}

bool program_judges_nothing(const struct program *p)
{
	struct bpf_map_info info;
	_cleanup_(closep) int fd = program_flows(p, &info);

	return fd < 0 && has_sockets(p);
}

void program_add_leashed(const struct program *leash, struct programs *to)
{
	struct bpf_map_info info;
	uint32_t id;
	_cleanup_(closep) int fd =
		map_called(leash, TC_LEASH_TABLE, BPF_MAP_TYPE_PROG_ARRAY, sizeof(id), &info);
	uint32_t place;

	for (place = 0; fd >= 0 && place < info.max_entries; place++)
		if (!bpf_map_lookup_elem(fd, &place, &id))
			programs_add(to, id);
}
