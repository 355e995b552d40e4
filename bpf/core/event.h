/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The ABI between kernel programs and loader: enums, map values and ring records that both sides
 * read.
 *
 * Byte order: addresses are in network order (IPv4 as ::ffff:a.b.c.d, RFC 4291 2.5.5.2); everything
 * else, also ports, is in host order. Units: bytes are IP bytes (with the IP header, without the
 * link header). Packets are those on the wire, so a GSO packet counts as its segments. Times are
 * nanoseconds: ktime is CLOCK_MONOTONIC, start_ns is CLOCK_BOOTTIME.
 */
#ifndef LEAKAUDIT_EVENT_H
#define LEAKAUDIT_EVENT_H

#include <linux/types.h>

#include "abi.h" /* generated: LA_ABI_CHECKSUM */

/* Version of an event: its writer may be a pinned program of another build. */
#define LA_ABI_VERSION (LA_ABI_CHECKSUM & 0xff)

/* Each table below is the only place for a value, its name in JSON and its words for people. */
#define LA_CLASSES(X)                     \
	X(IPV4, "ipv4", "an IPv4 packet") \
	X(IPV6, "ipv6", "an IPv6 packet") \
	X(DNS, "dns", "a dns query")      \
	X(STUN, "stun", "a stun request") \
	X(TORRENT, "torrent", "torrent traffic")

#define LA_DETAILS(X)                                                       \
	X(NONE, "", "")                                                     \
	X(DNS_UDP, "udp", "DNS over UDP")                                   \
	X(DNS_TCP, "tcp", "DNS over TCP")                                   \
	X(DOT, "dot", "DNS over TLS")                                       \
	X(DOQ, "doq", "DNS over QUIC")                                      \
	X(DOH, "doh", "DNS over HTTPS")                                     \
	X(DNSCRYPT, "dnscrypt", "DNSCrypt")                                 \
	X(MDNS, "mdns", "multicast DNS")                                    \
	X(LLMNR, "llmnr", "link-local multicast name resolution")           \
	X(NETBIOS, "netbios", "NetBIOS name service")                       \
	X(BINDING, "binding", "STUN binding")                               \
	X(TURN, "turn", "TURN relay")                                       \
	X(MEDIA, "media", "media of a flow that began with STUN")           \
	X(HANDSHAKE, "handshake", "BitTorrent peer handshake")              \
	X(UTP, "utp", "BitTorrent uTP")                                     \
	X(DHT, "dht", "BitTorrent DHT")                                     \
	X(TRACKER, "tracker", "BitTorrent tracker")                         \
	X(LSD, "lsd", "BitTorrent local service discovery")                 \
	X(WEBSEED, "webseed", "a torrent client's HTTP download")           \
	X(PORTMAP, "portmap", "a request to the router for a port mapping") \
	X(BULK, "bulk", "other traffic of a torrent client")                \
	X(DHCP, "dhcp", "a DHCP client's message to its server")            \
	X(FRAME, "frame", "a frame that is not IP")                         \
	X(INSIDE, "address-inside", "tells the exposed address through the tunnel")

/* Why a packet on an exposed interface is not a leak; NONE means it is one. */
#define LA_EXEMPTIONS(X)                                  \
	X(NONE, "none", "a leak")                         \
	X(NEIGHBOUR, "neighbour", "keeps the link alive") \
	X(LAN, "lan", "stays on the local link")          \
	X(ALLOWED, "allowed", "allowed by the user")      \
	X(TRANSPORT, "transport", "the tunnel's own outer packets")

#define LA_VERDICTS(X)                                   \
	X(COUNTED, "counted", "let through and counted") \
	X(DROPPED, "dropped", "stopped and counted")

#define LA_ROLES(X)                                        \
	X(EXPOSED, "exposed", "leads out past the tunnel") \
	X(TUNNEL, "tunnel", "leads into the tunnel")       \
	X(LOOPBACK, "loopback", "stays on this machine")

#define LA_HOOKS(X)                                         \
	X(CGROUP, "cgroup", "cgroup_skb/egress")            \
	X(TC, "tc", "TC egress")                            \
	X(SETSOCKOPT, "setsockopt", "cgroup/setsockopt")    \
	X(CONNECT, "connect", "cgroup/connect and sendmsg") \
	X(INGRESS, "ingress", "cgroup_skb/ingress")         \
	X(CAPTURE, "capture", "a capture file")

/* How the owner of a flow is known. */
#define LA_ATTRIBUTIONS(X)                                                               \
	X(UNKNOWN, "unknown", "no process is known")                                     \
	X(SOCKET, "socket", "seen when it used the socket")                              \
	X(ITERATOR, "iterator", "found holding the socket")                              \
	X(INHERITED, "inherited", "found holding what its owner does not hold any more") \
	X(KERNEL, "kernel", "made by the kernel itself")                                 \
	X(FORWARDED, "forwarded", "forwarded for another host or namespace")

#define LA_EVENT_KINDS(X)                                                                    \
	X(FLOW, "flow", "struct la_event_flow")                                              \
	X(BYPASS, "bypass", "struct la_event_task: PACKET_QDISC_BYPASS set")                 \
	X(XDP, "xdp", "struct la_event_task: an AF_XDP socket's ring to send")               \
	X(NETNS, "netns", "struct la_event_task: a namespace not seen before")               \
	X(MOVED, "moved", "struct la_event_task: a process came into the scope")             \
	X(LEFT, "left", "struct la_event_task: one is outside its scope's cgroup")           \
	X(INSIDE, "inside", "struct la_event_flow: a message sent into a tunnel")            \
	X(NOTICE, "notice", "struct la_event_flow: refused, or came from outside")           \
	X(ASKED, "asked", "struct la_event_flow: the scope asks a local resolver")           \
	X(HEARD, "heard", "struct la_event_flow: somebody asks one")                         \
	X(CALLED, "called", "struct la_event_task: it speaks to one; the cookie is its pid") \
	X(UNCALLED, "uncalled", "struct la_event_task: the same, and was refused")           \
	X(UPSTREAM, "upstream", "struct la_event_flow: a resolver sends outside")            \
	X(PACKET, "packet", "struct la_event_packet, in the ring of the evidence")

#define LA_ENUM_(sym, name, help) LA_EN(sym),
#define LA_EN(sym) LA_CLASS_##sym
enum la_class { LA_CLASSES(LA_ENUM_) LA_CLASS_MAX };
#undef LA_EN
#define LA_EN(sym) LA_DETAIL_##sym
enum la_detail { LA_DETAILS(LA_ENUM_) LA_DETAIL_MAX };
#undef LA_EN
#define LA_EN(sym) LA_EXEMPT_##sym
enum la_exempt { LA_EXEMPTIONS(LA_ENUM_) LA_EXEMPT_MAX };
#undef LA_EN
#define LA_EN(sym) LA_VERDICT_##sym
enum la_verdict { LA_VERDICTS(LA_ENUM_) LA_VERDICT_MAX };
#undef LA_EN
#define LA_EN(sym) LA_ROLE_##sym
enum la_role_kind { LA_ROLES(LA_ENUM_) LA_ROLE_MAX };
#undef LA_EN
#define LA_EN(sym) LA_HOOK_##sym
enum la_hook { LA_HOOKS(LA_ENUM_) LA_HOOK_MAX };
#undef LA_EN
#define LA_EN(sym) LA_ATTR_##sym
enum la_attribution { LA_ATTRIBUTIONS(LA_ENUM_) LA_ATTR_MAX };
#undef LA_EN
#define LA_EN(sym) LA_KIND_##sym
enum la_event_kind { LA_EVENT_KINDS(LA_ENUM_) LA_KIND_MAX };
#undef LA_EN

struct la_addr {
	union {
		__u8 b[16];
		__be32 w[4];
		__u64 q[2];
	};
};

/* The key of a flow: the traffic of one socket to one peer on one interface. */
struct la_flow_key {
	struct la_addr saddr;
	struct la_addr daddr;
	__u64 cookie; /* socket cookie; 0: no socket */
	__u64 netns; /* cookie of the network namespace */
	__u32 ifindex;
	union {
		struct {
			__u16 dport; /* 0 if the transport has no ports */
			__u16 sport;
		};
		/* both ports: the first four bytes after the IP header, in host order */
		__u32 ports;
	};
	union {
		struct {
			__u8 proto; /* IANA protocol number; 0: not IP */
			__u8 family; /* 4 or 6 */
			__u8 routed; /* source route: daddr is only the next stop */
			__u8 pad;
		};
		__u32 kind; /* all of these, see la_kind_word() */
	};
	__u32 pad2;
};
_Static_assert(sizeof(struct la_flow_key) == 64, "la_flow_key is ABI");

/* The process that owns a socket. start_ns distinguishes users of the same pid. */
struct la_owner {
	__u64 start_ns;
	__u64 cgroup; /* cgroup v2 id */
	__u32 tgid; /* in the initial pid namespace; 0: unknown */
	__u32 uid;
	char comm[16];
	__u32 exec; /* how many programs its line of processes has executed: tells them apart */
	__u32 pad;
};
_Static_assert(sizeof(struct la_owner) == 48, "la_owner is ABI");

enum la_sock_flags {
	LA_SF_SEEN = 1 << 0, /* the cgroup hook evaluates this socket's packets */
	LA_SF_IN_SCOPE = 1 << 1, /* its owner is in the scope, though no hook may see its packets */
	LA_SF_PROBED = 1 << 2, /* enough was examined inside the tunnel, until sample_at */
	LA_SF_CLIENT = 1 << 3, /* and it was that of a torrent client */
	LA_SF_BYPASSES = 1 << 4, /* it bypasses the hooks, which was reported */
	LA_SF_CONFIGURES = 1 << 5, /* used by one who may set the addresses of its namespace */
	LA_SF_SOURCE_TOLD = 1 << 6, /* it sends into a tunnel with an exposed source address */
	LA_SF_ASKS_NOBODY = 1 << 7, /* on the loopback device it is a stream without DNS */
};

/*
 * Stored in the socket; an accepted socket inherits that of its listener. Fields that each packet
 * needs come first: the kernel places them in one cache line.
 */
struct la_sock {
	__u64 role; /* ifindex, epoch and role of the last packet: la_role_pack() */
	__u64 netns;
	/* opened of the hinted record: shows whether it still is the same flow */
	__u64 hint_opened;
	__u32 hint; /* id of its last flow plus one; 0: none */
	__u8 attribution;
	__u8 flags;
	__u8 probes; /* what was examined inside the tunnel since sample_at, see inside.bpf.h */
	__u8 bulk; /* messages since the last one that could hold an address in clear */
	__u64 sample_at; /* jiffies: from then on its messages into the tunnel are examined again */
	__u64 cookie; /* its listener's or its own, until its sender is met; a listener's own */
	struct la_owner owner;
	__u32 held; /* la_scan when its owner was last known to hold it */
	__u8 looks; /* payloads on the loopback device in which no question was found */
	__u8 scope; /* with LA_SF_IN_SCOPE: the scope of its owner */
	__u8 misses; /* packets that did not come in their sender's call, see caller.bpf.h */
	__u8 any_source; /* it may send with an address that this machine does not have */
};

/*
 * States of a flow record. The kernel changes FREE to LIVE. The loader changes LIVE to CLOSING and,
 * after a grace period, returns the record to the list of free ids.
 */
enum la_flow_state { LA_FLOW_FREE, LA_FLOW_NEW, LA_FLOW_LIVE, LA_FLOW_CLOSING };

enum la_flow_flags {
	LA_FF_CLASS_FINAL = 1 << 0, /* the class is final: packets are only counted */
	LA_FF_REPORTED = 1 << 1, /* its opening was sent to the ring */
	/*
	 * In the host scope, on an interface of another namespace that the loader does not know
	 * yet: it may lead back into this machine. Not reported; the loader decides when it knows
	 * the interface's role.
	 */
	LA_FF_PENDING = 1 << 2,
	/*
	 * Seen at TC with a socket that did not send it, or without one: the outer packets of the
	 * kernel's tunnels look like that.
	 */
	LA_FF_WRAPPED = 1 << 3,
	/* No hook sees its packets leave: packets let through count as left at once. */
	LA_FF_UNSEEN = 1 << 4,
	/* Its packets leave inside packets that its interface makes. */
	LA_FF_CARRIED = 1 << 5,
	/* Its sender may set the addresses of the line. */
	LA_FF_CONFIGURES = 1 << 6,
};

/*
 * Why a packet was dropped after it was let through, as far as the kernel tells (its enum
 * skb_drop_reason, Linux 5.17).
 */
#define LA_STOPS(X)                                                    \
	X(UNKNOWN, "unknown", "nothing is known of what stopped it")   \
	X(CGROUP, "cgroup", "another program on a cgroup")             \
	X(NETFILTER, "netfilter", "a rule of netfilter at the device") \
	X(TC, "tc", "a tc filter or program")                          \
	X(NEIGHBOUR, "neighbour", "a neighbour that does not answer")  \
	X(QUEUE, "queue", "the queueing discipline")                   \
	X(DEVICE, "device", "the device, which is down or full")

#define LA_EN(sym) LA_STOP_##sym
enum la_stop { LA_STOPS(LA_ENUM_) LA_STOP_MAX };
#undef LA_EN

/* What makes it certain that a connection could only have leaked. */
#define LA_REFUSALS(X)                                                                         \
	X(NONE, "", "it was not refused")                                                      \
	X(BOUND, "bound", "its socket is bound to an exposed interface")                       \
	X(FAMILY, "family", "exposed interfaces route its address family, and no tunnel does") \
	X(RESOLVER, "resolver", "a resolver of this machine would ask outside the tunnel")

#define LA_EN(sym) LA_REFUSAL_##sym
enum la_refusal { LA_REFUSALS(LA_ENUM_) LA_REFUSAL_MAX };
#undef LA_EN

/*
 * A flow's record. The kernel writes everything except state. The loader maps the whole table and
 * reads counters while they grow. Only left_packets and left_bytes ever shrink, by packets that are
 * dropped behind the last hook. A flow that turns from exempt to leak, or from let through to
 * dropped, keeps all sums.
 */
struct la_flow {
	struct la_flow_key key;
	/* read or written for each leaked packet, as is the key: one cache line */
	__u64 opened; /* ktime of the first packet */
	__u64 packets; /* leaks that were let through */
	__u64 bytes;
	__u64 left_packets; /* handed to the lowest known device, exempt packets included */
	__u64 left_bytes; /* IP bytes as on the wire */
	union {
		/*
		 * One word, read and written as a whole: another CPU never sees the epoch of one
		 * evaluation with the verdict of another.
		 */
		__u64 judged;
		struct {
			__u32 epoch; /* epoch of the facts used */
			__u8 exempt;
			__u8 verdict;
			__u8 was_exempt; /* the exemption under which exempt_packets were counted */
			__u8 cls;
		};
	};
	union {
		__u64 standing; /* all of these */
		struct {
			__u16 state;
			__u8 hook;
			__u8 flags;
			__u8 detail;
			__u8 attribution;
			__u8 released; /* the process has closed the socket */
			__u8 probes; /* payload packets examined so far */
		};
	};
	__u32 scratch; /* the classifier's state between packets */
	__u16 slot; /* slot of the interface, see struct la_role */
	__u8 stopped; /* enum la_stop: what dropped the last packet that was stopped */
	__u8 refusal; /* enum la_refusal: of a refused connection, which is no flow */
	/* for some packets only */
	__u64 dropped_packets; /* would have leaked */
	__u64 dropped_bytes;
	__u64 exempt_packets;
	__u64 exempt_bytes;
	__u64 added_packets; /* what fragmentation adds to packets that left, */
	__u64 added_bytes; /* beyond the packets evaluated */
	__u32 mark; /* skb->mark of the first packet */
	__u32 bound_if; /* SO_BINDTODEVICE of the socket; 0: none */
	__u16 rst_judged; /* RSTs that the cgroup hook counted, */
	__u16 rst_seen; /* and how many of these TC has skipped */
	__u32 lost_packets; /* dropped by the kernel on their way out, before or behind TC */
	struct la_owner owner;
	__u8 scope; /* the number of its scope; 0: the host, or not known */
	__u8 first, pad3[2]; /* of the first packet: TCP's flags, ICMP's type */
	struct la_utp_seen { /* its last packet that may be uTP, see la_utp_follow() */
		__u32 clock, time; /* the sender's and ours, microseconds */
		__u16 connection, seq; /* connection 0: there is none */
	} utp;
};
_Static_assert(sizeof(struct la_flow) == 256 && __builtin_offsetof(struct la_flow, opened) == 64 &&
		       __builtin_offsetof(struct la_flow, dropped_packets) == 128 &&
		       __builtin_offsetof(struct la_flow, owner) == 192,
	       "la_flow is ABI");

struct la_event_hdr {
	__u16 size; /* size of the whole record */
	__u8 version;
	__u8 kind;
	__u32 ifindex;
	__u64 ktime;
};
_Static_assert(sizeof(struct la_event_hdr) == 16, "la_event_hdr is ABI");

enum la_reason {
	LA_REASON_OPEN, /* first leaked packet of the flow */
	LA_REASON_CLASS, /* a packet's payload has changed the class */
	LA_REASON_MESSAGE, /* a DNS query or STUN request on an open flow */
	LA_REASON_SOURCE, /* of LA_KIND_INSIDE: the source address is an exposed interface's */
};

/* The content of an event's payload. */
enum la_content {
	LA_CONTENT_NONE,
	LA_CONTENT_MESSAGE, /* the transport's payload from its beginning */
	LA_CONTENT_NAME, /* the server's name in a TLS ClientHello (RFC 6066 3) */
	LA_CONTENT_QUIC, /* a datagram that begins with a QUIC Initial (RFC 9000) */
};

/* Of DNS on TCP: length, header, the longest name (RFC 1035 2.3.4: 255), type and class. */
#define LA_PAYLOAD_MAX 280
/* Has room for nearly all questions and names: two thirds more events fit into the ring. */
#define LA_PAYLOAD_SHORT 72
/* Has room for the first datagrams of a QUIC client. */
#define LA_DATAGRAM_MAX 1536
/* Has room for a session description of a browser, in a request of HTTP. */
#define LA_INSIDE_MAX 8192

struct la_event_flow {
	struct la_event_hdr hdr;
	struct la_flow flow; /* as of this packet; state is not valid */
	__u32 id; /* index in the flow table */
	__u8 reason; /* enum la_reason */
	__u8 content; /* enum la_content */
	__u16 payload_len; /* bytes of payload[] that are filled */
	__u8 payload[];
};
_Static_assert(sizeof(struct la_event_flow) == 280, "la_event_flow is ABI");

/* The first bytes of a leaked packet, from its IP header on. */
#define LA_SNAPLEN_MAX 9216
struct la_event_packet {
	struct la_event_hdr hdr;
	__u64 opened; /* opened of its flow */
	__u32 id; /* id of its flow; -1: the flow table was full */
	__u32 len; /* bytes of the packet as the hook saw it; a GSO packet is one */
	__u32 caplen; /* bytes of data[] that are filled */
	__u8 verdict;
	__u8 pad[3];
	__u8 data[];
};
_Static_assert(sizeof(struct la_event_packet) == 40, "la_event_packet is ABI");

struct la_event_task {
	struct la_event_hdr hdr;
	struct la_owner owner;
	__u64 netns;
	__u64 cookie;
	__u32 scope; /* of the process; 0: the host, or none */
	__u32 pad;
};
_Static_assert(sizeof(struct la_event_task) == 88, "la_event_task is ABI");

/* Totals of packets without a flow record (the table was full), and the loss counters. */
struct la_sum {
	__u64 packets;
	__u64 bytes;
};

/*
 * A cell for each class, family, exemption and verdict. Packets let through that have left are also
 * counted in the cell with LA_CELL_LEFT.
 */
#define LA_CELL_LEFT LA_VERDICT_MAX
#define LA_CELL_VERDICTS (LA_CELL_LEFT + 1)
#define LA_CELLS (LA_CLASS_MAX * 2 * LA_EXEMPT_MAX * LA_CELL_VERDICTS)

static inline __attribute__((always_inline)) __u32 la_cell(__u32 cls, __u32 family, __u32 exempt,
							   __u32 verdict)
{
	return ((cls * 2 + (family == 6)) * LA_EXEMPT_MAX + exempt) * LA_CELL_VERDICTS + verdict;
}

struct la_sum_key {
	__u16 slot;
	__u16 scope;
	__u32 cell;
};

#define LA_COUNTERS(X)                                                                       \
	X(RING_FULL, "events", "events lost: the ring buffer was full")                      \
	X(FLOWS_FULL, "flows", "packets counted without a flow: table full")                 \
	X(UNPARSED, "unparsed", "packets with a malformed IP header")                        \
	X(NON_IP, "non_ip", "frames that are neither IPv4 nor IPv6")                         \
	X(STORAGE, "storage", "packets of sockets without room for their owner")             \
	X(FRAGMENTS, "fragments", "fragments whose first one is forgotten")                  \
	X(EVIDENCE, "evidence", "leaked packets that no evidence was kept of")               \
	X(REFUSED, "refused", "connects, questions and frames that could only have leaked")  \
	X(MEMBERS, "members", "processes of the scope that there was no room to note")       \
	X(UNMET, "unmet", "tasks of the scope that ended in a namespace that was not known") \
	X(INSIDE, "inside", "messages into the tunnel that were not looked at")

#define LA_EN(sym) LA_COUNTER_##sym
enum la_counter { LA_COUNTERS(LA_ENUM_) LA_COUNTER_MAX };
#undef LA_EN

#endif
