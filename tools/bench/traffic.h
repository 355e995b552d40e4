/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the audited process sends. The addresses are those that the script gives out. */
#ifndef LEAKAUDIT_BENCH_TRAFFIC_H
#define LEAKAUDIT_BENCH_TRAFFIC_H

/* One peer behind each tunnel and each cable; the second ones' carry segments of
 * many packets. */
#define TUNNEL_PLAIN "tun0"
#define TUNNEL_GSO "tun1"
#define PEER_TUNNEL_PLAIN "10.8.0.1"
#define PEER_TUNNEL_GSO "10.8.1.1"
#define PEER_PLAIN "203.0.113.10"
#define PEER_GSO "203.0.113.20"
/* Sixty-four addresses from here on, of a host that answers nothing. */
#define SILENT "203.0.113.64"
#define SILENT_N 64
#define SILENT6 "2001:db8:2::64"

#include <stdint.h>

enum load {
	LOAD_TUNNEL_UDP,
	LOAD_TUNNEL_TCP,
	LOAD_TUNNEL_GSO,
	LOAD_TCP,
	LOAD_TCP_GSO,
	LOAD_UDP,
	LOAD_UDP6,
	LOAD_UDP_PEERS,
	LOAD_UDP_NEW,
	LOAD_CONNECT,
	LOAD_SETSOCKOPT,
	LOAD_FLOWS,
	LOAD_MAX
};

struct traffic;

/* Starts the process in that cgroup; its TCP peer in the namespace at that path. */
struct traffic *traffic_start(const char *cgroup, const char *peer_netns);

/* Has it send n packets (or connect, or set an option, as often). Returns when
 * all have passed the hooks: the sender's CPU time in ns. */
uint64_t traffic_send(struct traffic *t, enum load load, unsigned int n);
void traffic_end(struct traffic *t);

/* A tunnel: the tun device of that name here and there, and a process that carries
 * TCP from one to the other, and drops the rest. */
int tunnel_start(const char *name, const char *peer_netns);

#endif
