/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "causelab.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <unistd.h>

#include "policy/policy.h"

static struct policy policy;
static struct netns *ns;
struct links *lab_links;
struct causes *lab_causes;
int lab_tun = -1;

static void on_change(void *arg, struct links *l, struct link *link, enum link_change change,
		      const struct link_old *old)
{
	(void)arg, (void)l, (void)link, (void)change, (void)old;
}

/* eth0 is the way out, tun0 the tunnel. */
void causelab_begin(void)
{
	ip("link add eth0 type veth peer name isp");
	ip("link set isp up");
	ip("link set eth0 up");
	ip("addr add 192.168.7.2/24 dev eth0");
	ip("addr add 2001:db8:1::2/64 dev eth0 nodad");
	ip("route add default via 192.168.7.1 dev eth0 proto dhcp metric 100");
	ip("-6 route add default via 2001:db8:1::1 dev eth0 proto ra metric 100");
	CHECK_INT(netns_open_self(&ns), 0);
	CHECK_INT(links_open(&lab_links, ns, policy_roles(&policy, true), on_change, NULL), 0);
	CHECK_INT(causes_open(&lab_causes, lab_links), 0);
}

void causelab_tunnel(void)
{
	lab_tun = netlab_tun("tun0", false);
	ip("link set tun0 up");
	ip("addr add 10.9.0.2/24 dev tun0");
	ip("route add default dev tun0 metric 50");
}

void causelab_end(void)
{
	close(lab_tun);
	causes_free(lab_causes);
	links_free(lab_links);
	netns_free(ns);
}

struct la_flow flow(const char *src, const char *dst)
{
	struct la_flow f = { .attribution = LA_ATTR_SOCKET, .cls = LA_CLASS_IPV4 };

	f.key.saddr = netlab_addr(src);
	f.key.daddr = netlab_addr(dst);
	f.key.family = (uint8_t)addr_family(&f.key.daddr);
	f.key.proto = IPPROTO_UDP;
	f.key.dport = 6881;
	f.key.ifindex = links_find_name(lab_links, "eth0")->ifindex;
	return f;
}

/* "route 0.0.0.0/1 static", "rule 100 fwmark 0x1", "tunnel-down tun0", or the cause alone */
const char *cause(const struct la_flow *f)
{
	static char text[256];
	struct record_leak l = { 0 };
	struct cause c;
	int n;

	CHECK_INT(links_dispatch(lab_links), 0);
	cause_of(lab_causes, f, &c);
	cause_tell(&c, &l);
	CHECK((l.cause == RECORD_CAUSE_ROUTE) == (l.route.prefix != NULL));
	CHECK((l.cause == RECORD_CAUSE_RULE) == (l.rule.selector != NULL));
	n = snprintf(text, sizeof(text), "%s", record_cause_name(l.cause) ?: "none");
	if (l.route.prefix)
		n += snprintf(text + n, sizeof(text) - n, " %s", l.route.prefix);
	if (l.route.protocol)
		n += snprintf(text + n, sizeof(text) - n, " %s", l.route.protocol);
	if (l.rule.selector)
		n += snprintf(text + n, sizeof(text) - n, " %u %s", l.rule.priority,
			      l.rule.selector);
	if (l.tunnel.name)
		n += snprintf(text + n, sizeof(text) - n, " %s", l.tunnel.name);
	if (l.tunnel.prefix)
		snprintf(text + n, sizeof(text) - n, " %s", l.tunnel.prefix);
	return text;
}
