/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "offsets.h"

#include <bpf/btf.h>
#include <errno.h>
#include <string.h>

#include "base/util.h"

static void btf_freep(struct btf **b)
{
	btf__free(*b);
}

/*
 * Offset in bits from the beginning of the struct, or -ENOENT. Searches members without a name,
 * too: structs and unions whose members belong to the outer one.
 */
static long member_bits(const struct btf *btf, const struct btf_type *t, const char *name)
{
	const struct btf_member *m = btf_members(t);
	const struct btf_type *inner;
	uint32_t i;
	long bits;

	for (i = 0; i < btf_vlen(t); i++) {
		const char *is = btf__name_by_offset(btf, m[i].name_off);

		if (!strcmp(is, name))
			return btf_member_bit_offset(t, i);
		inner = *is ? NULL : btf__type_by_id(btf, m[i].type);
		if (!inner || !btf_is_composite(inner))
			continue;
		bits = member_bits(btf, inner, name);
		if (bits >= 0)
			return bits + btf_member_bit_offset(t, i);
	}
	return -ENOENT;
}

static int find(const struct btf *btf, const char *type, const char *member, uint32_t *ret)
{
	int id = btf__find_by_name_kind(btf, type, BTF_KIND_STRUCT);
	long bits = id < 0 ? id : member_bits(btf, btf__type_by_id(btf, (uint32_t)id), member);

	if (bits < 0)
		return (int)bits;
	*ret = (uint32_t)bits / 8;
	return 0;
}

int offsets_find(const char *file, struct la_offsets *ret)
{
	_cleanup_(btf_freep) struct btf *btf = file ? btf__parse(file, NULL)
						    : btf__load_vmlinux_btf();
	struct la_offsets o;
	int r;

	if (!btf)
		return -errno;
	r = find(btf, "sk_buff", "dev", &o.dev);
	r = r ?: find(btf, "net_device", "type", &o.type);
	r = r ?: find(btf, "net_device", "rtnl_link_ops", &o.ops);
	r = r ?: find(btf, "rtnl_link_ops", "kind", &o.kind);
	r = r ?: find(btf, "net_device", "nd_net", &o.net);
	r = r ?: find(btf, "net_device", "ifindex", &o.ifindex);
	r = r ?: find(btf, "net_device", "flags", &o.flags);
	if (find(btf, "net_device", "index_hlist", &o.node) ||
	    find(btf, "net", "dev_index_head", &o.devices))
		o.devices = 0;
	if (find(btf, "task_struct", "tgid", &o.tgid) ||
	    find(btf, "task_struct", "self_exec_id", &o.exec))
		o.tgid = 0;
	if (!r)
		*ret = o;
	return r;
}
