/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record_cause.h"

#include <inttypes.h>

static void add_route(struct text *t, const struct record_leak *l)
{
	text_add(t, " (by the route ");
	text_escape(t, l->route.prefix ? l->route.prefix : "past the tunnel", false);
	if (l->route.protocol) {
		text_add(t, " from ");
		text_escape(t, l->route.protocol, false);
	}
	if (l->tunnel.prefix && l->tunnel.name) {
		text_add(t, "; %s is ", l->tunnel.prefix);
		text_escape(t, l->tunnel.name, false);
		text_add(t, "'s, so it is no LAN");
	}
	text_add(t, ")");
}

static void add_fall(struct text *t, const struct record_leak *l)
{
	text_add(t, " (the tunnel ");
	if (l->tunnel.name) {
		text_escape(t, l->tunnel.name, false);
		text_add(t, " ");
	}
	text_add(t, "is down)");
}

void record_say_cause(struct text *t, const struct record_leak *l)
{
	switch (l->cause) {
	case RECORD_CAUSE_NO_TUNNEL:
		text_add(t, " (there is no tunnel)");
		break;
	case RECORD_CAUSE_TUNNEL_DOWN:
		add_fall(t, l);
		break;
	case RECORD_CAUSE_TUNNEL_ADDRESS:
		text_add(t, " (with the address of a fallen tunnel)");
		break;
	case RECORD_CAUSE_TUNNEL_PROBED:
		text_add(t, " (a neighbour asks for the tunnel's address; a firewall that drops "
			    "what comes in for it elsewhere, and sysctl "
			    "net.ipv4.conf.all.arp_ignore=1, keep it from that)");
		break;
	case RECORD_CAUSE_BOUND:
		text_add(t, " (its socket is bound past the tunnel)");
		break;
	case RECORD_CAUSE_ROUTE:
		add_route(t, l);
		break;
	case RECORD_CAUSE_RULE:
		text_add(t, " (by the rule %" PRIu32 ": ", l->rule.priority);
		text_escape(t, l->rule.selector ? l->rule.selector : "all", false);
		text_add(t, ")");
		break;
	case RECORD_CAUSE_FAMILY:
		text_add(t, " (the tunnel carries no IPv%u)", l->flow.key.family);
		break;
	case RECORD_CAUSE_RESOLVER:
		text_add(t, " (its resolver is outside the tunnel)");
		break;
	case RECORD_CAUSE_PORTMAP:
		text_add(t, " (the router would open the real address)");
		break;
	case RECORD_CAUSE_NEW_INTERFACE:
		text_add(t, " (its interface was new, and not known yet)");
		break;
	case RECORD_CAUSE_LOGIN:
		text_add(t, " (the VPN's client talks to its server, as it must before the tunnel "
			    "is up)");
		break;
	case RECORD_CAUSE_NONE:
	case RECORD_CAUSE_MAX:
		break;
	}
}

void record_say_remedy(struct text *t, const struct record_leak *l)
{
	if (l->helped)
		return;
	if (l->remedy) {
		text_add(t, ": if this is your VPN's own traffic, start with ");
		text_str(t, l->remedy);
	} else if (l->setting) {
		text_add(t, ": ");
		text_str(t, l->setting);
	}
}

void record_say_netns(struct text *t, const char *netns)
{
	if (!netns)
		return;
	text_add(t, " in namespace ");
	text_escape(t, netns, false);
}

void record_put_cause(struct json *j, const struct record_leak *l)
{
	json_str(j, "cause", record_cause_name(l->cause));
	json_obj(j, "route");
	json_str(j, "prefix", l->route.prefix);
	json_str(j, "protocol", l->route.protocol);
	json_end(j);
	json_obj(j, "rule");
	json_str(j, "selector", l->rule.selector);
	if (l->rule.selector)
		json_u64(j, "priority", l->rule.priority);
	json_end(j);
	json_obj(j, "tunnel");
	json_str(j, "name", l->tunnel.name);
	json_str(j, "prefix", l->tunnel.prefix);
	json_end(j);
	json_str(j, "remedy", l->remedy ? l->remedy : l->setting);
}
