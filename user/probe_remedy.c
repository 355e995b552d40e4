/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What helps against each fault that the test can find. */
#include <string.h>

#include "probe_judge.h"
#include "text.h"

#define GUARD "leakaudit guard"

static void by_cause(struct text *t, const struct probe *p, const struct probe_finding *f)
{
	const char *dev = f->path[0] ? f->path : "IF";

	switch (f->cause) {
	case RECORD_CAUSE_NO_TUNNEL:
		text_add(t, "start the VPN (or name its interface with --tunnel IF), and have " GUARD
			    " stop what would leave before it is up");
		break;
	case RECORD_CAUSE_TUNNEL_DOWN:
	case RECORD_CAUSE_TUNNEL_ADDRESS:
		text_add(t, "have a kill switch stop what leaves %s while the tunnel is down: " GUARD
			    ", or an nft rule 'oifname != \"TUNNEL\" drop'", dev);
		break;
	case RECORD_CAUSE_FAMILY:
		text_add(t, "disable IPv6 on %s (sysctl net.ipv6.conf.%s.disable_ipv6=1) or route ::/0 "
			    "into the tunnel; or " GUARD, dev, dev);
		break;
	case RECORD_CAUSE_ROUTE:
		text_add(t, "ip%s route del %s dev %s; from DHCP or RA, have the client ignore routes "
			    "(option 121); or " GUARD, p->family == 6 ? " -6" : "",
			 f->prefix[0] ? f->prefix : "PREFIX", dev);
		break;
	case RECORD_CAUSE_RESOLVER:
		text_add(t, "name a resolver that is reached through the tunnel in /etc/resolv.conf "
			    "(or: resolvectl dns TUNNEL ADDRESS); or " GUARD);
		break;
	case RECORD_CAUSE_BOUND:
		text_add(t, "routes do not bind a socket that is bound to %s: an nft rule 'oifname \"%s\" "
			    "drop' for all but the VPN's own; or " GUARD, dev, dev);
		break;
	default:
		text_add(t, "an nft rule 'oifname \"%s\" drop' for all but the VPN's own; or " GUARD, dev);
	}
}

static void by_doubt(struct text *t, const struct probe *p, const struct probe_finding *f)
{
	(void)f;
	if (p->kind->port == 53)
		text_add(t, "'leakaudit watch --unit' of the resolver (systemd-resolved, dnsmasq, "
			    "unbound) shows where it asks; --only leaves this out");
	else
		text_add(t, "run the test again; 'leakaudit watch' sees each packet that leaves");
}

void probe_remedy(const struct probe *p, struct probe_finding *f)
{
	struct text t;

	text_init(&t, f->remedy, sizeof(f->remedy));
	if (f->verdict == PROBE_UNKNOWN)
		by_doubt(&t, p, f);
	else if (f->verdict != PROBE_FAIL)
		return;
	else if (p->kind->transport == PROBE_FRAME)
		text_add(&t, "take CAP_NET_RAW from the program, or drop at the interface (nft, a netdev "
			     "egress chain on %s); or " GUARD, f->path);
	else
		by_cause(&t, p, f);
}
