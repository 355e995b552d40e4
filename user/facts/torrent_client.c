/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "torrent_client.h"

#include <netinet/in.h>
#include <string.h>

#include "base/util.h"

/* What a client has different settings for. */
enum {
	TCP = 1, /* connections to peers, HTTP trackers, web seeds */
	UDP = 2, /* uTP, DHT, UDP trackers */
	LSD = 4, /* local discovery */
	PORTMAP = 8,
	ALL = TCP | UDP | LSD | PORTMAP
};

enum client { QBITTORRENT, DELUGE, TRANSMISSION, ARIA2, RTORRENT };

/* Of the process, or of its executable. The kernel keeps 15 bytes of a process's name. */
static const struct {
	const char *name;
	enum client client;
} names[] = {
	{ "aria2c", ARIA2 },
	{ "deluge", DELUGE },
	{ "deluge-gtk", DELUGE },
	{ "deluged", DELUGE },
	{ "qbittorrent", QBITTORRENT },
	{ "qbittorrent-nox", QBITTORRENT },
	{ "rtorrent", RTORRENT },
	{ "rtorrent main", RTORRENT },
	{ "transmission-cli", TRANSMISSION },
	{ "transmission-da", TRANSMISSION },
	{ "transmission-daemon", TRANSMISSION },
	{ "transmission-gt", TRANSMISSION },
	{ "transmission-gtk", TRANSMISSION },
	{ "transmission-qt", TRANSMISSION },
};

/* The first that fits. findings/ shows what each covers. */
static const struct {
	enum client client;
	unsigned int parts;
	unsigned int family; /* 0: both */
	bool by_address; /* it is left with an address alone, which may outlive its tunnel */
	const char *setting;
} settings[] = {
	{ QBITTORRENT, ALL, 0, false,
	  "in qBittorrent, set \"Network interface\" (Advanced) to the tunnel's, and \"Optional IP "
	  "address to bind to\" to all addresses" },
	/* libtorrent's outgoing_interfaces and listen_interfaces */
	{ DELUGE, TCP, 0, false,
	  "in Deluge, set \"Outgoing Interface\" (outgoing_interface) to the tunnel's name" },
	{ DELUGE, ALL, 0, false,
	  "in Deluge, set \"Incoming Address\" (listen_interface) to the tunnel's name" },
	{ TRANSMISSION, TCP | UDP, 4, true,
	  "in Transmission, set bind-address-ipv4 to the tunnel's address" },
	{ TRANSMISSION, TCP | UDP, 6, true,
	  "in Transmission, set bind-address-ipv6 to the tunnel's address" },
	{ TRANSMISSION, LSD, 0, false, "in Transmission, set lpd-enabled to false" },
	{ TRANSMISSION, PORTMAP, 0, false,
	  "in Transmission, set port-forwarding-enabled to false" },
	{ ARIA2, TCP | UDP, 0, true, "start aria2 with --interface and the tunnel's name" },
	{ ARIA2, LSD, 0, false, "start aria2 with --bt-enable-lpd=false" },
	{ RTORRENT, TCP | UDP, 0, true,
	  "in rtorrent, set network.bind_address to the tunnel's address" },
};

static const char *basename_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* An index of names; their number: none. */
static size_t find_name(const struct record_process *p)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if ((p->name && !strcmp(p->name, names[i].name)) ||
		    (p->executable && !strcmp(basename_of(p->executable), names[i].name)))
			break;
	return i;
}

static unsigned int part_of(const struct la_flow *flow)
{
	if (flow->detail == LA_DETAIL_LSD)
		return LSD;
	if (flow->detail == LA_DETAIL_PORTMAP)
		return PORTMAP;
	return flow->key.proto == IPPROTO_TCP ? TCP : UDP;
}

const char *torrent_client_setting(const struct record_leak *l)
{
	size_t name, i;

	if (l->flow.cls != LA_CLASS_TORRENT || l->ingress)
		return NULL;
	name = find_name(&l->process);
	if (name == ARRAY_SIZE(names))
		return NULL;
	for (i = 0; i < ARRAY_SIZE(settings); i++)
		if (settings[i].client == names[name].client &&
		    (settings[i].parts & part_of(&l->flow)) &&
		    (!settings[i].family || settings[i].family == l->flow.key.family))
			break;
	/* What has the address of a fallen tunnel was bound to that, and leaves all the same. */
	if (i == ARRAY_SIZE(settings) ||
	    (settings[i].by_address && l->cause == RECORD_CAUSE_TUNNEL_ADDRESS))
		return NULL;
	return settings[i].setting;
}
