/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attach.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kernel_priv.h"
#include "leakaudit.skel.h"
#include "owners.skel.h"
#include "sweep.h"
#include "tcx.h"

/* The place of our filter on a clsact qdisc: as far in front as others leave
 * room, so that none can end the walk before us. */
#define TC_PRIORITY 1

const char *const tc_modes[] = { "auto", "tcx", "clsact", NULL };

struct tc_hook {
	const struct netns *ns;
	uint32_t ifindex;
	int prog;
	int link; /* fd of the tcx link, -1: clsact */
	uint32_t handle, prog_id; /* clsact: which of its filters is ours */
};

static int attach_one(struct kernel *k, struct bpf_program *prog, int cgroup, char *msg,
		      size_t size)
{
	struct bpf_link *link = bpf_program__attach_cgroup(prog, cgroup);

	if (!link) {
		int r = -errno;

		snprintf(msg, size, "cannot attach %s to the cgroup: %s%s", bpf_program__name(prog),
			 strerror(-r), r == -EPERM ? "\nanother program is attached there exclusively, "
						     "or this needs CAP_NET_ADMIN" : "");
		return r;
	}
	k->hooks[k->n_hooks++] = link;
	return 0;
}

int attach_sweep(struct kernel *k)
{
	char buf[256];
	ssize_t n;
	int fd;

	if (k->no_sweep)
		return sweep_sockets(k);
	if (!k->sweep)
		k->sweep = bpf_program__attach_iter(k->owners->progs.la_sweep, NULL);
	if (!k->sweep)
		return -errno;
	fd = bpf_iter_create(bpf_link__fd(k->sweep));
	if (fd < 0)
		return -errno;
	while ((n = read(fd, buf, sizeof(buf))) > 0 || (n < 0 && errno == EINTR))
		;
	n = n < 0 ? -errno : 0;
	close(fd);
	return (int)n;
}

int attach_cgroup(struct kernel *k, const struct scope *scope, char *msg, size_t size)
{
	struct owners_bpf *s = k->owners;
	struct bpf_program *owners[] = { s->progs.la_sock_create, s->progs.la_connect4,
					 s->progs.la_connect6, s->progs.la_sendmsg4,
					 s->progs.la_sendmsg6, s->progs.la_sock_release,
					 s->progs.la_setsockopt };
	size_t i;
	int r;

	for (i = 0; i < ARRAY_SIZE(owners); i++) {
		r = attach_one(k, owners[i], scope->fd, msg, size);
		if (r)
			return r;
	}
	if (bpf_program__autoload(s->progs.la_task_moved)) {
		k->moved = bpf_program__attach(s->progs.la_task_moved);
		k->born = k->moved ? bpf_program__attach(s->progs.la_task_born) : NULL;
		if (!k->born) {
			r = -errno;
			snprintf(msg, size, "cannot attach to the tracepoints of processes that move "
				 "between cgroups: %s", strerror(-r));
			return r;
		}
	}
	r = attach_sweep(k);
	if (r) {
		snprintf(msg, size, "cannot look through the open files: %s", strerror(-r));
		return r;
	}
	if (k->ingress)
		r = attach_one(k, k->ingress->progs.la_cgroup_ingress, scope->fd, msg, size);
	return r ?: attach_one(k, k->packets->progs.la_cgroup_egress, scope->fd, msg, size);
}

void detach_cgroup(struct kernel *k)
{
	while (k->n_hooks)
		bpf_link__destroy(k->hooks[--k->n_hooks]);
	bpf_link__destroy(k->moved);
	bpf_link__destroy(k->born);
	bpf_link__destroy(k->sweep);
	k->moved = NULL;
	k->born = NULL;
	k->sweep = NULL;
}

static int attach_tcx(void *arg)
{
	struct tc_hook *h = arg;
	int r = tcx_attach(h->prog, h->ifindex);

	h->link = r < 0 ? -1 : r;
	return r < 0 ? r : 0;
}

/* On the link that holds the place for us. */
static int attach_placed(struct tc_hook *h, struct places *places)
{
	h->link = places_take(places, h->ns, h->ifindex);
	if (h->link < 0)
		return -ENOENT;
	if (!bpf_link_update(h->link, h->prog, NULL))
		return 0;
	close(take_fd(&h->link)); /* of an interface that is gone, the index may be another's */
	return -ENOLINK;
}

/* Asked of the loopback device, which every namespace has. */
int attach_check(struct kernel *k, enum tc_mode mode, char *msg, size_t size)
{
	struct tc_hook h = { .link = -1, .ifindex = 1, .prog = kernel_tc_program(k, k->home) };
	int r;

	if (mode != TC_TCX)
		return 0;
	r = h.prog < 0 ? h.prog : attach_tcx(&h);
	closep(&h.link);
	if (r != -EINVAL)
		return 0;
	snprintf(msg, size, "this kernel has no tcx, which came with Linux 6.6\nuse --tc clsact");
	return -EOPNOTSUPP;
}

static struct bpf_tc_hook clsact_of(const struct tc_hook *h)
{
	return (struct bpf_tc_hook){ .sz = sizeof(struct bpf_tc_hook), .ifindex = (int)h->ifindex,
				     .attach_point = BPF_TC_EGRESS };
}

/* The qdisc stays when we go: others, another of us too, may hang there by then. */
static int attach_clsact(void *arg)
{
	struct tc_hook *h = arg;
	struct bpf_tc_hook hook = clsact_of(h);
	LIBBPF_OPTS(bpf_tc_opts, opts, .priority = TC_PRIORITY, .prog_fd = h->prog);
	int r = bpf_tc_hook_create(&hook);

	if (r && r != -EEXIST)
		return r;
	r = bpf_tc_attach(&hook, &opts);
	h->handle = opts.handle; /* the kernel's choice */
	h->prog_id = opts.prog_id;
	return r;
}

static int detach_clsact(void *arg)
{
	const struct tc_hook *h = arg;
	struct bpf_tc_hook hook = clsact_of(h);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = h->handle, .priority = TC_PRIORITY);

	return bpf_tc_detach(&hook, &opts);
}

static int query_clsact(void *arg)
{
	const struct tc_hook *h = arg;
	struct bpf_tc_hook hook = clsact_of(h);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = h->handle, .priority = TC_PRIORITY);
	int r = bpf_tc_query(&hook, &opts);

	return r ?: opts.prog_id == h->prog_id ? 0 : -ENOENT;
}

int tc_attach(struct kernel *k, const struct netns *ns, uint32_t ifindex, enum tc_mode mode,
	      struct places *places, struct tc_hook **ret)
{
	_cleanup_(freep) struct tc_hook *h = calloc(1, sizeof(*h));
	int r = -EINVAL;

	if (!h)
		return -ENOMEM;
	h->link = -1;
	h->ns = ns;
	h->ifindex = ifindex;
	h->prog = kernel_tc_program(k, ns->cookie);
	if (h->prog < 0)
		return h->prog;
	if (mode != TC_CLSACT)
		r = attach_placed(h, places);
	if (mode != TC_CLSACT && r)
		r = netns_run(ns, attach_tcx, h);
	/* -EINVAL: no tcx before 6.6; -ENODEV is a device that is gone */
	if (mode == TC_CLSACT || (mode == TC_AUTO && r && r != -ENODEV))
		r = netns_run(ns, attach_clsact, h);
	if (r)
		return r;
	*ret = take_ptr(h);
	return 0;
}

void tc_detach(struct tc_hook *h)
{
	if (!h)
		return;
	if (h->link >= 0)
		close(h->link); /* the link's last reference: it is detached */
	else
		netns_run(h->ns, detach_clsact, h);
	free(h);
}

const char *tc_hook_mode(const struct tc_hook *h)
{
	return h->link >= 0 ? "tcx" : "clsact";
}

void tc_forget(struct kernel *k, const struct netns *ns)
{
	size_t i;

	for (i = 0; i < k->n_instances; i++) {
		if (k->instances[i].netns != ns->cookie)
			continue;
		leakaudit_bpf__destroy(k->instances[i].skel);
		k->instances[i] = k->instances[--k->n_instances];
		return;
	}
}

bool tc_hook_alive(const struct tc_hook *h)
{
	struct bpf_link_info info = { 0 };
	uint32_t len = sizeof(info);

	if (h->link < 0)
		return !netns_run(h->ns, query_clsact, (void *)h);
	/* a link that was detached stays open, and names no interface any more; in
	 * this union tcx's is where xdp's is */
	return !bpf_obj_get_info_by_fd(h->link, &info, &len) && info.xdp.ifindex;
}

bool attach_alive(const struct kernel *k)
{
	size_t i;

	for (i = 0; i < k->n_hooks; i++) {
		struct bpf_link_info info = { 0 };
		uint32_t len = sizeof(info);

		if (bpf_obj_get_info_by_fd(bpf_link__fd(k->hooks[i]), &info, &len) ||
		    !info.cgroup.cgroup_id)
			return false;
	}
	return true;
}
