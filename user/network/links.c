/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "links.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "base/grow.h"
#include "base/addr_special.h"
#include "links_nl.h"
#include "links_routes.h"
#include "links_table.h"

/* How often a dump is repeated that changes have interrupted; and of a table with a limit, whose
 * namespace may be anybody's. */
#define DUMP_TRIES 16
#define DUMP_TRIES_FEW 2

/* Datagrams in one dispatch: the main loop has other descriptors to serve. */
#define DISPATCH_MAX 256
#define DISPATCH_MAX_FEW 16

const struct netns *links_netns(const struct links *l)
{
	return l->ns;
}

bool links_is_over(const struct links *l)
{
	return l->over;
}

int links_fd(const struct links *l)
{
	return l->nl->fd;
}

/* --- handling messages --- */

/*
 * Marks a link to be requested again: its other end came, went or moved, and the kernel sends no
 * message about this end.
 */
static void request_again(struct links *l, struct entry *e)
{
	e->request = true;
	l->request = true;
}

/* Requests the other end of a pair again, if it does not name this end yet. */
static void check_pair(struct links *l, const struct link *end)
{
	struct entry *other = end->lower && !end->lower_elsewhere ? links_entry(l, end->lower)
								  : NULL;

	if (!other || !link_is_pair(end) || !link_is_pair(&other->link))
		return;
	if (other->link.lower != end->ifindex || other->link.lower_elsewhere)
		request_again(l, other);
}

static void take_gone(struct links *l, const struct link *gone)
{
	struct entry *e = links_entry(l, gone->ifindex);
	const struct link *other;
	size_t i;

	if (!e)
		return;
	l->changed = true;
	l->tunnels_moved |= e->link.role == LA_ROLE_TUNNEL;
	e->gone = true;
	e->link.counters = gone->counters;
	e->link.counted = gone->counted;
	e->link.moved = gone->moved;
	for (i = 0; i < l->n && link_is_pair(&e->link); i++) {
		other = &l->v[i]->link;
		if (other->lower == gone->ifindex && !other->lower_elsewhere && !l->v[i]->gone &&
		    link_is_pair(other))
			request_again(l, l->v[i]);
	}
}

/* What is on-link has to be found anew: for that link, or for all. */
static void note_move(struct links *l, struct entry *e)
{
	e->moved = true;
	l->moved = l->moved || !links_stands_alone(l, &e->link);
}

/* old: all zero but for the index, if it is new. */
static void note_change(struct links *l, struct entry *e, const struct link *old)
{
	const struct link *now = &e->link;

	if (e->announced && old->role == now->role && old->master == now->master &&
	    old->lower == now->lower && old->lower_elsewhere == now->lower_elsewhere &&
	    !strcmp(old->kind, now->kind))
		return;
	l->stacked_anew = true;
	l->moved = l->moved || !links_stands_alone(l, old);
	note_move(l, e);
}

static int take_link(struct links *l, const struct link *news)
{
	struct entry *e = links_entry(l, news->ifindex);
	struct link old = { 0 };
	int r;

	l->over |= !e && l->n >= l->most;
	if (!e && l->n >= l->most)
		return 0;
	l->changed = true;
	if (!e) {
		r = links_insert(l, news->ifindex, &e);
		if (r < 0)
			return r;
	}
	old = e->link;
	e->link = *news;
	e->link.addrs = old.addrs;
	e->link.n_addrs = old.n_addrs;
	e->link.onlink = old.onlink;
	e->link.n_onlink = old.n_onlink;
	e->link.user = old.user;
	e->link.pppoe = old.pppoe;
	/* Read when the device appears or comes up: its session exists before that. */
	if (strcmp(news->kind, "ppp") == 0 && (!e->announced || (news->up && !old.up)))
		e->link.pppoe = netns_run(l->ns, links_has_pppoe, NULL) > 0;
	e->link.role = l->roles.fn(l->roles.arg, &e->link);
	e->sweep = l->sweep;
	e->gone = false;
	e->touched = true;
	note_change(l, e, &old);
	l->tunnels_moved |= old.role != e->link.role || (e->link.role == LA_ROLE_TUNNEL &&
							 (!e->announced || old.up != news->up));
	if (e->link.role == LA_ROLE_TUNNEL &&
	    (!e->announced || old.role != e->link.role || (news->up && !old.up)))
		links_routes_stale(l, e);
	check_pair(l, &e->link);
	return 0;
}

/* Routes come and go with a tunnel's address; not with the fe80 that the kernel gives it late. */
static void note_addr(struct links *l, struct entry *e, const struct link_addr *a)
{
	if (e->link.role != LA_ROLE_TUNNEL ||
	    (a->family == 6 && addr_special(&a->addr, ADDR_LINK_LOCAL)))
		return;
	l->tunnels_moved = true;
	links_routes_stale(l, e);
}

static int take_addr(struct links *l, uint32_t ifindex, const struct link_addr *a, bool gone)
{
	struct entry *e = links_entry(l, ifindex);
	struct link_addr *v;
	size_t i;

	if (!e)
		return 0;
	for (i = 0; i < e->link.n_addrs; i++) {
		v = &e->link.addrs[i];
		if (addr_equal(&v->addr, &a->addr) && addr_equal(&v->net.addr, &a->net.addr) &&
		    v->net.len == a->net.len)
			break;
	}
	if (gone != (i < e->link.n_addrs))
		return 0;
	note_move(l, e);
	note_addr(l, e, a);
	if (gone) {
		e->link.addrs[i] = e->link.addrs[--e->link.n_addrs];
		return 0;
	}
	if (!GROW(e->link.addrs, e->link.n_addrs))
		return -ENOMEM;
	e->link.addrs[e->link.n_addrs++] = *a;
	return 0;
}

static int take_item(struct links *l, const struct nl_head *head, const struct links_item *m)
{
	switch (m ? m->msg : LINKS_MSG_OTHER) {
	case LINKS_MSG_LINK:
		return take_link(l, &m->nl.link);
	case LINKS_MSG_LINK_GONE:
		take_gone(l, &m->nl.link);
		return 0;
	case LINKS_MSG_ADDR:
	case LINKS_MSG_ADDR_GONE:
		l->changed = true;
		return take_addr(l, m->nl.link.ifindex, &m->nl.addr, m->msg == LINKS_MSG_ADDR_GONE);
	default:
		return links_routes_take(l, head, m);
	}
}

/* --- reading --- */

struct dump {
	struct links *l;
	bool torn, ended;
	int r; /* how it has ended */
};

/* An nl_each_fn. */
static int take_dumped(void *arg, const struct nl_head *head, const void *item)
{
	struct dump *d = arg;

	if (nl_answers(d->l->nl, head)) {
		d->torn |= (head->flags & NLM_F_DUMP_INTR) != 0;
		d->ended = head->type == NLMSG_DONE || head->type == NLMSG_ERROR;
		d->r = head->error ?: d->torn ? -EINTR : 0;
	}
	return d->ended ? 1 : take_item(d->l, head, item);
}

/*
 * Reads until the requested dump is complete. Changes in between are handled in their order. 0;
 * -EINTR: changes have interrupted the dump; -errno.
 */
static int read_dump(struct links *l)
{
	struct dump d = { .l = l };
	int len, r;

	for (;;) {
		len = nl_recv(l->nl);
		if (len == -ENOBUFS) {
			/* The dump itself continues and must be read to its end. */
			l->lost = true;
			continue;
		}
		if (len <= 0)
			return len ? len : -EIO;
		r = nl_each(l->nl, len, &links_kind, NULL, take_dumped, &d);
		if (r)
			return d.ended ? d.r : r;
	}
}

static int dump_links(struct links *l)
{
	size_t i;
	int r;

	l->sweep++;
	r = links_nl_dump_links(l->nl);
	if (r == 0)
		r = read_dump(l);
	if (r < 0)
		return r;
	for (i = 0; i < l->n; i++) {
		if (l->v[i]->sweep != l->sweep) {
			l->v[i]->link.counted &= l->v[i]->gone; /* nobody has told the last ones */
			l->v[i]->gone = l->tunnels_moved = true;
		} else if (l->v[i]->link.role == LA_ROLE_TUNNEL)
			links_routes_stale(l, l->v[i]);
	}
	return 0;
}

static int dump_addrs(struct links *l)
{
	size_t i;
	int r;

	for (i = 0; i < l->n; i++)
		l->v[i]->link.n_addrs = 0;
	r = links_nl_dump_addrs(l->nl);
	return r < 0 ? r : read_dump(l);
}

static bool is_limited(const struct links *l)
{
	return l->most != SIZE_MAX;
}

static int sync_all(struct links *l)
{
	int r = -EINTR, tries;

	l->changed = l->moved = true;
	for (tries = 0; tries < (is_limited(l) ? DUMP_TRIES_FEW : DUMP_TRIES); tries++) {
		l->lost = false;
		r = dump_links(l);
		if (r == 0)
			r = dump_addrs(l);
		if (r == 0)
			r = links_routes_read(l, read_dump);
		if (r < 0 && r != -EINTR) {
			l->lost = true;
			return r;
		}
		if (r == 0 && !l->lost)
			return links_report_changes(l);
	}
	/*
	 * There were changes during each attempt. What was read is newer than the old table, and
	 * the next change starts another attempt.
	 */
	l->lost = true;
	r = links_report_changes(l);
	return r < 0 ? r : -EAGAIN;
}

/*
 * An nl_each_fn. Reports after each message: a tunnel that goes down and up again in one datagram
 * has leaked in between.
 */
static int take_change(void *arg, const struct nl_head *head, const void *item)
{
	return take_item(arg, head, item) ?: links_report_changes(arg);
}

/*
 * Sends the requests for marked links. Not during a dump, since the dump's end is recognised by the
 * number of the last request. The answers are handled by the next dispatch as if they were changes.
 */
static void send_requests(struct links *l)
{
	size_t i;

	for (i = 0; i < l->n && l->request; i++) {
		if (l->v[i]->request && links_nl_get_link(l->nl, l->v[i]->link.ifindex) < 0)
			l->lost = true;
		l->v[i]->request = false;
	}
	l->request = false;
}

int links_dispatch(struct links *l)
{
	int i, len, r = 0;

	for (i = 0; i < (is_limited(l) ? DISPATCH_MAX_FEW : DISPATCH_MAX) && r == 0; i++) {
		len = nl_recv(l->nl);
		if (len == 0)
			break;
		r = len < 0 ? len : nl_each(l->nl, len, &links_kind, NULL, take_change, l);
		if (r == -ENOBUFS || r == -EPROTO) {
			l->lost = true;
			r = 0;
		}
	}
	if (r == 0 && l->lost) {
		l->resyncs++;
		r = sync_all(l);
	} else if (r == 0 && l->stale) {
		r = links_routes_read(l, read_dump) ?: links_report_changes(l);
	}
	send_requests(l);
	return r == -EAGAIN ? 0 : r;
}

int links_open(struct links **ret, const struct netns *ns, struct link_roles roles, links_fn *fn,
	       void *arg)
{
	return links_open_most(ret, ns, roles, SIZE_MAX, fn, arg);
}

int links_open_most(struct links **ret, const struct netns *ns, struct link_roles roles,
		    size_t most, links_fn *fn, void *arg)
{
	_cleanup_(links_freep) struct links *l = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return -ENOMEM;
	l->ns = ns;
	l->roles = roles;
	l->most = most;
	l->fn = fn;
	l->arg = arg;
	r = nl_open(&l->nl, ns, NETLINK_ROUTE,
		    RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE |
			    RTMGRP_IPV6_ROUTE | 1U << (RTNLGRP_NEXTHOP - 1));
	if (r < 0)
		return r;
	nl_strict(l->nl);
	r = sync_all(l);
	if (r < 0)
		return r;
	send_requests(l);
	*ret = take_ptr(l);
	return 0;
}

int links_listen(struct links *l, links_fn *fn, void *arg)
{
	int r;

	l->fn = fn;
	l->arg = arg;
	r = links_report_changes(l);
	return r < 0 ? r : links_dispatch(l);
}

void links_free(struct links *l)
{
	size_t i;

	if (!l)
		return;
	for (i = 0; i < l->n; i++)
		links_entry_free(l->v[i]);
	links_routes_free(l);
	links_index_free(l);
	free(l->v);
	nl_free(l->nl);
	free(l);
}
