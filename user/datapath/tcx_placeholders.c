/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tcx_placeholders.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <pthread.h>
#include <string.h>

#include "base/grow.h"
#include "attach.h"
#include "tcx.h"

struct place {
	uint32_t ifindex;
	int link;
};

struct tcx_placeholders {
	const struct netns *ns;
	pthread_t thread;
	bool running;
	int prog;
	struct place *v; /* used by the thread while it runs */
	size_t n;
};

#define NAME "la_placeholder"

static int load_empty(void)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K,
		  .dst_reg = BPF_REG_0,
		  .imm = -1 }, /* returns TCX_NEXT */
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, NAME, "Dual BSD/GPL", insns,
			       ARRAY_SIZE(insns), NULL);

	return fd < 0 ? -errno : fd;
}

static bool describe_empty(struct program *ret)
{
	_cleanup_(closep) int fd = load_empty();

	return fd >= 0 && program_describe_fd(fd, ret);
}

/* Anybody's program may be called so. How the kernel makes a tag depends on its version: so one is
 * made to compare, once. */
bool tcx_is_placeholder(const struct program *p)
{
	static struct program ours;
	static bool made;

	if (strcmp(p->name, NAME) != 0)
		return false;
	made = made || describe_empty(&ours);
	return made && program_equal(p, &ours);
}

static void *hold(void *arg)
{
	struct tcx_placeholders *p = arg;
	size_t i;
	int r = 0;

	for (i = 0; i < p->n && r != -EINVAL; i++) { /* -EINVAL: no tcx */
		r = tcx_attach(p->prog, p->v[i].ifindex);
		p->v[i].link = r < 0 ? -1 : r;
	}
	return NULL;
}

static int choose(struct tcx_placeholders *p, const struct links *links)
{
	struct link *link;

	for (link = links_next(links, NULL); link; link = links_next(links, link)) {
		if (!link_wants_tc(link))
			continue;
		if (!GROW(p->v, p->n))
			return -ENOMEM;
		p->v[p->n++] = (struct place){ .ifindex = link->ifindex, .link = -1 };
	}
	if (p->n > TC_MANY_FROM)
		p->n = 0;
	return 0;
}

int tcx_placeholders_hold(struct tcx_placeholders **ret, const struct links *links)
{
	struct tcx_placeholders *p = calloc(1, sizeof(*p));
	int r;

	if (!p)
		return -ENOMEM;
	p->ns = links_netns(links);
	/*
	 * Not in the thread: libbpf raises the limit of locked memory with the first program, and
	 * this must not run twice at once.
	 */
	p->prog = load_empty();
	r = p->prog < 0 ? p->prog : choose(p, links);
	if (!r)
		r = -pthread_create(&p->thread, NULL, hold, p);
	p->running = !r;
	if (r) {
		tcx_placeholders_free(p);
		return r;
	}
	*ret = p;
	return 0;
}

static void wait_for(struct tcx_placeholders *p)
{
	if (p->running)
		pthread_join(p->thread, NULL);
	p->running = false;
}

int tcx_placeholders_take(struct tcx_placeholders *p, const struct netns *ns, uint32_t ifindex)
{
	size_t i;

	if (!p || !netns_equal(p->ns, ns))
		return -1;
	wait_for(p);
	for (i = 0; i < p->n; i++)
		if (p->v[i].ifindex == ifindex)
			return take_fd(&p->v[i].link);
	return -1;
}

void tcx_placeholders_free(struct tcx_placeholders *p)
{
	size_t i;

	if (!p)
		return;
	wait_for(p);
	for (i = 0; i < p->n; i++)
		closep(&p->v[i].link);
	closep(&p->prog);
	free(p->v);
	free(p);
}
