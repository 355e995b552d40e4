/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "link.h"

#include <string.h>

static bool kind_is_any(const char *kind, const char *const *kinds)
{
	for (; *kinds; kinds++) {
		if (strcmp(kind, *kinds) == 0)
			return true;
	}
	return false;
}

bool link_is_upper(const struct link *link)
{
	static const char *const kinds[] = {
		"vlan", "macvlan", "macvtap", "ipvlan", "ipvtap", NULL
	};

	return link->lower && kind_is_any(link->kind, kinds);
}

bool link_is_stacked(const struct link *link)
{
	return !link->lower_elsewhere && link_is_upper(link);
}

bool link_is_master(const struct link *link)
{
	static const char *const kinds[] = { "bridge", "bond", "team", "vrf", "openvswitch", NULL };

	return kind_is_any(link->kind, kinds);
}

bool link_encapsulates(const struct link *link)
{
	static const char *const kinds[] = { "vxlan",	  "geneve", "bareudp",	 "gretap",
					     "ip6gretap", "erspan", "ip6erspan", "gre",
					     "ip6gre",	  "ipip",   "ip6tnl",	 "sit",
					     "gtp",	  NULL };

	return kind_is_any(link->kind, kinds);
}

bool link_is_pair(const struct link *link)
{
	static const char *const kinds[] = { "veth", "netkit", NULL };

	return kind_is_any(link->kind, kinds);
}

bool link_is_port(const struct link *link)
{
	static const char *const switches[] = { "bridge", "openvswitch", NULL };

	return kind_is_any(link->master_kind, switches);
}

/*
 * A packet is counted once, on the device where it leaves the namespace. So these devices are
 * excluded:
 */
bool link_wants_tc(const struct link *link)
{
	if (link->role != LA_ROLE_EXPOSED)
		return false;
	/* Each hands its packets to ports or slaves of its own namespace, or to the one
	 * device below. macsec is not among them: the device below it sees nothing but
	 * ciphertext. */
	if (link_is_master(link) || link_is_stacked(link))
		return false;
	/*
	 * A device that gets packets for shaping, inbound ones too, and returns them to where they
	 * came from.
	 */
	if (strcmp(link->kind, "ifb") == 0)
		return false;
	/*
	 * A container's end of a switch. What goes out there enters another namespace of this
	 * machine, and is counted if it leaves that one. A veth that is not a port is counted: it
	 * is how a namespace reaches the world.
	 */
	return !(link->peer_elsewhere && link_is_port(link));
}

bool link_is_onlink(const struct link *link, const struct la_addr *addr)
{
	size_t i;

	for (i = 0; i < link->n_onlink; i++) {
		if (prefix_has(&link->onlink[i], addr))
			return true;
	}
	return false;
}
