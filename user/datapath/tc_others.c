/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tc_others.h"

#include <errno.h>
#include <linux/pkt_cls.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "clsact.h"
#include "program_does.h"
#include "programs.h"
#include "tc_filter.h"
#include "tc_leash.h"
#include "tc_look.h"
#include "tcx.h"
#include "tcx_placeholders.h"
#include "base/util.h"

static void say(char to[64], const char *what, const char *name)
{
	snprintf(to, 64, "%s%s%s", what, name[0] ? " " : ", which has no name", name);
}

static void add(struct tc_others *o, enum tc_others_can can, const char *what, const char *name)
{
	if (can <= o->can)
		return;
	o->can = can;
	say(o->name, what, name);
}

/* Whether the program is a leakaudit's, also ours. If not, *name is its name. look may be NULL. */
static bool is_leakaudit(struct tc_look *look, uint32_t id, char *name, size_t size)
{
	_cleanup_(closep) int fd = -1;
	struct bpf_map_info info;
	struct program p;

	if (look && tc_look_knows(look, id))
		return true;
	if (!program_describe(id, &p))
		return false;
	snprintf(name, size, "%s", p.name);
	fd = program_flows(&p, &info);
	if (fd < 0 && !program_judges_nothing(&p) && !tc_leash_is(&p) && !tcx_is_placeholder(&p))
		return false;
	if (look)
		tc_look_learn(look, id);
	return true;
}

static void add_program(struct tc_others *o, uint32_t id, const char *what)
{
	char name[BPF_OBJ_NAME_LEN] = "";
	unsigned int does;

	if (is_leakaudit(o->look, id, name, sizeof(name)))
		return;
	add(o, TC_OTHERS_PASS, what, name);
	does = program_does(id);
	if (!o->copies[0] && does & PROGRAM_COPIES)
		say(o->copies, what, name);
	if (!o->sends_on[0] && does & PROGRAM_SENDS_ON)
		say(o->sends_on, what, name);
}

void tc_others_add(struct tc_others *o, const struct tc_filter *f)
{
	if (!f->filters)
		return;
	if (!o->copies[0] && f->copies)
		say(o->copies, "the tc filter", f->kind);
	if (!o->sends_on[0] && f->sends_on) {
		say(o->sends_on, "the tc filter", f->kind);
		o->to = f->to;
	}
	if (o->until && f->priority > o->until)
		return;
	if (f->program)
		add_program(o, f->program, "the tc filter");
	else if (f->drops && f->priority < CLSACT_LAST)
		add(o, TC_OTHERS_DROP, "the tc filter", f->kind);
	else
		add(o, TC_OTHERS_PASS, "the tc filter", f->kind);
}

/* A tc_filter_fn. */
static void take_filter(void *others, const struct tc_filter *f)
{
	tc_others_add(others, f);
}

struct place {
	uint32_t ifindex;
	uint32_t until; /* id of the program behind which others do not count; 0: all do */
	struct tc_others *others;
};

static int read_programs(void *arg)
{
	const struct place *p = arg;
	struct programs there;
	uint32_t i;
	int r = programs_query((int)p->ifindex, TCX_EGRESS, 0, &there);

	for (i = 0; i < there.n && (!p->until || there.id[i] != p->until); i++)
		add_program(p->others, there.id[i], "the tc program");
	return r == -EINVAL ? 0 : r; /* -EINVAL: no tcx before 6.6 */
}

/* The discipline "ingress" has the same place, and would answer with filters of what comes in. */
static int read_filters(const struct place *p)
{
	struct tc_look *l = p->others->look;

	if (l->r || !(tc_look_disciplines(l, p->ifindex) & TC_LOOK_CLSACT))
		return l->r;
	return tc_filters(l->nl, p->ifindex, TC_LOOK_EGRESS, take_filter, p->others);
}

#define TRIES 3 /* of a dump that changes meanwhile */

/*
 * Programs of a leakaudit do not count: they pass nothing on. What cannot be read may pass
 * anything on.
 */
static void read_others(struct tc_look *look, uint32_t ifindex, struct tc_others *ret)
{
	struct place p = { .ifindex = ifindex, .others = ret };
	int r = -EINTR, tries;

	for (tries = 0; r == -EINTR && tries < TRIES; tries++) {
		*ret = (struct tc_others){ .look = look };
		r = netns_run(look->ns, read_programs, &p) ?: read_filters(&p);
	}
	if (r)
		add(ret, TC_OTHERS_PASS, "a tc filter", "that cannot be read");
}

bool tc_others_only_drop(struct tc_look *look, uint32_t ifindex)
{
	struct tc_others others;

	read_others(look, ifindex, &others);
	return others.can == TC_OTHERS_DROP;
}

bool tc_others_follow(struct tc_look *look, uint32_t ifindex, bool last, char *name, size_t size)
{
	struct tc_others others;

	read_others(look, ifindex, &others);
	snprintf(name, size, "%s", others.name);
	return others.can == TC_OTHERS_PASS || (others.can == TC_OTHERS_DROP && !last);
}

bool tc_others_precede(struct tc_look *look, uint32_t ifindex, uint32_t prog_id, uint32_t priority,
		       char *name, size_t size)
{
	struct tc_others others = { .until = priority, .look = look };
	struct place p = { ifindex, prog_id, &others };

	netns_run(look->ns, read_programs, &p);
	if (!prog_id)
		read_filters(&p); /* one that changes meanwhile is read again later */
	snprintf(name, size, "%s", others.name);
	return others.can != TC_OTHERS_NOTHING;
}

static int read_marking_programs(void *arg)
{
	const struct place *p = arg;
	char name[BPF_OBJ_NAME_LEN] = "";
	struct programs there;
	uint32_t i;

	programs_query((int)p->ifindex, TCX_INGRESS, 0, &there);
	for (i = 0; i < there.n && !p->others->name[0]; i++)
		if (!is_leakaudit(p->others->look, there.id[i], name, sizeof(name)) &&
		    program_does(there.id[i]) & PROGRAM_MARKS)
			say(p->others->name, "the tc program", name);
	return 0;
}

/* A tc_filter_fn. */
static void take_marking(void *others, const struct tc_filter *f)
{
	char name[BPF_OBJ_NAME_LEN] = "";
	struct tc_others *o = others;

	if (f->program && !is_leakaudit(o->look, f->program, name, sizeof(name)) &&
	    program_does(f->program) & PROGRAM_MARKS)
		say(o->name, "the tc filter", name);
}

/* What changes meanwhile is read again later. */
void tc_others_send(struct tc_look *look, uint32_t ifindex, bool loopback, struct tc_others *ret)
{
	read_others(look, ifindex, ret);
	if (tc_look_disciplines(look, ifindex) & TC_LOOK_QUEUE)
		tc_filters(look->nl, ifindex, 0, take_filter, ret);
	if (loopback)
		tc_filters(look->nl, ifindex, TC_LOOK_ARRIVALS, take_filter, ret);
}

void tc_others_hear(const struct tc_filter *filter, bool loopback, struct tc_others *ret)
{
	*ret = (struct tc_others){ 0 };
	if (loopback || filter->parent != TC_LOOK_ARRIVALS)
		tc_others_add(ret, filter);
}

bool tc_others_unmark(struct tc_look *look, uint32_t ifindex, char *name, size_t size)
{
	struct tc_others others = { .look = look };
	struct place p = { .ifindex = ifindex, .others = &others };

	netns_run(look->ns, read_marking_programs, &p);
	if (!others.name[0] &&
	    tc_look_disciplines(look, ifindex) & (TC_LOOK_CLSACT | TC_LOOK_INGRESS))
		tc_filters(look->nl, ifindex, TC_LOOK_ARRIVALS, take_marking, &others);
	snprintf(name, size, "%s", others.name);
	return others.name[0];
}
