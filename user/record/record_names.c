/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of enums, generated from the tables that define them. */
#include "record.h"
#include "base/util.h"
#include "core/tables.h"

static const char *name_of(const char *const *names, size_t n, unsigned int i)
{
	return i < n && names[i] && *names[i] ? names[i] : NULL;
}

#define NAME2(sym, name) name,
#define NAME3(sym, name, help) name,

/* clang-format off */
#define NAMES(function, type, arg, table, X)                          \
	const char *record_##function##_name(type arg)                \
	{                                                             \
		static const char *const names[] = { table(X) };      \
		return name_of(names, ARRAY_SIZE(names), arg);        \
	}

NAMES(action, enum record_action, a, RECORD_ACTIONS, NAME2)
NAMES(cause, enum record_cause, c, RECORD_CAUSES, NAME2)
NAMES(class, unsigned int, cls, LA_CLASSES, NAME3)
NAMES(detail, unsigned int, detail, LA_DETAILS, NAME3)
NAMES(exempt, unsigned int, exempt, LA_EXEMPTIONS, NAME3)
NAMES(verdict, unsigned int, verdict, LA_VERDICTS, NAME3)
NAMES(outcome, enum record_outcome, o, RECORD_OUTCOMES, NAME2)
NAMES(role, unsigned int, role, LA_ROLES, NAME3)
NAMES(hook, unsigned int, hook, LA_HOOKS, NAME3)
NAMES(attribution, unsigned int, attribution, LA_ATTRIBUTIONS, NAME3)
NAMES(refusal, unsigned int, refusal, LA_REFUSALS, NAME3)
NAMES(way, unsigned int, way, LA_WAYS, NAME3)
/* clang-format on */

const char *record_stop_name(unsigned int stop)
{
	static const char *const names[] = { LA_STOPS(NAME3) };

	return stop == LA_STOP_UNKNOWN ? NULL : name_of(names, ARRAY_SIZE(names), stop);
}

const char *record_flow_name(enum record_flow f)
{
	static const char *const names[] = {
		[RECORD_FLOW_OPEN] = "open",
		[RECORD_FLOW_UPDATE] = "update",
		[RECORD_FLOW_CLOSE] = "close",
	};

	return name_of(names, ARRAY_SIZE(names), f);
}

/* IANA's keywords in lower case, for the protocols that a VPN host sends. */
const char *record_transport_name(unsigned int proto)
{
	static const char *const names[] = {
		[1] = "icmp",	[2] = "igmp",	  [4] = "ipv4",	     [6] = "tcp",
		[17] = "udp",	[33] = "dccp",	  [41] = "ipv6",     [46] = "rsvp",
		[47] = "gre",	[50] = "esp",	  [51] = "ah",	     [58] = "ipv6-icmp",
		[88] = "eigrp", [89] = "ospfigp", [103] = "pim",     [112] = "vrrp",
		[115] = "l2tp", [132] = "sctp",	  [136] = "udplite",
	};

	return name_of(names, ARRAY_SIZE(names), proto);
}
