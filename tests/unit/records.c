/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "records.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "record/record_json.h"

static struct la_addr address(const char *s)
{
	struct la_addr a = { .w = { 0, 0, htonl(0xffff), 0 } };

	if (strchr(s, ':'))
		inet_pton(AF_INET6, s, &a);
	else
		inet_pton(AF_INET, s, &a.w[3]);
	return a;
}

struct record dns_leak(void)
{
	return (struct record){
		.action = RECORD_LEAK,
		.sequence = 12,
		.time = { 1795432151, 123456789 },
		.leak = {
			.flow = {
				.key = {
					.saddr = address("192.0.2.10"),
					.daddr = address("192.0.2.53"),
					.cookie = 10423,
					.netns = 1,
					.ifindex = 2,
					.sport = 40123,
					.dport = 53,
					.proto = IPPROTO_UDP,
					.family = 4,
				},
				.packets = 1,
				.bytes = 71,
				.left_packets = 1,
				.left_bytes = 71,
				.cls = LA_CLASS_DNS,
				.detail = LA_DETAIL_DNS_UDP,
				.hook = LA_HOOK_CGROUP,
				.attribution = LA_ATTR_SOCKET,
			},
			.state = RECORD_FLOW_OPEN,
			.cause = RECORD_CAUSE_TUNNEL_DOWN,
			.ifname = "eth0",
			.process = {
				.pid = 812,
				.has_uid = true,
				.uid = 1000,
				.name = "transmission-da",
				.executable = "/usr/bin/transmission-daemon",
				.cgroup_path = "/system.slice/transmission-daemon.service",
				.cgroup_id = 4711,
			},
			.dns_name = "tracker.example",
			.dns_type = "A",
		},
	};
}

struct record plain_leak(unsigned int family, unsigned int proto)
{
	struct record r = dns_leak();

	r.leak.dns_name = r.leak.dns_type = NULL;
	r.leak.cause = RECORD_CAUSE_NONE;
	r.leak.process = (struct record_process){ .pid = 7, .name = "curl" };
	r.leak.flow.cls = family == 4 ? LA_CLASS_IPV4 : LA_CLASS_IPV6;
	r.leak.flow.detail = LA_DETAIL_NONE;
	r.leak.flow.key.family = family;
	r.leak.flow.key.proto = proto;
	r.leak.flow.key.dport = 443;
	if (family == 6)
		r.leak.flow.key.daddr = address("2001:db8::1");
	return r;
}

const char *message(const struct record *r)
{
	static char s[1024];

	record_message(r, s, sizeof(s));
	return s;
}

const char *line(const struct record *r)
{
	static struct json j;
	static char copy[8192];
	const char *s;
	size_t len;

	json_reset(&j);
	record_json(&j, r);
	if (json_line(&j, &s, &len) < 0)
		return NULL;
	snprintf(copy, sizeof(copy), "%.*s", (int)len, s);
	json_free(&j);
	return copy;
}
