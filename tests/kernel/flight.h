/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets of one socket as they are given to a program, and all that comes of it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/event.h"

#define ETHER_LEN 14
/* The kernel takes less than a page, of which it needs a part itself. */
#define PACKET_MAX 3000
#define FLIGHT_MAX 5 /* packets */
#define REPEAT_MAX 12 /* of a packet that flies alone; enough to settle a flow */
#define TOLD_MAX 24

struct packet {
	uint8_t frame[PACKET_MAX]; /* from the Ethernet header on */
	uint32_t len;
	uint32_t segs; /* skb->gso_segs */
	uint32_t mark;
	uint32_t repeat; /* how often it is sent, once at least */
	bool new_facts; /* the loader has changed something just before */
};

/* Packets of one flow. */
struct flight {
	struct packet packets[FLIGHT_MAX];
	uint32_t n;
	/* From the second packet on the flow has an owner. It is known as a torrent
	 * client, as the holder of a tunnel, or has only the pid of that one. */
	bool owned, client, daemon, impostor;
	bool configures; /* its sender may set the addresses of the line */
};

/* A record of the ring. */
union told {
	struct la_event_flow event;
	uint8_t bytes[sizeof(struct la_event_flow) + LA_DATAGRAM_MAX];
};

struct outcome {
	int32_t returned; /* by the last run */
	bool has_flow, has_fragment, sees_synack;
	bool shown; /* the owner is known as a torrent client in the end */
	struct la_flow flow;
	struct la_flow_key fragment; /* under which later fragments find the flow */
	uint32_t n_told;
	union told told[TOLD_MAX];
};

/* The instance of the programs that a flight is given to. */
struct setup {
	uint32_t drop;
	bool lan_exempt;
	bool full; /* no flow record is free */
	uint32_t ring; /* bytes; 0: as in the object */
};

/* Of the namespace at each hook. They differ so that a mix-up is seen. */
#define CGROUP_NETNS 4711
#define TC_NETNS 4712
/* and has a slot for each hook. */
#define SLOT_OF(hook) ((uint16_t)((hook) + 1))
#define EPOCH 3
#define LOOPBACK_IFINDEX 1

extern const struct la_owner flight_owner;
