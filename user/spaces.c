/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spaces.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>

#include "log.h"
#include "transport.h"

/* Stays when the interface goes: its name is still needed for its last flows. */
struct iface {
	uint64_t netns;
	uint32_t ifindex;
	char name[IFNAMSIZ];
	uint16_t slot;
	bool alive;
	struct la_role role;
	struct tc_hook *tc;
	struct link_prefix *onlink; /* as the kernel has them now */
	size_t n_onlink;
};

struct space {
	struct spaces *all;
	struct netns *ns;
	struct links *links;
	struct causes *causes;
	bool home;
	bool inhabited; /* as of the last look */
};

struct spaces {
	struct spaces_config cfg;
	spaces_fn *fn;
	void *arg;
	struct space **v;
	size_t n;
	struct iface **ifaces; /* index: slot - 1; more than LA_SLOTS share slot 0 */
	size_t n_ifaces;
	struct record_interface *rows;
	const char *tc_mode;
	char incomplete[160];
	bool stale; /* facts have changed since kernel_new_facts() */
};

static void mark_incomplete(struct spaces *s, const char *why, const char *name, int r)
{
	if (s->incomplete[0])
		return;
	snprintf(s->incomplete, sizeof(s->incomplete), "%s %s: %s", why, name, strerror(-r));
	log_warn("%s", s->incomplete);
}

static struct iface *iface_new(struct spaces *s, const struct space *sp, const struct link *link)
{
	struct iface **grown = reallocarray(s->ifaces, s->n_ifaces + 1, sizeof(*grown));
	struct iface *i;

	if (!grown)
		return NULL;
	s->ifaces = grown;
	i = calloc(1, sizeof(*i));
	if (!i)
		return NULL;
	i->netns = sp->ns->cookie;
	i->ifindex = link->ifindex;
	i->alive = true;
	s->ifaces[s->n_ifaces++] = i;
	i->slot = s->n_ifaces < LA_SLOTS ? (uint16_t)s->n_ifaces : 0;
	return i;
}

/* --- facts --- */

/* In the host scope another namespace's veth leads to this machine again, and
 * what leaves there is judged where it leaves the machine. */
static enum la_role_kind role_here(const struct space *sp, const struct link *link)
{
	if (sp->all->cfg.host && !sp->home && link->role == LA_ROLE_EXPOSED && link->peer_elsewhere)
		return LA_ROLE_LOOPBACK;
	return link->role;
}

static bool is_stacked(const struct space *sp, const struct link *link)
{
	const struct link *other;

	if (link->master)
		return true;
	for (other = links_next(sp->links, NULL); other; other = links_next(sp->links, other))
		if (other->lower == link->ifindex && !other->lower_elsewhere && other != link)
			return true;
	return false;
}

static void push_role(struct space *sp, struct link *link, struct iface *i)
{
	struct la_role role = { .slot = i->slot, .role = role_here(sp, link),
				.l2_len = link->l2_len, .stacked = is_stacked(sp, link) };
	int r;

	if (!memcmp(&role, &i->role, sizeof(role)) && i->name[0])
		return;
	r = kernel_set_role(sp->all->cfg.kernel, i->netns, i->ifindex, &role);
	if (r) /* unknown to the kernel: exposed, so nothing is missed */
		mark_incomplete(sp->all, "cannot tell the kernel the role of", link->name, r);
	i->role = role;
	sp->all->stale = true;
}

static bool has_prefix(const struct link_prefix *v, size_t n, const struct link_prefix *p)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (v[i].len == p->len && addr_equal(&v[i].addr, &p->addr))
			return true;
	return false;
}

static void push_onlink(struct space *sp, const struct link *link, struct iface *i)
{
	struct kernel *k = sp->all->cfg.kernel;
	struct link_prefix *copy;
	size_t j;

	if (!i->slot) /* shared by several: nothing there is exempt for one */
		return;
	for (j = 0; j < i->n_onlink; j++)
		if (!has_prefix(link->onlink, link->n_onlink, &i->onlink[j]))
			kernel_del_onlink(k, i->slot, &i->onlink[j]);
	for (j = 0; j < link->n_onlink; j++)
		if (!has_prefix(i->onlink, i->n_onlink, &link->onlink[j]))
			kernel_add_onlink(k, i->slot, &link->onlink[j]);
	copy = reallocarray(i->onlink, link->n_onlink + 1, sizeof(*copy));
	if (copy) {
		memcpy(copy, link->onlink, link->n_onlink * sizeof(*copy));
		i->onlink = copy;
		i->n_onlink = link->n_onlink;
	}
	sp->all->stale = true;
}

/* --- tunnels' outer packets --- */

static int add_endpoint(void *arg, const struct la_endpoint *ep, uint32_t mark)
{
	struct space *sp = arg;

	(void)mark;
	/* unconnected: the kernel learns the far end from its first packet */
	if (!ep->port && ep->cookie)
		return 0;
	if (!kernel_add_endpoint(sp->all->cfg.kernel, ep))
		sp->all->stale = true;
	return 0;
}

static int add_holder(void *arg, const struct link *link, const struct transport_holder *h)
{
	struct space *sp = arg;

	(void)link;
	if (h->same_pidns)
		kernel_add_daemon(sp->all->cfg.kernel, h->tgid, h->start_ticks);
	sp->all->stale = true;
	transport_sockets(h, sp->ns, add_endpoint, sp);
	return 0;
}

static void learn_transport(struct space *sp, const struct link *link)
{
	if (link->role != LA_ROLE_TUNNEL)
		return;
	if (link->tun == LINK_TUN_NONE)
		transport_kernel(sp->links, link, add_endpoint, sp);
	else
		transport_holders(sp->links, add_holder, sp);
}

/* --- TC --- */

static void place_tc(struct space *sp, const struct link *link, struct iface *i)
{
	struct spaces *s = sp->all;
	bool wanted = i->alive && link_wants_tc(link) && i->role.role == LA_ROLE_EXPOSED &&
		      (sp->home || !s->cfg.host);
	int r;

	if (!wanted) {
		tc_detach(take_ptr(i->tc));
		return;
	}
	if (i->tc)
		return;
	r = tc_attach(s->cfg.kernel, sp->ns, i->ifindex, s->cfg.tc, &i->tc);
	if (!r)
		s->tc_mode = tc_hook_mode(i->tc);
	else if (r != -ENODEV) /* gone meanwhile: GONE is on its way */
		mark_incomplete(s, "cannot attach to TC egress of", link->name, r);
}

/* --- changes --- */

static struct record_interface describe(const struct space *sp, const struct link *link)
{
	return (struct record_interface){
		.name = link->name, .ifindex = link->ifindex, .netns = sp->ns->cookie,
		.kind = link->kind[0] ? link->kind : NULL, .role = role_here(sp, link),
	};
}

static void tell(struct space *sp, enum record_action action, const struct link *link,
		 const char *change, const char *old_name)
{
	struct record_interface ri = describe(sp, link);

	ri.change = change;
	ri.old_name = old_name;
	sp->all->fn(sp->all->arg, action, &ri);
}

static void refresh_stacking(struct space *sp)
{
	struct link *link;

	for (link = links_next(sp->links, NULL); link; link = links_next(sp->links, link))
		if (link->user)
			push_role(sp, link, link->user);
}

static void appear(struct space *sp, struct link *link)
{
	struct iface *i = iface_new(sp->all, sp, link);

	if (!i) {
		mark_incomplete(sp->all, "cannot follow", link->name, -ENOMEM);
		return;
	}
	link->user = i;
	push_role(sp, link, i);
	snprintf(i->name, sizeof(i->name), "%s", link->name);
	push_onlink(sp, link, i);
	place_tc(sp, link, i);
}

static void disappear(struct space *sp, struct iface *i)
{
	static const struct link none;

	kernel_del_role(sp->all->cfg.kernel, i->netns, i->ifindex);
	push_onlink(sp, &none, i);
	i->alive = false;
	tc_detach(take_ptr(i->tc));
	sp->all->stale = true;
}

static void on_change(void *arg, struct links *l, struct link *link, enum link_change change,
		      const struct link_old *old)
{
	struct space *sp = arg;
	struct iface *i = link->user;

	sp->links = l; /* called from links_open() already */
	if (change == LINK_NEW)
		appear(sp, link);
	else if (!i)
		return;
	i = link->user;
	switch (change) {
	case LINK_GONE:
		disappear(sp, i);
		break;
	case LINK_RENAMED:
		snprintf(i->name, sizeof(i->name), "%s", link->name);
		break;
	case LINK_ROLE:
	case LINK_PLACE:
		push_role(sp, link, i);
		place_tc(sp, link, i);
		break;
	case LINK_ONLINK:
		push_onlink(sp, link, i);
		return;
	case LINK_UP:
	case LINK_DOWN:
		if (change == LINK_UP)
			learn_transport(sp, link);
		if (link->role == LA_ROLE_TUNNEL)
			tell(sp, change == LINK_UP ? RECORD_TUNNEL_UP : RECORD_TUNNEL_DOWN, link,
			     link_change_name(change), NULL);
		return;
	default:
		break;
	}
	if (change != LINK_PLACE)
		tell(sp, RECORD_INTERFACE, link, link_change_name(change),
		     change == LINK_RENAMED ? old->name : NULL);
}

/* --- namespaces --- */

static void settle(struct spaces *s)
{
	size_t i;

	if (!s->stale)
		return;
	for (i = 0; i < s->n; i++)
		refresh_stacking(s->v[i]);
	kernel_new_facts(s->cfg.kernel);
	s->stale = false;
}

static void space_free(struct space *sp)
{
	if (!sp)
		return;
	causes_free(sp->causes);
	links_free(sp->links);
	netns_free(sp->ns);
	free(sp);
}

static int space_open(struct spaces *s, struct netns *ns, struct space **ret)
{
	struct space *sp = calloc(1, sizeof(*sp));
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = s->cfg.source };
	int r;

	if (!sp) {
		netns_free(ns);
		return -ENOMEM;
	}
	sp->all = s;
	sp->ns = ns;
	sp->home = !s->n;
	r = links_open(&sp->links, ns, s->cfg.policy, on_change, sp);
	if (!r)
		r = causes_open(&sp->causes, sp->links);
	if (!r && epoll_ctl(s->cfg.epfd, EPOLL_CTL_ADD, links_fd(sp->links), &ev))
		r = -errno;
	if (r) {
		space_free(sp);
		return r;
	}
	*ret = sp;
	return 0;
}

int spaces_add(struct spaces *s, struct netns *ns)
{
	struct space **grown, *sp;
	size_t i;
	int r;

	for (i = 0; i < s->n; i++)
		if (netns_equal(s->v[i]->ns, ns)) {
			netns_free(ns);
			return 0;
		}
	grown = reallocarray(s->v, s->n + 1, sizeof(*grown));
	if (!grown) {
		netns_free(ns);
		return -ENOMEM;
	}
	s->v = grown;
	kernel_know_netns(s->cfg.kernel, ns->cookie);
	r = space_open(s, ns, &sp);
	if (r)
		return r;
	s->v[s->n++] = sp;
	settle(s);
	return 0;
}

int spaces_open(struct spaces **ret, const struct spaces_config *cfg, struct netns *home,
		spaces_fn *fn, void *arg)
{
	_cleanup_(spaces_freep) struct spaces *s = calloc(1, sizeof(*s));
	int r;

	if (!s) {
		netns_free(home);
		return -ENOMEM;
	}
	s->cfg = *cfg;
	s->fn = fn;
	s->arg = arg;
	s->tc_mode = "none";
	r = spaces_add(s, home);
	if (r)
		return r;
	*ret = take_ptr(s);
	return 0;
}

void spaces_free(struct spaces *s)
{
	size_t i;

	if (!s)
		return;
	for (i = 0; i < s->n_ifaces; i++) {
		tc_detach(s->ifaces[i]->tc);
		free(s->ifaces[i]->onlink);
		free(s->ifaces[i]);
	}
	for (i = 0; i < s->n; i++)
		space_free(s->v[i]);
	free(s->ifaces);
	free(s->rows);
	free(s->v);
	free(s);
}

int spaces_dispatch(struct spaces *s)
{
	int r, worst = 0;
	size_t i;

	for (i = 0; i < s->n; i++) {
		r = links_dispatch(s->v[i]->links);
		if (r && !worst) {
			worst = r;
			mark_incomplete(s, "cannot follow the interfaces of a namespace,", "netlink", r);
		}
	}
	settle(s);
	return worst;
}

static void check_link(struct space *sp, struct link *link)
{
	struct iface *i = link->user;

	if (!i)
		return;
	if (i->tc && !tc_hook_alive(i->tc)) {
		mark_incomplete(sp->all, "somebody removed the TC hook of", link->name, -ENOENT);
		tc_detach(take_ptr(i->tc));
		place_tc(sp, link, i);
	}
	/* WireGuard's peers roam; a tun's holder says it by a tunnel going up */
	if (link->up && link->tun == LINK_TUN_NONE)
		learn_transport(sp, link);
}

void spaces_check(struct spaces *s)
{
	struct link *link;
	size_t i;

	for (i = 0; i < s->n; i++)
		for (link = links_next(s->v[i]->links, NULL); link;
		     link = links_next(s->v[i]->links, link))
			check_link(s->v[i], link);
	settle(s);
}

static int see_inhabitant(void *arg, pid_t pid)
{
	struct spaces *s = arg;
	char path[64];
	struct stat st;
	size_t i;

	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	if (stat(path, &st))
		return 0;
	for (i = 0; i < s->n; i++)
		if (s->v[i]->ns->ino == st.st_ino && s->v[i]->ns->dev == st.st_dev)
			s->v[i]->inhabited = true;
	return 0;
}

static void leave(struct space *sp)
{
	struct link *link;

	/* told anew when a process comes back to it */
	kernel_forget_netns(sp->all->cfg.kernel, sp->ns->cookie);
	for (link = links_next(sp->links, NULL); link; link = links_next(sp->links, link))
		if (link->user)
			disappear(sp, link->user);
	tc_forget(sp->all->cfg.kernel, sp->ns);
	space_free(sp);
}

void spaces_leave(struct spaces *s, const struct scope *scope)
{
	size_t i;

	if (s->n < 2)
		return;
	for (i = 0; i < s->n; i++)
		s->v[i]->inhabited = s->v[i]->home;
	if (scope_pids(scope, see_inhabitant, s))
		return;
	for (i = s->n; i-- > 1;) {
		if (s->v[i]->inhabited)
			continue;
		leave(s->v[i]);
		s->v[i] = s->v[--s->n];
	}
	settle(s);
}

void spaces_detach(struct spaces *s)
{
	size_t i;

	for (i = 0; i < s->n_ifaces; i++)
		tc_detach(take_ptr(s->ifaces[i]->tc));
}

static const struct iface *find_iface(const struct spaces *s, uint64_t netns, uint32_t ifindex)
{
	size_t i;

	for (i = s->n_ifaces; i-- > 0;) /* the latest first: an index may come back */
		if (s->ifaces[i]->ifindex == ifindex && s->ifaces[i]->netns == netns)
			return s->ifaces[i];
	return NULL;
}

const char *spaces_ifname(const struct spaces *s, uint64_t netns, uint32_t ifindex)
{
	const struct iface *i = find_iface(s, netns, ifindex);

	return i ? i->name : NULL;
}

int spaces_role(const struct spaces *s, uint64_t netns, uint32_t ifindex)
{
	const struct iface *i = find_iface(s, netns, ifindex);

	return i ? i->role.role : -ENOENT;
}

const char *spaces_slot_name(const struct spaces *s, uint32_t slot)
{
	return slot && slot <= s->n_ifaces ? s->ifaces[slot - 1]->name : NULL;
}

struct causes *spaces_causes(const struct spaces *s, uint64_t netns)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (s->v[i]->ns->cookie == netns)
			return s->v[i]->causes;
	return NULL;
}

const struct record_interface *spaces_interfaces(struct spaces *s, size_t *n)
{
	struct space *home = s->v[0];
	struct record_interface *rows;
	const struct link *link;

	*n = 0;
	rows = reallocarray(s->rows, s->n_ifaces + 1, sizeof(*rows));
	if (!rows)
		return NULL;
	s->rows = rows;
	for (link = links_next(home->links, NULL); link; link = links_next(home->links, link))
		if (*n < s->n_ifaces)
			rows[(*n)++] = describe(home, link);
	return rows;
}

const char *spaces_tc_mode(const struct spaces *s)
{
	return s->tc_mode;
}

const char *spaces_incomplete(const struct spaces *s)
{
	return s->incomplete[0] ? s->incomplete : NULL;
}
