/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "priv.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/grow.h"
#include "leakaudit.skel.h"
#include "owners.skel.h"
#include "tc_leash.h"
#include "tracing.h"

int datapath_open(struct datapath **ret, const struct datapath_config *cfg, datapath_event_fn *fn,
		  void *arg, struct fault *f)
{
	_cleanup_(datapath_freep) struct datapath *k = calloc(1, sizeof(*k));
	int r;

	if (!k)
		return -ENOMEM;
	k->rings = k->scanning = -1;
	k->fn = fn;
	k->arg = arg;
	k->mount = scopes_first(cfg->scopes)->mount_fd;
	k->home = cfg->home_netns;
	k->adopted = cfg->adopt;
	k->drop_late = cfg->drop_late;
	kernel_types_open(&k->types, cfg->btf);
	if (k->types.all && !cfg->btf)
		tracing_register();
	if (cfg->pins) {
		k->pins = strdup(cfg->pins);
		if (!k->pins)
			return -ENOMEM;
	}
	r = datapath_sums_open(k);
	if (r)
		return r;
	datapath_keep_log();
	r = k->adopted ? datapath_adopt(k, cfg) : datapath_load(k, cfg);
	if (r < 0)
		return datapath_load_error(r, cfg, f);
	malloc_trim(0); /* what objects and types were read into, of each thread */
	r = flow_ids_open(k);
	if (!r && k->pins && !k->adopted)
		r = datapath_pin_maps(k);
	if (!r)
		r = datapath_events_open(k);
	if (r)
		return fault_say(f, r, "cannot map the kernel's tables: %s", strerror(-r));
	*ret = take_ptr(k);
	return 0;
}

void datapath_free(struct datapath *k)
{
	size_t i;

	if (!k)
		return;
	tc_leash_free(k->leash);
	while (k->n_instances)
		close(k->instances[--k->n_instances].program);
	free(k->instances);
	leakaudit_bpf__destroy(k->ingress);
	leakaudit_bpf__destroy(k->remade_ingress);
	owners_bpf__destroy(k->renewed_owners);
	leakaudit_bpf__destroy(k->ears);
	for (i = 0; i < HEARD_CGROUPS; i++)
		bpf_link__destroy(k->heard[i].link);
	leakaudit_bpf__destroy(k->hearing);
	for (i = 0; i < LA_SCOPES_MAX; i++)
		bpf_link__destroy(k->calls_links[i]);
	owners_bpf__destroy(k->calls);
	owners_bpf__destroy(k->callers);
	kernel_types_close(&k->types);
	leakaudit_bpf__destroy(k->packets);
	owners_bpf__destroy(k->owners);
	datapath_events_close(k);
	if (k->flows)
		munmap(k->flows, k->n_flows * sizeof(struct la_flow));
	leakaudit_bpf__destroy(k->skel);
	free(k->per_cpu);
	free(k->pins);
	free(k);
}

/* By enum tc_task. */
static const char *const tc_programs[] = {
	[TC_JUDGES] = "la_tc_egress",
	[TC_NOTES] = "la_tc_origin",
	[TC_LOOPS] = "la_tc_loopback",
};

static int program_of(const struct leakaudit_bpf *skel, enum tc_task task)
{
	const struct bpf_program *prog =
		bpf_object__find_program_by_name(skel->obj, tc_programs[task]);
	int fd = fcntl(bpf_program__fd(prog), F_DUPFD_CLOEXEC, 0);

	return fd < 0 ? -errno : fd;
}

int datapath_keep_tc(struct datapath *k, uint64_t netns, enum tc_task task,
		     struct leakaudit_bpf *skel)
{
	int program = GROW(k->instances, k->n_instances) ? program_of(skel, task) : -ENOMEM;

	leakaudit_bpf__destroy(skel);
	if (program >= 0)
		k->instances[k->n_instances++] = (struct tc_instance){ netns, task, program };
	return program;
}

/*
 * Whose instance it is: one is for all namespaces but home, where it can read which one it is in.
 * The verifier takes longer for each than all else that a namespace costs.
 */
static uint64_t instance_of(const struct datapath *k, uint64_t netns)
{
	bool reads = k->offsets.dev && k->offsets.cookie;

	return netns == k->home || !reads ? netns : LA_ALL_OTHERS;
}

int datapath_tc_program(struct datapath *k, uint64_t netns, enum tc_task task)
{
	struct leakaudit_bpf *skel;
	size_t i;
	int r;

	netns = instance_of(k, netns);
	for (i = 0; i < k->n_instances; i++)
		if (k->instances[i].netns == netns && k->instances[i].task == task)
			return k->instances[i].program;
	r = datapath_load_packets(k, tc_programs[task], netns, &skel);
	return r ?: datapath_keep_tc(k, netns, task, skel);
}

int datapath_tc_leashed(struct datapath *k, uint64_t netns, enum tc_task task)
{
	uint64_t instance = instance_of(k, netns);
	int prog;

	if (instance != k->home && instance != LA_ALL_OTHERS)
		return -EOPNOTSUPP;
	prog = datapath_tc_program(k, netns, task);
	return prog < 0 ? prog : tc_leash_program(&k->leash, task, instance == k->home, prog);
}

static int result(int r)
{
	return r < 0 ? -errno : 0;
}

/* Before programs can see what it is of: see la_may_be_among(). */
static void set_bit(__u64 *bits, uint32_t number)
{
	__atomic_fetch_or(bits, 1ULL << (number & 63), __ATOMIC_SEQ_CST);
}

int datapath_set_role(struct datapath *k, uint64_t netns, uint32_t ifindex,
		      const struct la_role *role)
{
	struct la_role_key key = { .netns = netns, .ifindex = ifindex };

	if (role->role == LA_ROLE_EXPOSED)
		set_bit(&k->skel->bss->la_exposed_bits, ifindex);
	return result(
		bpf_map_update_elem(bpf_map__fd(k->skel->maps.la_roles), &key, role, BPF_ANY));
}

int datapath_del_role(struct datapath *k, uint64_t netns, uint32_t ifindex)
{
	struct la_role_key key = { .netns = netns, .ifindex = ifindex };

	return result(bpf_map_delete_elem(bpf_map__fd(k->skel->maps.la_roles), &key));
}

static struct la_onlink_key onlink_key(uint16_t slot, const struct link_prefix *p)
{
	return (struct la_onlink_key){ .prefixlen = 32U + p->len,
				       .slot = __builtin_bswap32(slot),
				       .addr = p->addr };
}

int datapath_add_onlink(struct datapath *k, uint16_t slot, const struct link_prefix *p)
{
	struct la_onlink_key key = onlink_key(slot, p);
	uint8_t one = 1;

	return result(
		bpf_map_update_elem(bpf_map__fd(k->skel->maps.la_onlink), &key, &one, BPF_ANY));
}

int datapath_del_onlink(struct datapath *k, uint16_t slot, const struct link_prefix *p)
{
	struct la_onlink_key key = onlink_key(slot, p);

	return result(bpf_map_delete_elem(bpf_map__fd(k->skel->maps.la_onlink), &key));
}

int datapath_set_connections(struct datapath *k, uint64_t netns, const struct la_connections *c)
{
	return result(
		bpf_map_update_elem(bpf_map__fd(k->skel->maps.la_connections), &netns, c, BPF_ANY));
}

int datapath_del_connections(struct datapath *k, uint64_t netns)
{
	return result(bpf_map_delete_elem(bpf_map__fd(k->skel->maps.la_connections), &netns));
}

static const struct bpf_map *addrs_of(const struct datapath *k, enum datapath_addrs which)
{
	return which == DATAPATH_LOCAL ? k->skel->maps.la_locals : k->skel->maps.la_exposed;
}

int datapath_add_addr(struct datapath *k, enum datapath_addrs which, uint64_t netns,
		      const struct la_addr *addr)
{
	const struct la_local_key key = { .addr = *addr, .netns = netns };
	uint8_t one = 1;

	return result(bpf_map_update_elem(bpf_map__fd(addrs_of(k, which)), &key, &one, BPF_ANY));
}

int datapath_del_addr(struct datapath *k, enum datapath_addrs which, uint64_t netns,
		      const struct la_addr *addr)
{
	const struct la_local_key key = { .addr = *addr, .netns = netns };

	return result(bpf_map_delete_elem(bpf_map__fd(addrs_of(k, which)), &key));
}

int datapath_add_transport(struct datapath *k, uint64_t cgroup)
{
	uint8_t one = 1;

	return result(bpf_map_update_elem(bpf_map__fd(k->skel->maps.la_transports), &cgroup, &one,
					  BPF_NOEXIST));
}

int datapath_add_daemon(struct datapath *k, const struct la_daemon *d, uint64_t start_ticks)
{
	set_bit(&k->skel->bss->la_daemon_bits, d->tgid);
	return result(bpf_map_update_elem(bpf_map__fd(k->skel->maps.la_daemons), d, &start_ticks,
					  BPF_ANY));
}

bool datapath_has_daemon(const struct datapath *k, const struct la_daemon *d, uint64_t start_ticks)
{
	uint64_t start;

	return !bpf_map_lookup_elem(bpf_map__fd(k->skel->maps.la_daemons), d, &start) &&
	       start == start_ticks;
}

int datapath_add_endpoint(struct datapath *k, const struct la_endpoint *e, uint32_t mark)
{
	set_bit(&k->skel->bss->la_endpoint_bits, e->port);
	return result(bpf_map_update_elem(bpf_map__fd(k->skel->maps.la_endpoints), e, &mark,
					  BPF_NOEXIST));
}

static int add_name(void *arg, uint64_t hash, bool wildcard, unsigned int detail)
{
	const struct la_name name = { .hash = hash, .under = wildcard };
	const struct datapath *k = arg;
	uint8_t value = (uint8_t)detail;

	return result(
		bpf_map_update_elem(bpf_map__fd(k->skel->maps.la_names), &name, &value, BPF_ANY));
}

static int add_resolver(void *arg, const struct la_addr *addr, uint16_t port, unsigned int detail)
{
	const struct la_endpoint e = { .addr = *addr, .port = port };
	const struct datapath *k = arg;
	uint8_t value = (uint8_t)detail;

	set_bit(&k->skel->bss->la_resolver_bits, port);
	return result(
		bpf_map_update_elem(bpf_map__fd(k->skel->maps.la_resolvers), &e, &value, BPF_ANY));
}

int datapath_set_known(struct datapath *k, const struct known_resolvers *known)
{
	return known_resolvers_each(known, add_name, add_resolver, k);
}

int datapath_know_netns(struct datapath *k, uint64_t netns, bool trusted)
{
	uint8_t state = trusted ? LA_NETNS_TRUSTED : LA_NETNS_MET;

	return result(
		bpf_map_update_elem(bpf_map__fd(k->skel->maps.la_netns), &netns, &state, BPF_ANY));
}

int datapath_forget_netns(struct datapath *k, uint64_t netns)
{
	return result(bpf_map_delete_elem(bpf_map__fd(k->skel->maps.la_netns), &netns));
}

void datapath_bump_epoch(struct datapath *k)
{
	__atomic_fetch_add(&k->skel->bss->la_epoch_word.epoch, 1, __ATOMIC_RELEASE);
}

void datapath_heartbeat(struct datapath *k, uint64_t until)
{
	__atomic_store_n(&k->skel->bss->la_followed, until, __ATOMIC_RELEASE);
}

struct la_flow *datapath_flows(const struct datapath *k, uint32_t *n)
{
	*n = k->n_flows;
	return k->flows;
}

/* The key of a record that the programs may retire, see bpf/recycle.bpf.h, may be another's. */
static bool is_certain(const struct la_flow *f)
{
	return f->packets || f->exempt_packets;
}

bool datapath_unlink_flow(struct datapath *k, uint32_t id)
{
	const struct la_flow_key *key = &k->flows[id].key;
	int fd = bpf_map__fd(k->skel->maps.la_flow_ids);
	uint32_t current;

	if (!is_certain(&k->flows[id]) && (bpf_map_lookup_elem(fd, key, &current) || current != id))
		return false;
	return !bpf_map_delete_elem(fd, key);
}

void datapath_hold_records(struct datapath *k)
{
	__atomic_store_n(&k->skel->bss->la_held_until, ktime_now() + NSEC_PER_SEC,
			 __ATOMIC_SEQ_CST);
}

void datapath_release_records(struct datapath *k)
{
	__atomic_store_n(&k->skel->bss->la_held_until, 0, __ATOMIC_SEQ_CST);
}

bool datapath_take_retired(struct datapath *k, uint32_t id)
{
	return !bpf_map_delete_elem(bpf_map__fd(k->skel->maps.la_retired), &id);
}

int datapath_socket_path(const struct datapath *k, int fd, uint32_t *ifindex, uint8_t *role)
{
	struct la_sock s;

	/* the keys of sockets' storage are their descriptors */
	if (bpf_map_lookup_elem(bpf_map__fd(k->skel->maps.la_socks), &fd, &s))
		return -errno;
	if (!s.role)
		return -ENOENT;
	*ifindex = (uint32_t)(s.role >> 32); /* see la_role_pack() */
	*role = s.role & 3;
	return 0;
}
