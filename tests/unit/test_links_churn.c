/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random changes, and a socket that often cannot hold them: in the end the
 * table is what a new one is, and so is what the callbacks have told.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "network/links.h"
#include "policy/policy.h"
#include "netlab.h"

#define STEPS 150
#define IDS 64

/* What a caller knows who has done nothing but listen. */
struct told {
	bool here, up, wants_tc;
	char name[IFNAMSIZ];
	enum la_role_kind role;
	size_t n_onlink;
};

static struct told told[IDS];
static struct policy policy;

static void on_change(void *arg, struct links *l, struct link *link, enum link_change change,
		      const struct link_old *old)
{
	struct told *t = &told[link->ifindex % IDS];

	(void)l;
	if (!arg)
		return;
	CHECK(t->here == (change != LINK_NEW));
	switch (change) {
	case LINK_UNCHANGED:
		CHECK(false);
		break;
	case LINK_NEW:
		*t = (struct told){ .here = true, .role = link->role, .n_onlink = link->n_onlink };
		t->wants_tc = link_wants_tc(link);
		memcpy(t->name, link->name, sizeof(t->name));
		break;
	case LINK_GONE:
		CHECK(!t->up);
		t->here = false;
		break;
	case LINK_RENAMED:
		CHECK_STR(old->name, t->name);
		memcpy(t->name, link->name, sizeof(t->name));
		break;
	case LINK_ROLE:
		CHECK_INT(old->role, t->role);
		t->role = link->role;
		break;
	case LINK_UP:
	case LINK_DOWN:
		CHECK(t->up == (change == LINK_DOWN));
		t->up = change == LINK_UP;
		break;
	case LINK_ONLINK:
		t->n_onlink = link->n_onlink;
		break;
	case LINK_PLACE:
		t->wants_tc = link_wants_tc(link);
		break;
	}
}

/* Some fail, since there is no such interface (any more). */
static void change(pid_t other)
{
	static const char *const names[] = { "va", "vb", "vc", "br0", "tun0", "tun1", "mv0" };
	const char *a = names[rand() % ARRAY_SIZE(names)], *b = names[rand() % ARRAY_SIZE(names)];
	char cmd[256];

	switch (rand() % 11) {
	case 0:
		snprintf(cmd, sizeof(cmd), "link add %s type veth peer name %s", a, b);
		break;
	case 1:
		snprintf(cmd, sizeof(cmd), "link add br0 type bridge");
		break;
	case 2:
		snprintf(cmd, sizeof(cmd), "tuntap add %s mode tun", rand() % 2 ? "tun0" : "tun1");
		break;
	case 3:
		snprintf(cmd, sizeof(cmd), "link del %s", a);
		break;
	case 4:
		snprintf(cmd, sizeof(cmd), "link set %s %s", a, rand() % 3 ? "up" : "down");
		break;
	case 5:
		snprintf(cmd, sizeof(cmd), "addr add 192.168.%d.1/24 dev %s", rand() % 9, a);
		break;
	case 6:
		snprintf(cmd, sizeof(cmd), "link set %s %s", a,
			 rand() % 2 ? "master br0" : "nomaster");
		break;
	case 7:
		snprintf(cmd, sizeof(cmd), "link set %s name %s", a, b);
		break;
	case 8:
		snprintf(cmd, sizeof(cmd), "link add mv0 link %s type macvlan", a);
		break;
	case 9:
		snprintf(cmd, sizeof(cmd), "addr flush dev %s", a);
		break;
	default:
		snprintf(cmd, sizeof(cmd), "link set %s netns %d", a, (int)other);
		break;
	}
	memmove(cmd + 3, cmd, strlen(cmd) + 1);
	memcpy(cmd, "ip ", 3);
	strcat(cmd, " 2>/dev/null");
	if (system(cmd) < 0)
		printf("# cannot run %s\n", cmd);
}

static bool has_same_onlink(const struct link *a, const struct link *b)
{
	size_t i;

	for (i = 0; i < a->n_onlink && i < b->n_onlink; i++)
		if (a->onlink[i].len != b->onlink[i].len ||
		    !addr_equal(&a->onlink[i].addr, &b->onlink[i].addr))
			return false;
	return a->n_onlink == b->n_onlink;
}

/* What is on-link is found anew for those alone that a change concerns. An address may come late. */
static bool is_onlink_as_read_anew(struct links *l, const struct netns *ns)
{
	const struct link *a, *b;
	struct links *fresh;
	bool same = false;
	int tries;

	for (tries = 0; tries < 100 && !same; tries++) {
		if (tries)
			usleep(50000);
		CHECK_INT(links_open(&fresh, ns, policy_roles(&policy, true), on_change, NULL), 0);
		CHECK_INT(links_dispatch(l), 0);
		same = links_count(l) == links_count(fresh);
		for (a = NULL; same && (a = links_next(l, a));) {
			b = links_find(fresh, a->ifindex);
			same = b && has_same_onlink(a, b);
		}
		links_free(fresh);
	}
	return same;
}

static void compare(const struct links *l, const struct links *fresh)
{
	const struct link *a = links_next(l, NULL), *b = links_next(fresh, NULL);
	const struct told *t;
	size_t here = 0, i;

	for (; a && b; a = links_next(l, a), b = links_next(fresh, b)) {
		t = &told[a->ifindex % IDS];
		CHECK_INT(a->ifindex, b->ifindex);
		CHECK_STR(a->name, b->name);
		CHECK_STR(a->kind, b->kind);
		CHECK_STR(t->name, b->name);
		CHECK(a->role == b->role && t->role == b->role);
		CHECK(a->up == b->up && t->up == b->up);
		CHECK(a->master == b->master && a->peer_elsewhere == b->peer_elsewhere);
		CHECK(a->lower == b->lower || a->peer_elsewhere);
		CHECK(a->n_addrs == b->n_addrs);
		CHECK(has_same_onlink(a, b) && t->n_onlink == b->n_onlink);
		CHECK(link_wants_tc(a) == link_wants_tc(b) && t->wants_tc == link_wants_tc(b));
		here++;
	}
	CHECK(!a && !b);
	for (i = 0; i < IDS; i++)
		here -= told[i].here;
	CHECK_INT(here, 0);
}

/* The kernel lists an IPv6 address at once, and tells of it seconds later, when
 * it knows that no other host has it. Nobody has: it need not look. */
static void no_dad(void)
{
	CHECK_INT(system("echo 0 >/proc/sys/net/ipv6/conf/all/accept_dad && "
			 "echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad"),
		  0);
}

static void churn(unsigned int seed, bool overrun)
{
	int i, size = 1, before = unit_failures;
	struct links *l, *fresh;
	pid_t other = netlab_sleeper();
	struct netns *ns;

	srand(seed);
	no_dad();
	memset(told, 0, sizeof(told));
	CHECK_INT(netns_open_self(&ns), 0);
	CHECK_INT(links_open(&l, ns, policy_roles(&policy, true), on_change, &policy), 0);
	if (overrun)
		setsockopt(links_fd(l), SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	for (i = 0; i < STEPS && unit_failures == before; i++) {
		change(other);
		if (rand() % 8 == 0)
			CHECK_INT(links_dispatch(l), 0);
		if (!overrun && i % 8 == 7)
			CHECK(is_onlink_as_read_anew(l, ns));
	}
	CHECK((links_resyncs(l) > 0) == overrun);
	/* carrier may still change for a second */
	for (i = 0; i < 30; i++) {
		usleep(50000);
		CHECK_INT(links_dispatch(l), 0);
	}
	CHECK_INT(links_open(&fresh, ns, policy_roles(&policy, true), on_change, NULL), 0);
	CHECK_INT(links_dispatch(l), 0);
	compare(l, fresh);
	if (unit_failures != before)
		printf("# with seed %u, after %d steps\n", seed, i);
	links_free(fresh);
	links_free(l);
	netns_free(ns);
	netlab_end(other);
}

static void body_churn(void)
{
	churn(5, false);
}

static void body_overrun(void)
{
	churn(2, true);
}

static void test_churn(void)
{
	NETLAB_TEST(body_churn);
}

static void test_overrun(void)
{
	NETLAB_TEST(body_overrun);
}

UNIT_MAIN("links_churn", { "random", test_churn }, { "overrun", test_overrun })
