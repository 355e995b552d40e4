/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The types that programs name, taken from among all: the same sizes and places, and little else. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "datapath/kernel_types.h"
#include "unit.h"

#define VMLINUX "/sys/kernel/btf/vmlinux"

static void btf_freep(struct btf **b)
{
	btf__free(*b);
}

static const struct btf_type *find(const struct btf *btf, const char *name)
{
	int id = btf__find_by_name_kind(btf, name, BTF_KIND_STRUCT);

	return id < 0 ? NULL : btf__type_by_id(btf, (uint32_t)id);
}

/* As deep as members lie within each other: pointers end it. */
static void check_same(const struct btf *a, uint32_t x, const struct btf *b, uint32_t y)
{
	const struct btf_type *s = btf__type_by_id(a, x), *t = btf__type_by_id(b, y);
	uint16_t i;

	if (!CHECK(s && t) || !CHECK_INT(btf_kind(t), btf_kind(s)) || btf_is_ptr(s))
		return;
	CHECK_STR(btf__name_by_offset(b, t->name_off), btf__name_by_offset(a, s->name_off));
	CHECK_INT(btf__resolve_size(b, y), btf__resolve_size(a, x));
	if (!btf_is_composite(s) || !CHECK_INT(btf_vlen(t), btf_vlen(s)))
		return;
	for (i = 0; i < btf_vlen(s); i++) {
		CHECK_STR(btf__name_by_offset(b, btf_members(t)[i].name_off),
			  btf__name_by_offset(a, btf_members(s)[i].name_off));
		CHECK_INT(btf_members(t)[i].offset, btf_members(s)[i].offset);
		check_same(a, btf_members(s)[i].type, b, btf_members(t)[i].type);
	}
}

/* As an object names them: "___" and more tells one layout of a type from another. */
static struct btf *name_some(void)
{
	struct btf *named = btf__new_empty();

	btf__add_struct(named, "sock_common___old", 0);
	btf__add_struct(named, "neighbour", 0);
	btf__add_struct(named, "of_no_kernel", 0);
	return named;
}

static void test_named(void)
{
	_cleanup_(btf_freep) struct btf *all = NULL, *named = NULL, *some = NULL;
	static const char *const names[] = { "sock_common", "neighbour" };
	struct kernel_types t;
	size_t i;

	if (access(VMLINUX, R_OK))
		SKIP("the kernel does not tell its types");
	kernel_types_open(&t, VMLINUX);
	all = btf__parse(VMLINUX, NULL);
	named = name_some();
	if (!CHECK(all && named) || !CHECK_INT(kernel_types_write(&t, named), 0))
		return;
	some = btf__parse(kernel_types_file(&t), NULL);
	if (!CHECK(some))
		return;
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (!CHECK(find(some, names[i])))
			continue;
		check_same(all, (uint32_t)btf__find_by_name_kind(all, names[i], BTF_KIND_STRUCT),
			   some, (uint32_t)btf__find_by_name_kind(some, names[i], BTF_KIND_STRUCT));
	}
	CHECK(!find(some, "task_struct"));
	CHECK(btf__type_cnt(some) < btf__type_cnt(all) / 50);
	kernel_types_close(&t);
}

/* Whoever loads is then told what is wrong with the file that was named. */
static void test_unreadable(void)
{
	struct kernel_types t;

	kernel_types_open(&t, "/nowhere");
	CHECK_STR(kernel_types_file(&t), "/nowhere");
	CHECK_INT(kernel_types_write(&t, NULL), 0);
	CHECK_STR(kernel_types_file(&t), "/nowhere");
	kernel_types_close(&t);
}

UNIT_MAIN("kernel_types", { "named", test_named }, { "unreadable", test_unreadable })
