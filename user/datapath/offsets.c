/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "offsets.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
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

/* Offset of a per-CPU variable in the area of its CPU. */
static int find_variable(const struct btf *btf, const char *name, int32_t *ret)
{
	int id = btf__find_by_name_kind(btf, ".data..percpu", BTF_KIND_DATASEC);
	const struct btf_type *section = id < 0 ? NULL : btf__type_by_id(btf, (uint32_t)id);
	const struct btf_var_secinfo *v = section ? btf_var_secinfos(section) : NULL;
	uint32_t i;

	for (i = 0; v && i < btf_vlen(section); i++) {
		const struct btf_type *variable = btf__type_by_id(btf, v[i].type);

		if (strcmp(btf__name_by_offset(btf, variable->name_off), name))
			continue;
		*ret = (int32_t)v[i].offset;
		return 0;
	}
	return -ENOENT;
}

/* Where the kernel has counted whether a softirq is served, by version and architecture. */
static int find_preempt_count(const struct btf *btf, struct la_task_offsets *o)
{
	uint32_t at = 0, in = 0;
	int32_t queue = 0, count = 0;
	int r;

	if (!find(btf, "thread_info", "preempt_count", &in)) {
		r = find(btf, "task_struct", "thread_info", &at);
		o->preempt = at + in;
		return r;
	}
	r = find(btf, "task_struct", "se", &at) ?: find(btf, "sched_entity", "cfs_rq", &in);
	o->queue = at + in;
	r = r ?: find(btf, "cfs_rq", "rq", &o->run_queue);
	r = r ?: find(btf, "rq", "cpu", &o->cpu);
	r = r ?: find_variable(btf, "runqueues", &queue);
	if (r)
		return r;
	in = 0;
	if (find_variable(btf, "__preempt_count", &count)) /* from 6.2 to 6.14 */
		r = find_variable(btf, "pcpu_hot", &count)
			    ?: find(btf, "pcpu_hot", "preempt_count", &in);
	o->count = r ? 0 : count + (int32_t)in - queue;
	return r;
}

/* Where tasks are not told apart from the softirqs that interrupt them, nothing is to be read. */
static void find_task(const struct btf *btf, struct la_task_offsets *o)
{
	uint32_t rt;
	int r = find(btf, "task_struct", "group_leader", &o->leader);

	r = r ?: find(btf, "task_struct", "start_boottime", &o->start);
	r = r ?: find(btf, "task_struct", "comm", &o->comm);
	r = r ?: find(btf, "task_struct", "cred", &o->cred);
	r = r ?: find(btf, "task_struct", "cgroups", &o->cgroups);
	r = r ?: find(btf, "cred", "uid", &o->uid);
	r = r ?: find(btf, "css_set", "dfl_cgrp", &o->cgroup);
	r = r ?: find(btf, "cgroup", "kn", &o->node);
	r = r ?: find(btf, "kernfs_node", "id", &o->id);
	r = r ?: find(btf, "task_struct", "files", &o->files);
	r = r ?: find(btf, "files_struct", "fdt", &o->table);
	r = r ?: find(btf, "fdtable", "max_fds", &o->fds_max);
	r = r ?: find(btf, "fdtable", "fd", &o->fds);
	r = r ?: find_preempt_count(btf, o);
	if (r || !find(btf, "task_struct", "softirq_disable_cnt", &rt)) /* PREEMPT_RT */
		*o = (struct la_task_offsets){ 0 };
}

/* netdev_priv(): a member since Linux 6.11, behind the struct before. 32 is NETDEV_ALIGN. */
static void find_priv(const struct btf *btf, uint32_t *ret)
{
	int id;

	if (!find(btf, "net_device", "priv", ret))
		return;
	id = btf__find_by_name_kind(btf, "net_device", BTF_KIND_STRUCT);
	*ret = id < 0 ? 0 : (btf__type_by_id(btf, (uint32_t)id)->size + 31) / 32 * 32;
}

static bool has_helper(const struct btf *btf, const char *name)
{
	int id = btf__find_by_name_kind(btf, "bpf_func_id", BTF_KIND_ENUM);
	const struct btf_type *t = id < 0 ? NULL : btf__type_by_id(btf, (uint32_t)id);
	uint16_t i;

	for (i = 0; t && i < btf_vlen(t); i++)
		if (!strcmp(btf__name_by_offset(btf, btf_enum(t)[i].name_off), name))
			return true;
	return false;
}

int offsets_find(const struct btf *btf, struct la_offsets *ret)
{
	struct la_offsets o = { 0 };
	int r;

	if (!btf)
		return -ENOENT;
	r = find(btf, "sk_buff", "dev", &o.dev);
	r = r ?: find(btf, "sk_buff", "head", &o.head);
	r = r ?: find(btf, "sk_buff", "end", &o.end);
	r = r ?: find(btf, "skb_shared_info", "gso_type", &o.gso_type);
	r = r ?: find(btf, "skb_shared_info", "dataref", &o.dataref);
	r = r ?: find(btf, "net_device", "type", &o.type);
	r = r ?: find(btf, "net_device", "rtnl_link_ops", &o.ops);
	r = r ?: find(btf, "rtnl_link_ops", "kind", &o.kind);
	r = r ?: find(btf, "net_device", "nd_net", &o.net);
	r = r ?: find(btf, "net_device", "ifindex", &o.ifindex);
	r = r ?: find(btf, "net_device", "flags", &o.flags);
	if (find(btf, "net_device", "index_hlist", &o.node) ||
	    find(btf, "net", "dev_index_head", &o.devices))
		o.devices = 0;
	find_priv(btf, &o.priv);
	if (find(btf, "net", "net_cookie", &o.cookie) ||
	    find(btf, "sock_common", "skc_net", &o.sk_net)) /* it begins the struct */
		o.cookie = 0;
	o.tells_put =
		btf__find_by_name_kind(btf, "btf_trace_tcp_sendmsg_locked", BTF_KIND_TYPEDEF) > 0;
	o.tells_connection = has_helper(btf, "BPF_FUNC_skc_to_mptcp_sock") &&
			     btf__find_by_name_kind(btf, "mptcp_sock", BTF_KIND_STRUCT) > 0;
	if (find(btf, "sock", "sk_socket", &o.sk_socket) || find(btf, "socket", "file", &o.file))
		o.sk_socket = 0;
	if (find(btf, "task_struct", "tgid", &o.tgid) ||
	    find(btf, "task_struct", "self_exec_id", &o.exec))
		o.tgid = 0;
	else
		find_task(btf, &o.task);
	if (!r)
		*ret = o;
	return r;
}

uint32_t offsets_of_tc_index(void)
{
	static bool looked;
	static uint32_t found;
	_cleanup_(btf_freep) struct btf *btf = NULL;

	if (looked)
		return found;
	looked = true;
	btf = btf__load_vmlinux_btf();
	if (libbpf_get_error(btf))
		btf = NULL;
	else if (find(btf, "sk_buff", "tc_index", &found))
		found = 0;
	return found;
}
