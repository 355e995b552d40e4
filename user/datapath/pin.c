/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pins maps and links in bpffs, so that they outlive us, and takes them over from an earlier
 * loader.
 */
#include "priv.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "leakaudit.skel.h"
#include "owners.skel.h"

const char *datapath_pin_path(const struct datapath *k, const char *name, char *buf)
{
	snprintf(buf, PATH_MAX, "%s/%s", k->pins, name);
	return buf;
}

/* A guard of one scope has names without numbers. */
const char *datapath_link_path(const struct datapath *k, const struct bpf_program *prog,
			       uint32_t number, char *buf)
{
	char name[64];

	if (number > 1)
		snprintf(name, sizeof(name), "link_%s" SCOPE_PIN "%u", bpf_program__name(prog),
			 number);
	else
		snprintf(name, sizeof(name), "link_%s", bpf_program__name(prog));
	return datapath_pin_path(k, name, buf);
}

/* bpffs allows no dots in names. libbpf names maps of sections with dots. */
static const char *map_pin(const struct bpf_map *map, char *name, size_t size)
{
	const char *section = strchr(bpf_map__name(map), '.');
	char *at;

	snprintf(name, size, "map_%s", section ? section + 1 : bpf_map__name(map));
	for (at = name; *at; at++)
		if (*at == '.')
			*at = '_';
	return name;
}

int datapath_pin_maps(struct datapath *k)
{
	char name[64], path[PATH_MAX];
	struct bpf_map *map;

	bpf_object__for_each_map(map, k->skel->obj)
		if (bpf_obj_pin(bpf_map__fd(map),
				datapath_pin_path(k, map_pin(map, name, sizeof(name)), path)))
			return -errno;
	return 0;
}

static int reuse_map(struct datapath *k, struct bpf_map *map)
{
	char name[64], path[PATH_MAX];
	int fd = bpf_obj_get(datapath_pin_path(k, map_pin(map, name, sizeof(name)), path)), r;

	if (fd < 0)
		return -errno;
	r = bpf_map__reuse_fd(map, fd); /* it has duplicated the descriptor */
	close(fd);
	return r;
}

int datapath_adopt(struct datapath *k, const struct datapath_config *cfg)
{
	struct leakaudit_bpf *skel = k->skel = leakaudit_bpf__open();
	struct bpf_program *prog;
	struct bpf_map *map;
	int r = 0;

	if (!skel)
		return -errno;
	bpf_object__for_each_program(prog, skel->obj)
		bpf_program__set_autoload(prog, false);
	bpf_object__for_each_map(map, skel->obj) {
		r = reuse_map(k, map);
		if (r)
			return r;
	}
	return leakaudit_bpf__load(skel) ?: datapath_load_owners(k, cfg);
}

void datapath_leave_pinned(struct datapath *k)
{
	k->leaving = true;
}

bool datapath_adopted(const struct datapath *k)
{
	return k->adopted;
}

void datapath_each_role(const struct datapath *k, datapath_role_fn *fn, void *arg)
{
	int fd = bpf_map__fd(k->skel->maps.la_roles);
	struct la_role_key key, *last = NULL;
	struct la_role role;

	for (; !bpf_map_get_next_key(fd, last, &key); last = &key)
		if (!bpf_map_lookup_elem(fd, &key, &role))
			fn(arg, &key, &role);
}

void datapath_each_onlink(const struct datapath *k, datapath_onlink_fn *fn, void *arg)
{
	int fd = bpf_map__fd(k->skel->maps.la_onlink);
	struct la_onlink_key key, *last = NULL;

	for (; !bpf_map_get_next_key(fd, last, &key); last = &key) {
		struct link_prefix p = { .addr = key.addr, .len = (uint8_t)(key.prefixlen - 32) };

		fn(arg, __builtin_bswap32(key.slot), &p);
	}
}
