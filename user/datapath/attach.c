/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attach.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "clsact.h"
#include "priv.h"
#include "programs.h"
#include "leakaudit.skel.h"
#include "tc_others.h"
#include "tcx.h"

const char *const tc_modes[] = { "auto", "tcx", "clsact", NULL };

struct tc_hook {
	struct datapath *k;
	const struct netns *ns;
	uint32_t ifindex;
	enum tc_task task;
	enum tc_mode mode;
	int prog;
	int link; /* descriptor of the tcx link; -1: clsact */
	bool made; /* the qdisc, which is to go with the hook */
	struct clsact filter; /* used without a link */
	char pin[64]; /* "": not pinned */
};

static int attach_tcx(void *arg)
{
	struct tc_hook *h = arg;
	int r = tcx_attach_at(h->prog, h->ifindex, h->filter.ingress ? TCX_INGRESS : TCX_EGRESS);

	h->link = r < 0 ? -1 : r;
	return r < 0 ? r : 0;
}

/* Replaces the placeholder's program on its link. */
static int attach_placed(struct tc_hook *h, struct tcx_placeholders *placeholders)
{
	h->link = tcx_placeholders_take(placeholders, h->ns, h->ifindex);
	if (h->link < 0)
		return -ENOENT;
	if (!bpf_link_update(h->link, h->prog, NULL))
		return 0;
	close(take_fd(&h->link)); /* the interface disappeared, and its index may be another's */
	return -ENOLINK;
}

/* Tries it on the loopback device, which every namespace has. */
int attach_check(struct datapath *k, enum tc_mode mode, struct fault *f)
{
	struct tc_hook h = { .link = -1,
			     .ifindex = 1,
			     .prog = datapath_tc_program(k, k->home, TC_JUDGES) };
	int r;

	if (mode != TC_TCX)
		return 0;
	r = h.prog < 0 ? h.prog : attach_tcx(&h);
	closep(&h.link);
	if (r != -EINVAL)
		return 0;
	fault_say(f, -EOPNOTSUPP, "this kernel has no tcx, which came with Linux 6.6");
	return fault_help(f, -EOPNOTSUPP, "use --tc clsact");
}

/* A filter of what leaves would then be given what comes in. */
static bool has_ingress_alone(const struct tc_hook *h)
{
	struct tc_look look;
	bool r;

	tc_look_begin(&look, h->ns);
	r = look.r || tc_look_disciplines(&look, h->ifindex) & TC_LOOK_INGRESS;
	tc_look_end(&look);
	return r;
}

static int attach_clsact(void *arg)
{
	struct tc_hook *h = arg;
	int r = clsact_make(&h->filter);

	if (r && r != -EEXIST)
		return r;
	if (r && !h->filter.ingress && has_ingress_alone(h))
		return -EBUSY;
	return clsact_attach(&h->filter, h->prog);
}

static bool is_anyone_there(const struct tc_hook *h)
{
	struct programs there;

	return programs_query((int)h->ifindex, TCX_EGRESS, 0, &there) || there.n ||
	       programs_query((int)h->ifindex, TCX_INGRESS, 0, &there) || there.n;
}

/* made: the qdisc is there already, and ours. */
static int attach_leash(void *arg)
{
	struct tc_hook *h = arg;
	int r = is_anyone_there(h) ? -EEXIST : 0;

	if (!r && !h->made)
		r = clsact_make(&h->filter);
	if (r)
		return r;
	r = clsact_attach(&h->filter, h->prog);
	if (r && !h->made)
		clsact_unmake(h->ns, &h->filter);
	h->made |= !r;
	return r;
}

static int attach_one_of_many(struct tc_hook *h, const struct tc_hook *beside)
{
	int prog = h->prog, r;

	h->prog = datapath_tc_leashed(h->k, h->ns->cookie, h->task);
	h->made = beside && beside->made;
	r = h->prog < 0 ? h->prog : netns_run(h->ns, attach_leash, h);
	if (r) {
		h->made = false;
		h->prog = prog;
	}
	return r;
}

static int detach_clsact(void *arg)
{
	const struct tc_hook *h = arg;

	return h->made && !clsact_unmake(h->ns, &h->filter) ? 0 : clsact_detach(&h->filter);
}

static int query_clsact(void *arg)
{
	const struct tc_hook *h = arg;

	return clsact_alive(&h->filter);
}

static void tcx_pin_name(const struct tc_hook *h, char *name, size_t size)
{
	snprintf(name, size, "tcx%s_%llx_%u", h->filter.ingress ? "in" : "",
		 (unsigned long long)h->ns->cookie, h->ifindex);
}

/* A clsact filter is not a link: its program is pinned under a name that identifies the filter. */
static int tc_pin(struct tc_hook *h)
{
	char path[PATH_MAX];

	if (h->link >= 0)
		tcx_pin_name(h, h->pin, sizeof(h->pin));
	else
		clsact_pin(&h->filter, h->ns->cookie, h->pin, sizeof(h->pin));
	return bpf_obj_pin(h->link >= 0 ? h->link : h->prog, datapath_pin_path(h->k, h->pin, path))
		       ? -errno
		       : 0;
}

/* Whether the pin is of a filter on this interface. If so, h is set. */
static bool take_clsact(struct tc_hook *h, const char *name)
{
	struct clsact found;
	uint64_t netns;

	if (!clsact_parse(name, &netns, &found) || netns != h->ns->cookie ||
	    found.ifindex != h->ifindex || found.ingress != h->filter.ingress)
		return false;
	h->filter = found;
	snprintf(h->pin, sizeof(h->pin), "%.63s", name);
	return true;
}

/* Takes over what an earlier loader pinned and is still attached. A stale pin is removed. */
static int tc_adopt(struct tc_hook *h)
{
	_cleanup_(closedirp) DIR *dir = opendir(h->k->pins);
	const struct dirent *e;
	char path[PATH_MAX];

	tcx_pin_name(h, h->pin, sizeof(h->pin));
	h->link = bpf_obj_get(datapath_pin_path(h->k, h->pin, path));
	while (h->link < 0 && dir && (e = readdir(dir)))
		if (take_clsact(h, e->d_name))
			break;
	if (tc_hook_alive(h))
		return 0;
	unlink(datapath_pin_path(h->k, h->pin, path));
	closep(&h->link);
	h->link = -1;
	h->pin[0] = '\0';
	return -ENOENT;
}

static bool belongs_last(const struct tc_hook *h)
{
	struct tc_look look;
	bool r;

	if (!h->k->drop_late || h->task != TC_JUDGES || h->mode == TC_TCX)
		return false;
	tc_look_begin(&look, h->ns);
	r = tc_others_only_drop(&look, h->ifindex);
	tc_look_end(&look);
	return r;
}

bool tc_hook_is_followed(const struct tc_hook *h, char *name, size_t size)
{
	struct tc_look look;
	bool r;

	tc_look_begin(&look, h->ns);
	r = tc_others_follow(&look, h->ifindex, h->filter.last, name, size);
	tc_look_end(&look);
	return r;
}

/* 0: it is a filter, or gone. */
static uint32_t program_id(const struct tc_hook *h)
{
	struct bpf_link_info info = { 0 };
	uint32_t len = sizeof(info);

	return h->link < 0 || bpf_obj_get_info_by_fd(h->link, &info, &len) ? 0 : info.prog_id;
}

bool tc_hook_is_preceded(const struct tc_hook *h, struct tc_look *look, char *name, size_t size)
{
	if (h->task != TC_JUDGES || h->filter.last) /* last: it is there because of them */
		return false;
	return tc_others_precede(look, h->ifindex, program_id(h), CLSACT_PRIORITY, name, size);
}

/* By the first way that is open. */
static int attach_by(struct tc_hook *h, const struct tc_wish *w)
{
	enum tc_mode mode = h->filter.last ? TC_CLSACT : w->mode;
	int r = -EINVAL;

	if (mode == TC_MANY && !h->k->pins && !attach_one_of_many(h, w->beside))
		return 0;
	if (mode != TC_CLSACT)
		r = attach_placed(h, w->placeholders);
	if (mode != TC_CLSACT && r)
		r = netns_run(h->ns, attach_tcx, h);
	/* -EINVAL: no tcx before 6.6; -ENODEV: the device disappeared */
	if (mode == TC_CLSACT || (mode != TC_TCX && r && r != -ENODEV))
		r = netns_run(h->ns, attach_clsact, h);
	return r;
}

int tc_attach(struct datapath *k, const struct tc_wish *w, struct tc_hook **ret)
{
	_cleanup_(freep) struct tc_hook *h = calloc(1, sizeof(*h));
	int r;

	if (!h)
		return -ENOMEM;
	h->k = k;
	h->link = -1;
	h->ns = w->ns;
	h->ifindex = h->filter.ifindex = w->ifindex;
	h->filter.ingress = w->task == TC_NOTES;
	h->task = w->task;
	h->mode = w->mode;
	if (k->adopted && !tc_adopt(h)) {
		*ret = take_ptr(h);
		return 0;
	}
	h->prog = datapath_tc_program(k, w->ns->cookie, w->task);
	if (h->prog < 0)
		return h->prog;
	h->filter.last = belongs_last(h);
	r = attach_by(h, w);
	if (r)
		return r;
	if (k->pins)
		r = tc_pin(h);
	if (r) {
		tc_detach(take_ptr(h));
		return r;
	}
	*ret = take_ptr(h);
	return 0;
}

void tc_detach(struct tc_hook *h)
{
	char path[PATH_MAX];

	if (!h)
		return;
	if (h->pin[0] && !h->k->leaving)
		unlink(datapath_pin_path(h->k, h->pin, path));
	if (h->link >= 0)
		/* the last reference to a link that is not pinned: this detaches it */
		close(h->link);
	else if (!h->k->leaving)
		netns_run(h->ns, detach_clsact, h);
	free(h);
}

int tc_detach_later(struct tc_hook *h)
{
	int link = h ? fcntl(h->link, F_DUPFD_CLOEXEC, 0) : -1;

	tc_detach(h);
	return link;
}

const char *tc_hook_mode(const struct tc_hook *h)
{
	return h->link >= 0 ? "tcx" : "clsact";
}

void tc_forget(struct datapath *k, const struct netns *ns)
{
	size_t i;

	for (i = k->n_instances; i-- > 0;) {
		if (k->instances[i].netns != ns->cookie)
			continue;
		close(k->instances[i].program);
		k->instances[i] = k->instances[--k->n_instances];
	}
}

/* False: it is not a link. A detached link stays open, but has ifindex 0. */
static bool read_link(const struct tc_hook *h, struct bpf_link_info *info)
{
	uint32_t len = sizeof(*info);

	*info = (struct bpf_link_info){ 0 };
	return h->link >= 0 && !bpf_obj_get_info_by_fd(h->link, info, &len);
}

bool tc_hook_is_anywhere(const struct tc_hook *h)
{
	struct bpf_link_info info;

	/* in this union tcx's ifindex is where xdp's is */
	return read_link(h, &info) && info.xdp.ifindex;
}

struct place {
	uint32_t ifindex;
	uint32_t prog;
};

static int is_place_of(void *arg)
{
	const struct place *p = arg;
	struct programs found;

	return !programs_query((int)p->ifindex, TCX_EGRESS, 0, &found) &&
	       programs_has(&found, p->prog);
}

bool tc_hook_is_at(const struct tc_hook *h, const struct netns *ns, uint32_t ifindex)
{
	struct place p = { .ifindex = ifindex };
	struct bpf_link_info info;

	if (!read_link(h, &info) || info.xdp.ifindex != ifindex)
		return false;
	p.prog = info.prog_id;
	return netns_run(ns, is_place_of, &p) == 1;
}

int tc_settle(struct tc_hook *h, const struct netns *ns, uint32_t ifindex)
{
	int prog = datapath_tc_program(h->k, ns->cookie, h->task), r;
	char path[PATH_MAX];

	if (prog < 0)
		return prog;
	r = bpf_link_update(h->link, prog, NULL);
	if (r)
		return r;
	if (h->pin[0])
		unlink(datapath_pin_path(h->k, h->pin, path));
	h->ns = ns;
	h->ifindex = h->filter.ifindex = ifindex;
	h->prog = prog;
	return h->pin[0] ? tc_pin(h) : 0;
}

bool tc_hook_alive(const struct tc_hook *h)
{

	if (h->k->drop_late && belongs_last(h) != h->filter.last)
		return false;
	if (h->link < 0)
		return !netns_run(h->ns, query_clsact, (void *)h);
	return tc_hook_is_anywhere(h);
}
