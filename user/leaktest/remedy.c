/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What helps against each failure that the test can find. */
#include <linux/rtnetlink.h>
#include <string.h>

#include "evaluate.h"
#include "base/text.h"

#define GUARD "leakaudit guard"

/* What set the route would set it again: names how to prevent that. */
static void by_origin(struct text *t, const struct probe_result *f, const char *dev)
{
	if (!strcmp(f->protocol, "dhcp"))
		text_add(t, ", and keep the DHCP client from setting it (option 121)");
	else if (!strcmp(f->protocol, "ra"))
		text_add(
			t,
			", and keep router advertisements from setting it (sysctl net.ipv6.conf.%s."
			"accept_ra_rt_info_max_plen=0)",
			dev);
	else
		text_add(t, ", and keep whoever set it%s%s%s from it",
			 f->protocol[0] ? " (protocol " : "", f->protocol,
			 f->protocol[0] ? ")" : "");
}

/* A network that has the VPN's range, or a part of it, by chance or to pull it out. */
static void by_claim(struct text *t, const struct probe_result *f, const char *dev)
{
	text_add(t,
		 "%s's network has a range of %s's (%s): leave it, or give it another range; or "
		 "accept it with --allow %s; or " GUARD,
		 dev, f->tunnel, f->claim, f->prefix);
}

static void by_route(struct text *t, const struct probe *p, const struct probe_result *f,
		     const char *dev)
{
	const char *prefix = f->prefix[0] ? f->prefix : "PREFIX";
	bool routes = p->kind->aim == PROBE_TO_ROUTES;

	if (f->claim[0]) {
		by_claim(t, f, dev);
		return;
	}
	if (!strcmp(f->protocol, "kernel")) {
		text_add(t,
			 "public neighbours of %s's address: give it a /%d (noprefixroute), or "
			 "accept "
			 "them with --allow %s; or " GUARD,
			 dev, p->family == 6 ? 128 : 32, prefix);
		return;
	}
	text_add(t, "ip%s route del %s dev %s", p->family == 6 ? " -6" : "", prefix, dev);
	if (routes && p->route.table != RT_TABLE_MAIN)
		text_add(t, " table %u", p->route.table);
	by_origin(t, f, dev);
	if (routes && p->route.dst.len == 128)
		text_add(t, "; --allow %.*s if the VPN's server is there",
			 (int)strcspn(prefix, "/"), prefix);
	text_add(t, "; or " GUARD);
}

static void by_cause(struct text *t, const struct probe *p, const struct probe_result *f)
{
	const char *dev = f->path[0] ? f->path : "IF";

	switch (f->cause) {
	case RECORD_CAUSE_NO_TUNNEL:
		text_add(t,
			 "start the VPN (or name its interface with --tunnel IF), and have " GUARD
			 " stop what would leave before it is up");
		break;
	case RECORD_CAUSE_TUNNEL_DOWN:
	case RECORD_CAUSE_TUNNEL_ADDRESS:
		text_add(t,
			 "have a kill switch stop what leaves %s while the tunnel is down: " GUARD
			 ", or an nft rule 'oifname != \"TUNNEL\" drop'",
			 dev);
		break;
	case RECORD_CAUSE_FAMILY:
		text_add(
			t,
			"disable IPv6 on %s (sysctl net.ipv6.conf.%s.disable_ipv6=1) or route ::/0 "
			"into the tunnel; or " GUARD,
			dev, dev);
		break;
	case RECORD_CAUSE_ROUTE:
		by_route(t, p, f, dev);
		break;
	case RECORD_CAUSE_RULE:
		text_add(t,
			 "'ip rule' has it as %u: take it away, or let fewer packets through it; "
			 "or " GUARD,
			 f->priority);
		break;
	case RECORD_CAUSE_TUNNEL_PROBED:
		text_add(t,
			 "a firewall drops what comes in on %s for the tunnel's address, and "
			 "sysctl net.ipv4.conf.all.arp_ignore=1 keeps it unknown there",
			 dev);
		break;
	case RECORD_CAUSE_RESOLVER:
		text_add(t,
			 "name a resolver that is reached through the tunnel in /etc/resolv.conf "
			 "(or: resolvectl dns TUNNEL ADDRESS); or " GUARD);
		break;
	case RECORD_CAUSE_BOUND:
		text_add(t,
			 "routes do not affect a socket that is bound to %s: an nft rule 'oifname "
			 "\"%s\" drop' for all but the VPN's own; or " GUARD,
			 dev, dev);
		break;
	default:
		text_add(t,
			 "an nft rule 'oifname \"%s\" drop' for all but the VPN's own; or " GUARD,
			 dev);
	}
}

static void by_doubt(struct text *t, const struct probe *p, const struct probe_result *f)
{
	switch (f->doubt) {
	case PROBE_DOUBT_LINE:
		text_add(t,
			 "test again when the line works, and when no rule stops ARP and neighbour "
			 "discovery: only then it shows what stops the probe");
		return;
	case PROBE_DOUBT_FILTER:
		text_add(t, "--no-drop-probes lets the probe come to it, and out if it does not "
			    "stop it");
		return;
	case PROBE_DOUBT_GUARD:
		text_add(t, "--only=frame,icmp tries it with plain packets as well");
		return;
	case PROBE_DOUBT_ADDRESS:
		text_add(t,
			 "test again; 'ip addr show dev %s' tells of an address that is tentative, "
			 "or a duplicate (dadfailed)",
			 p->ifname);
		return;
	case PROBE_DOUBT_OTHER:
		break;
	}
	if (p->kind->port == 53)
		text_add(t, "'leakaudit watch --unit' of the resolver (systemd-resolved, dnsmasq, "
			    "unbound) shows its queries; --only skips this probe");
	else
		text_add(t,
			 "run the test again; 'leakaudit watch' reports each packet that leaves");
}

void probe_remedy(const struct probe *p, struct probe_result *f)
{
	struct text t;

	text_init(&t, f->remedy, sizeof(f->remedy));
	if (f->status == PROBE_UNKNOWN)
		by_doubt(&t, p, f);
	else if (f->status != PROBE_FAIL)
		return;
	else if (p->kind->transport == PROBE_FRAME)
		text_add(&t,
			 "take CAP_NET_RAW away from the program, or drop at the interface (nft, a "
			 "netdev egress chain on %s); or " GUARD,
			 f->path);
	else
		by_cause(&t, p, f);
}
