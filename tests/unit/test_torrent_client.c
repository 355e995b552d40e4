/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which setting of which torrent client is missing, from what leaks. */
#include <netinet/in.h>
#include <string.h>

#include "facts/torrent_client.h"
#include "unit.h"

static const struct {
	const char *name, *executable;
	unsigned int detail, proto, family;
	const char *want; /* NULL: no remedy */
} rows[] = {
	{ "qbittorrent-nox", NULL, LA_DETAIL_DHT, IPPROTO_UDP, 4, "\"Network interface\"" },
	{ "qbittorrent-nox", NULL, LA_DETAIL_HANDSHAKE, IPPROTO_TCP, 6, "\"Network interface\"" },
	{ "deluged", "/usr/bin/python3.11", LA_DETAIL_HANDSHAKE, IPPROTO_TCP, 4,
	  "outgoing_interface" },
	{ "deluged", NULL, LA_DETAIL_UTP, IPPROTO_UDP, 4, "listen_interface" },
	{ "deluged", NULL, LA_DETAIL_TRACKER, IPPROTO_UDP, 6, "listen_interface" },
	{ "deluged", NULL, LA_DETAIL_PORTMAP, IPPROTO_TCP, 4, "listen_interface" },
	{ "deluged", NULL, LA_DETAIL_LSD, IPPROTO_UDP, 4, "listen_interface" },
	{ "transmission-da", NULL, LA_DETAIL_HANDSHAKE, IPPROTO_TCP, 4, "bind-address-ipv4" },
	{ "transmission-da", NULL, LA_DETAIL_DHT, IPPROTO_UDP, 6, "bind-address-ipv6" },
	{ "transmission-da", NULL, LA_DETAIL_LSD, IPPROTO_UDP, 4, "lpd-enabled to false" },
	{ "transmission-da", NULL, LA_DETAIL_PORTMAP, IPPROTO_UDP, 4, "port-forwarding-enabled" },
	{ "aria2c", NULL, LA_DETAIL_TRACKER, IPPROTO_TCP, 4, "--interface" },
	{ "aria2c", NULL, LA_DETAIL_LSD, IPPROTO_UDP, 4, "--bt-enable-lpd=false" },
	{ "rtorrent main", "/usr/bin/rtorrent", LA_DETAIL_BULK, IPPROTO_TCP, 4,
	  "network.bind_address" },
	{ "python3", "/opt/deluge", LA_DETAIL_DHT, IPPROTO_UDP, 4, "listen_interface" },
	{ "rtorrent", NULL, LA_DETAIL_PORTMAP, IPPROTO_UDP, 4, NULL },
	{ "aria2", NULL, LA_DETAIL_DHT, IPPROTO_UDP, 4, NULL },
	{ NULL, NULL, LA_DETAIL_DHT, IPPROTO_UDP, 4, NULL },
};

static struct record_leak leak_of(size_t i)
{
	struct record_leak l = { .process = { .name = rows[i].name,
					      .executable = rows[i].executable } };

	l.flow.cls = LA_CLASS_TORRENT;
	l.flow.detail = rows[i].detail;
	l.flow.key.proto = rows[i].proto;
	l.flow.key.family = rows[i].family;
	return l;
}

static void test_settings(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct record_leak l = leak_of(i);
		const char *setting = torrent_client_setting(&l);

		CHECK(rows[i].want ? setting && strstr(setting, rows[i].want) : !setting);
	}
}

static void test_none(void)
{
	struct record_leak l = leak_of(7);

	/* What is bound to an address leaves when its tunnel is gone: it is set already. */
	l.cause = RECORD_CAUSE_TUNNEL_ADDRESS;
	CHECK(!torrent_client_setting(&l));
	l = leak_of(0);
	l.cause = RECORD_CAUSE_TUNNEL_ADDRESS;
	CHECK(torrent_client_setting(&l));
	l.ingress = true;
	CHECK(!torrent_client_setting(&l));
	l = leak_of(0);
	l.flow.cls = LA_CLASS_DNS; /* names are asked by what no setting binds */
	CHECK(!torrent_client_setting(&l));
}

/* clang-format off */
UNIT_MAIN("torrent_client",
	  { "settings", test_settings },
	  { "none", test_none })
