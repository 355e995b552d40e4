/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vpn_client.h"

#include <string.h>

#include "base/util.h"
#include "core/verdict.h"

/* The kernel keeps 15 bytes of a name. */
static const char *const names[] = {
	"amneziawg-go",
	"boringtun",
	"boringtun-cli",
	"charon",
	"charon-nm",
	"charon-systemd",
	"edge",
	"iked",
	"nebula",
	"openconnect",
	"openfortivpn",
	"openvpn",
	"openvpn3-servic",
	"pluto",
	"pppd",
	"pptp",
	"sstpc",
	"tailscaled",
	"tincd",
	"vpnagentd",
	"vpnc",
	"wireguard-go",
	"xl2tpd",
	"zerotier-one",
};

bool vpn_client_sends(const struct la_flow *flow)
{
	size_t i;

	if (!flow->owner.tgid || !la_may_be_outer(flow->cls, flow->detail))
		return false;
	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (!strncmp(flow->owner.comm, names[i], sizeof(flow->owner.comm)))
			return true;
	return false;
}
