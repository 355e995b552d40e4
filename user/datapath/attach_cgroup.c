/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hooks at the scopes' cgroups. */
#include "attach.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "leakaudit.skel.h"
#include "owners.skel.h"
#include "priv.h"
#include "tracing.h"

/* Takes over a hook pinned by an earlier loader. */
static int adopt_one(struct datapath *k, const struct bpf_program *prog, uint32_t number,
		     struct bpf_link **ret, struct fault *f)
{
	char path[PATH_MAX];
	struct bpf_link *link = bpf_link__open(datapath_link_path(k, prog, number, path));

	if (!link) {
		int r = -errno;

		fault_say(f, r, "the guard's hook %s is missing: %s", bpf_program__name(prog),
			  strerror(-r));
		return fault_help(f, r, "replace it with leakaudit guard --replace");
	}
	*ret = link;
	return 0;
}

/* Whether it belongs to a tracepoint, and to no cgroup. */
static bool is_traced(const struct bpf_program *prog)
{
	return bpf_program__type(prog) == BPF_PROG_TYPE_RAW_TRACEPOINT ||
	       bpf_program__type(prog) == BPF_PROG_TYPE_TRACING;
}

static int not_attached(const struct bpf_program *prog, struct fault *f)
{
	int r = -errno;

	if (is_traced(prog))
		return fault_say(f, r, "cannot attach %s to its tracepoint of processes: %s",
				 bpf_program__name(prog), strerror(-r));
	fault_say(f, r, "cannot attach %s to the cgroup: %s", bpf_program__name(prog),
		  strerror(-r));
	return r != -EPERM ? r
			   : fault_help(f, r,
					"another program is attached there exclusively, or this "
					"needs CAP_NET_ADMIN");
}

/* number: of the scope; 0: cgroup is the root. */
static int attach_anew(struct datapath *k, struct bpf_program *prog, int cgroup, uint32_t number,
		       struct bpf_link **ret, struct fault *f)
{
	char path[PATH_MAX];
	struct bpf_link *link;

	link = is_traced(prog) ? tracing_attach(prog) : bpf_program__attach_cgroup(prog, cgroup);
	if (!link)
		return not_attached(prog, f);
	if (k->pins)
		datapath_link_path(k, prog, number, path);
	if (number && k->hooks[number - 1].renewed)
		unlink(path);
	if (k->pins && bpf_link__pin(link, path)) {
		int r = -errno;

		bpf_link__destroy(link);
		return fault_say(f, r, "cannot pin a hook at %s: %s", path, strerror(-r));
	}
	*ret = link;
	return 0;
}

int attach_kept(struct datapath *k, struct bpf_program *prog, int root, struct bpf_link **ret,
		struct fault *f)
{
	return k->adopted ? adopt_one(k, prog, 0, ret, f) : attach_anew(k, prog, root, 0, ret, f);
}

static int attach_one(struct datapath *k, struct cgroup_hooks *h, struct bpf_program *prog,
		      int cgroup, struct fault *f)
{
	uint32_t number = (uint32_t)(h - k->hooks) + 1;
	int r = k->adopted && !h->renewed ? adopt_one(k, prog, number, &h->v[h->n], f)
					  : attach_anew(k, prog, cgroup, number, &h->v[h->n], f);

	h->n += !r;
	return r;
}

/*
 * Attaches to the root that we see, once for all scopes. If another program is attached there
 * exclusively, only sockets created in the scope are seen.
 */
static int attach_setsockopt(struct datapath *k, struct cgroup_hooks *h, const struct scope *scope,
			     struct fault *f)
{
	struct bpf_program *prog = k->owners->progs.la_setsockopt;

	if (k->setsockopt || !attach_kept(k, prog, scope->mount_fd, &k->setsockopt, f))
		return 0;
	fault_clear(f);
	return attach_one(k, h, prog, scope->fd, f);
}

static int attach_both(struct datapath *k, struct cgroup_hooks *h, struct bpf_program *v4,
		       struct bpf_program *v6, struct fault *f)
{
	int r = attach_one(k, h, v4, h->cgroup, f);

	return r ?: attach_one(k, h, v6, h->cgroup, f);
}

/* The hooks that tell who sends and connects where the egress hook is not to ask. */
static int attach_callers(struct datapath *k, struct cgroup_hooks *h, struct fault *f)
{
	const struct owners_bpf *s = k->renewed_owners ?: k->callers ?: k->owners;
	int r = attach_both(k, h, s->progs.la_sendmsg4, s->progs.la_sendmsg6, f);

	return r || k->skel->rodata->la_drop
		       ? r
		       : attach_both(k, h, s->progs.la_connect4, s->progs.la_connect6, f);
}

int attach_cgroup(struct datapath *k, const struct scope *scope, uint32_t number, struct fault *f)
{
	struct cgroup_hooks *h = &k->hooks[number - 1];
	const struct leakaudit_bpf *packets = k->packets ?: k->skel;
	const struct leakaudit_bpf *ingress = k->ingress ?: k->skel;
	const struct owners_bpf *s = k->renewed_owners ?: k->owners;
	struct bpf_program *owners[] = { s->progs.la_sock_create, s->progs.la_sock_release };
	size_t i;
	int r = 0;

	h->cgroup = scope->fd;
	if (k->pins) /* what stood in for them ends before: else it would count what they count */
		__atomic_store_n(&k->skel->bss->la_unhooked[number - 1], 0, __ATOMIC_RELEASE);
	if (!k->asks_caller)
		r = attach_callers(k, h, f);
	if (r)
		return r;
	for (i = 0; i < ARRAY_SIZE(owners); i++) {
		r = attach_one(k, h, owners[i], scope->fd, f);
		if (r)
			return r;
	}
	if (k->skel->rodata->la_drop) /* it refuses, too */
		r = attach_both(k, h, s->progs.la_connect4, s->progs.la_connect6, f);
	if (!r)
		r = attach_setsockopt(k, h, scope, f);
	if (!r)
		r = attach_processes(k, f);
	if (!r)
		r = attach_members(k, f);
	if (!r && k->skel->rodata->la_drop)
		r = attach_one(k, h, ingress->progs.la_cgroup_ingress, scope->fd, f);
	return r ?: attach_one(k, h, packets->progs.la_cgroup_egress, scope->fd, f);
}

/* The egress hook stays the last one. */
static int add_callers(struct datapath *k, struct cgroup_hooks *h, struct fault *f)
{
	struct bpf_link *egress;
	int r;

	if (!h->n)
		return 0;
	egress = h->v[--h->n];
	r = attach_callers(k, h, f);
	h->v[h->n++] = egress;
	return r;
}

int attach_needed(struct datapath *k, struct fault *f)
{
	size_t i;
	int r;

	if (!k->asks_caller || !__atomic_load_n(&k->skel->bss->la_sent_elsewhere, __ATOMIC_ACQUIRE))
		return 0;
	k->asks_caller = false; /* from now on, also of scopes to come */
	r = datapath_load_callers(k);
	if (r)
		return fault_say(f, r, "cannot load what tells who sends: %s", strerror(-r));
	for (i = 0; i < LA_SCOPES_MAX && !r; i++)
		r = add_callers(k, &k->hooks[i], f);
	return r;
}

static void detach_hooks(struct cgroup_hooks *h)
{
	while (h->n)
		bpf_link__destroy(h->v[--h->n]);
}

void detach_cgroups(struct datapath *k)
{
	size_t i;

	for (i = 0; i < LA_SCOPES_MAX; i++)
		detach_hooks(&k->hooks[i]);
	bpf_link__destroy(k->setsockopt);
	k->setsockopt = NULL;
	while (k->n_left)
		bpf_link__destroy(k->left[--k->n_left]);
}

bool attach_release(struct datapath *k, uint32_t number)
{
	bool had = k->hooks[number - 1].n;

	detach_hooks(&k->hooks[number - 1]);
	return had;
}

int attach_share(const struct datapath *k)
{
	const struct cgroup_hooks *h = &k->hooks[0];
	/* the egress hook was attached last */
	int fd = fcntl(bpf_link__fd(h->v[h->n - 1]), F_DUPFD_CLOEXEC, 0);

	return fd < 0 ? -errno : fd;
}

bool attach_alive(const struct datapath *k, uint32_t number)
{
	const struct cgroup_hooks *h = &k->hooks[number - 1];
	size_t i;

	if (k->setsockopt && attach_gone(bpf_link__fd(k->setsockopt)))
		return false;
	if (k->members[MEMBER_SOCKETS] && attach_gone(bpf_link__fd(k->members[MEMBER_SOCKETS])))
		return false;
	for (i = 0; i < h->n; i++)
		if (attach_gone(bpf_link__fd(h->v[i])))
			return false;
	return true;
}
