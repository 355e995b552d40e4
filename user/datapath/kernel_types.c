/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel_types.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/util.h"

void kernel_types_open(struct kernel_types *t, const char *file)
{
	*t = (struct kernel_types){ .file = file, .fd = -1 };
	t->all = file ? btf__parse(file, NULL) : btf__load_vmlinux_btf();
	if (!t->all)
		return;
	t->fd = memfd_create("types", MFD_CLOEXEC);
	snprintf(t->path, sizeof(t->path), "/proc/self/fd/%d", t->fd);
}

void kernel_types_close(struct kernel_types *t)
{
	btf__free(t->all);
	t->all = NULL;
	closep(&t->fd);
	t->fd = -1;
}

const char *kernel_types_file(const struct kernel_types *t)
{
	return t->fd >= 0 ? t->path : t->file;
}

/* --- names: a hash of those that are wanted --- */

#define NAMES 2048 /* a program has some 300 types with names */

struct names {
	const char *v[NAMES];
	size_t n;
};

/* libbpf takes what follows for one of several layouts of the same type. */
static size_t length_of(const char *name)
{
	const char *end = strstr(name, "___");

	return end && end != name ? (size_t)(end - name) : strlen(name);
}

static const char **place_of(struct names *s, const char *name, size_t length)
{
	uint64_t at = hash_bytes(HASH_BEGIN, name, length);

	while (s->v[at % NAMES] && (length_of(s->v[at % NAMES]) != length ||
				    strncmp(s->v[at % NAMES], name, length) != 0))
		at++;
	return &s->v[at % NAMES];
}

static int add_name(struct names *s, const char *name)
{
	const char **place = place_of(s, name, length_of(name));

	if (*place)
		return 0;
	if (s->n + 1 == NAMES)
		return -E2BIG;
	s->n++;
	*place = name;
	return 0;
}

/* Those that a program can name the members of. */
static bool has_members(const struct btf_type *t)
{
	return btf_is_composite(t) || btf_is_any_enum(t);
}

static const char *name_of(const struct btf *btf, const struct btf_type *t)
{
	return has_members(t) ? btf__name_by_offset(btf, t->name_off) : "";
}

static int read_names(struct names *s, const struct btf *named)
{
	uint32_t id, n = btf__type_cnt(named);
	int r = 0;

	for (id = 1; id < n && !r; id++) {
		const char *name = name_of(named, btf__type_by_id(named, id));

		if (*name)
			r = add_name(s, name);
	}
	return r;
}

/* --- copies of types, and of what lies within them --- */

struct copies {
	const struct btf *from;
	struct btf *to;
	uint32_t *ids; /* by the original's; 0: it has no copy */
	uint32_t pointer; /* one for all: nobody asks what a member points to */
};

static int copy(struct copies *c, uint32_t id);

/* A type moves when another one is added. */
static struct btf_type *made(const struct copies *c, uint32_t id)
{
	return (struct btf_type *)btf__type_by_id(c->to, id);
}

static int copy_members(struct copies *c, const struct btf_type *t, uint32_t to)
{
	uint16_t i, n = btf_vlen(t);
	int inner;

	for (i = 0; i < n; i++) {
		inner = copy(c, btf_members(t)[i].type);
		if (inner < 0)
			return inner;
		btf_members(made(c, to))[i].type = (uint32_t)inner;
	}
	return 0;
}

static int copy_element(struct copies *c, const struct btf_type *t, uint32_t to)
{
	int element = copy(c, btf_array(t)->type), index = copy(c, btf_array(t)->index_type);

	if (element < 0 || index < 0)
		return MIN(element, index);
	btf_array(made(c, to))->type = (uint32_t)element;
	btf_array(made(c, to))->index_type = (uint32_t)index;
	return 0;
}

static int copy_inner(struct copies *c, const struct btf_type *t, uint32_t to)
{
	int inner;

	if (btf_is_composite(t))
		return copy_members(c, t, to);
	if (btf_is_array(t))
		return copy_element(c, t, to);
	if (!btf_is_mod(t) && !btf_is_typedef(t) && !btf_is_type_tag(t))
		return 0;
	inner = copy(c, t->type);
	if (inner >= 0)
		made(c, to)->type = (uint32_t)inner;
	return MIN(inner, 0);
}

static int pointer(struct copies *c)
{
	int id = c->pointer ? (int)c->pointer : btf__add_ptr(c->to, 0);

	if (id > 0)
		c->pointer = (uint32_t)id;
	return id;
}

/* The copy's id, or -errno. */
static int copy(struct copies *c, uint32_t id)
{
	const struct btf_type *t = btf__type_by_id(c->from, id);
	int to, r;

	if (!id || c->ids[id])
		return (int)c->ids[id];
	if (btf_is_ptr(t))
		return pointer(c);
	to = btf__add_type(c->to, c->from, t);
	if (to < 0)
		return to;
	c->ids[id] = (uint32_t)to;
	r = copy_inner(c, t, (uint32_t)to);
	return r ?: to;
}

static int copy_named(struct copies *c, struct names *names)
{
	uint32_t id, n = btf__type_cnt(c->from);
	int r = 0;

	for (id = 1; id < n && r >= 0; id++) {
		const char *name = name_of(c->from, btf__type_by_id(c->from, id));

		if (*name && *place_of(names, name, length_of(name)))
			r = copy(c, id);
	}
	return MIN(r, 0);
}

int kernel_types_write(struct kernel_types *t, const struct btf *named)
{
	_cleanup_(freep) struct names *names = calloc(1, sizeof(*names));
	_cleanup_(freep) uint32_t *ids = NULL;
	struct copies c = { .from = t->all };
	const void *data;
	uint32_t size;
	int r;

	if (!t->all || t->fd < 0)
		return 0;
	c.ids = ids = calloc(btf__type_cnt(t->all), sizeof(*ids));
	c.to = btf__new_empty();
	r = names && ids && c.to ? read_names(names, named) : -ENOMEM;
	r = r ?: copy_named(&c, names);
	data = r ? NULL : btf__raw_data(c.to, &size);
	if (!r)
		r = data ? write_whole(t->fd, data, size) : -ENOMEM;
	btf__free(c.to);
	btf__free(t->all);
	t->all = NULL;
	return r;
}
