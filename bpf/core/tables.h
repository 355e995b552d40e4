/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Facts for evaluating packets: keys and values of the maps that the loader fills. Byte order and
 * units are those of event.h.
 */
#ifndef LEAKAUDIT_TABLES_H
#define LEAKAUDIT_TABLES_H

#include "event.h"

/* What each packet reads first, in one word. */
struct la_epoch_word {
	__u32 epoch; /* grows whenever a fact changes: older evaluations are repeated */
	__u32 careful; /* not 0: there is more to check, see la_careful() */
};
_Static_assert(sizeof(struct la_epoch_word) == 8, "la_epoch_word is ABI");

/* What the reader of the rings does: it has to be woken only where it does nothing, see
 * la_submit(). */
enum la_reader_state { LA_READER_SLEEPS, LA_READER_NAPS, LA_READER_READS };

/*
 * Scopes that are watched at once. Their numbers begin with 1; 0: the host, or not known.
 * LA_SCOPE_SHARED: it belongs to one of several, and to which is not known.
 */
#define LA_SCOPES_MAX 64
#define LA_SCOPE_SHARED (LA_SCOPES_MAX + 1)

/*
 * The depths at which there are cgroups of scopes, each a byte that is one more: the root's level
 * is 0. The deepest is the lowest byte.
 */
#define LA_SCOPE_LEVELS 8

/* Bytes of the path of a guard's cgroup, a multiple of 8. A longer path is not known again. */
#define LA_GUARDED_PATH 192

/* Records of flows that are kept for tunnels' daemons, where all others are used. */
#define LA_RESERVE 64

/* A process of a scope: it was in its cgroup, or the loader has taken it into it. */
struct la_member {
	__u64 start_ticks; /* of USER_HZ, as in /proc */
	__u32 scope; /* the last one that it was in */
	__u32 told; /* that it is outside of the scope's cgroup */
};

/* A packet of a process of a scope that waits for a neighbour's address: waiting.bpf.h. */
struct la_waiting {
	struct la_owner owner;
	__u64 sk; /* its socket's address */
	__u64 since; /* ktime */
	__u32 scope;
	__u32 pad;
};

/* What packets to the LAN are: --lan. */
enum la_lan {
	LA_LAN_LEAK,
	LA_LAN_EXEMPT,
	LA_LAN_QUIET, /* exempt while a tunnel is up and a loader is alive to know it */
};

/* What questions to resolvers of this machine are: --resolver. */
enum la_resolver_mode {
	LA_RESOLVER_IGNORE,
	LA_RESOLVER_FOLLOW,
	LA_RESOLVER_DROP, /* and refused where the resolver's way out is not proven to be inside */
};

/* By which way a resolver's own questions leave. Doubt is EXPOSED. */
#define LA_WAYS(X)                                                \
	X(EXPOSED, "exposed", "past the tunnel, as far as known") \
	X(TUNNEL, "tunnel", "by a tunnel, or not at all")         \
	X(SCOPE, "scope", "it is in the scope, and is judged itself")

#define LA_EN(sym) LA_WAY_##sym
enum la_way { LA_WAYS(LA_ENUM_) LA_WAY_MAX };
#undef LA_EN

#define LA_RESOLVER_TUNNELS 4

/* A resolver, by its pid. */
struct la_resolver {
	__u64 netns; /* where it sends */
	__u32 tunnels[LA_RESOLVER_TUNNELS]; /* by which it sends; 0: none */
	__u64 stops_until; /* ktime: its way was the tunnel a moment ago */
	__u8 way; /* enum la_way */
	__u8 unproven; /* not all of its tunnels are named here, or there is none */
	__u8 does_more; /* not all that it sends is asked */
	__u8 pad[5];
};

/* How long after a question of the scope a resolver's packets may be its answer's price. */
#define LA_ASKED_FOR 10000000000ULL /* ns */

/* A resolver's socket: who uses it, itself or a child of it. */
struct la_resolver_sock {
	struct la_owner owner;
	__u32 resolver; /* pid */
	__u32 pad;
};

/* By which resolvers are asked outside; an answer comes from there. */
static inline __attribute__((always_inline)) int la_is_server_port(__u16 port)
{
	return port == 53 || port == 443 || port == 853;
}

/*
 * 127.0.0.11, which containers ask. dockerd listens there, in each container's namespace, on ports
 * that the kernel has given it, and nat of the namespace leads port 53 to them.
 */
#define LA_DOCKER_RESOLVER 0x7f00000b

/* Where a resolver is asked; an address of zeros: at any. */
struct la_resolver_place {
	__u64 netns;
	struct la_addr addr;
	__u16 port;
	__u8 proto;
	__u8 pad[5]; /* places are compared as bytes */
};

/*
 * Who listens at such a place. A container is reached by its end of a veth pair here, and by the
 * bridge that this is a port of.
 */
struct la_resolver_holder {
	__u32 pid;
	__u8 by_tls; /* its port is no resolver's: only what is encrypted may be a question */
	__u8 pad[3];
	__u32 end, bridge; /* ifindexes; 0: it is in no container, or there is no bridge */
};

/* Interfaces. slot 0 is shared by those without a slot of their own. */
#define LA_SLOTS 1024

struct la_role_key {
	__u64 netns;
	__u32 ifindex;
	__u32 pad;
};

enum la_stacked {
	LA_STACKED_UNDER = 1, /* another interface of the namespace sends through it */
	LA_STACKED_PORT = 2, /* a switch gives it copies, which have no socket */
};

struct la_role {
	__u16 slot; /* key of the interface in la_onlink and la_totals; 0: shared */
	__u8 role; /* enum la_role_kind */
	__u8 l2_len; /* bytes of link header that skb->len includes at TC */
	__u8 stacked; /* bits of enum la_stacked */
	__u8 leaves; /* enum la_leaves */
	__u8 tunnel_up; /* for LA_LAN_QUIET: a tunnel of its namespace is up */
	__u8 noted; /* what comes in there is noted and marked: origin.bpf.h */
	__u64 kind; /* kind of the device (IFLA_INFO_KIND) in the form of LA_KIND_TUN; 0: none */
};

/* Address families, as bits. */
#define LA_FAMILY_V4 1
#define LA_FAMILY_V6 2

/* What is known of connections that begin in a namespace. A missing bit also means doubt. */
struct la_connections {
	__u8 outside; /* families that exposed interfaces route, and nothing leads inside */
	__u8 unchanged; /* families whose destinations no nat changes */
};

/* What is known of a network namespace. */
enum la_netns_state {
	LA_NETNS_MET = 1, /* the loader may not have read it yet */
	LA_NETNS_TRUSTED, /* it belongs to the initial user namespace */
};

/* The hook that sees a packet leave that was evaluated on an interface. */
enum la_leaves {
	LA_LEAVES_UNSEEN, /* none, as far as known */
	LA_LEAVES_HERE, /* TC egress of the interface */
	LA_LEAVES_BELOW, /* TC egress of the interface that it passes the packet to unchanged */
	LA_LEAVES_PORT, /* the same, but nothing is evaluated there: other traffic is not ours */
	/* TC egress of the interface by which it sends the packet that carries this one */
	LA_LEAVES_CARRIED,
};

struct la_line_sum {
	__u64 skbs; /* buffers passed to the device; a GSO packet is one */
	__u64 packets; /* packets on the wire */
	__u64 bytes; /* bytes of skbs with the link header */
	__u64 repeated; /* bytes of headers that segments of GSO packets repeat */
	/*
	 * Of repeated, and of the packets beyond skbs: those of UDP. The kernel may segment UDP for
	 * a device that segments TCP itself.
	 */
	__u64 udp_more;
	__u64 udp_repeated;
};

/*
 * Counters of one interface (by slot) on each CPU: all packets that have passed TC egress, whoever
 * sent them. They are compared with the interface's own counters. TC egress runs with softirqs
 * disabled, so nobody else writes `passed` at the same time. Anybody may write `lost`.
 */
struct la_line {
	struct la_line_sum passed;
	struct la_line_sum lost; /* dropped behind TC egress */
};

/* The first seven bytes of a device's kind, in memory order. */
#define LA_KINDS_MAX 16
#define LA_KIND_TUN 0x6e7574ULL /* "tun"; tap devices have it as well */
#define LA_KIND_VRF 0x667276ULL /* "vrf" */
#define LA_KIND_VETH 0x68746576ULL /* "veth" */
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "amd64 and arm64 only"
#endif

/*
 * Offsets from a task to what is told of its process. Whether its CPU serves a softirq is in the
 * preempt count: in task_struct (arm64), or at a distance from the run queue of the CPU that the
 * task runs on.
 */
struct la_task_offsets {
	__u32 preempt; /* in task_struct; 0: it is at the run queue's */
	__u32 queue; /* in task_struct: se.cfs_rq */
	__u32 run_queue; /* in cfs_rq: rq */
	__u32 cpu; /* in rq */
	__s32 count; /* from there to the preempt count */
	/* in task_struct: group_leader (0: nothing is known of tasks), start_boottime, ... */
	__u32 leader, start, comm, cred, cgroups;
	__u32 uid; /* in cred */
	__u32 cgroup; /* in css_set: dfl_cgrp */
	__u32 node; /* in cgroup: kn */
	__u32 id; /* in kernfs_node */
	__u32 files; /* in task_struct; 0: open files are not looked for */
	__u32 table; /* in files_struct: fdt */
	__u32 fds_max, fds; /* in fdtable: max_fds, fd */
};

/*
 * Offsets in the kernel's structs from a packet to its device and kind, and to the other devices of
 * its namespace. dev is 0 if nothing is to be read, devices if there are no others to be found.
 */
struct la_offsets {
	__u32 dev, head, end; /* in sk_buff */
	__u32 gso_type, dataref; /* in skb_shared_info */
	__u32 type, ops; /* in net_device: type, rtnl_link_ops */
	__u32 kind; /* in rtnl_link_ops */
	__u32 net, ifindex, flags, node; /* in net_device: nd_net, ..., index_hlist */
	__u32 priv; /* behind net_device: what its driver keeps; 0: it is not read */
	__u32 devices; /* in net: dev_index_head */
	__u32 cookie; /* in net: net_cookie; 0: it is not read */
	__u32 sk_net, sk_socket; /* in sock: skc_net, sk_socket */
	__u32 file; /* in socket */
	__u32 tgid, exec; /* in task_struct: tgid, self_exec_id */
	__u32 tells_put; /* whether there is the tracepoint of data in streams.bpf.h */
	__u32 tells_connection; /* whether the kernel knows the connection of a subflow */
	struct la_task_offsets task;
};

/* Keys of la_jumps. */
enum la_jump { LA_JUMP_MEET, LA_JUMP_EGRESS, LA_JUMP_MAX };

/* LPM key of on-link prefixes: 32 bits of slot, then the address. */
struct la_onlink_key {
	__u32 prefixlen;
	__be32 slot;
	struct la_addr addr;
};

/* An --allow. A field of 0, and a bit that is masked, matches everything. */
#define LA_ALLOW_MAX 64
struct la_allow {
	struct la_addr addr;
	struct la_addr mask;
	__u16 port;
	__u8 proto;
	__u8 pad[5];
};

#define LA_TICK_NS 10000000 /* USER_HZ is 100 on all supported machines */

/* A process that holds a tunnel's device, and which of its sockets carry the tunnel. */
struct la_daemon {
	__u64 netns; /* sockets of this namespace; 0: all */
	__u32 tgid;
	__u32 pad;
};

/*
 * A tunnel's remote address, and the one socket that may send to it. cookie 0: packets made by the
 * kernel, which have no process's socket.
 */
struct la_endpoint {
	struct la_addr addr;
	__u64 cookie;
	__u16 port;
	__u8 proto;
	__u8 pad[5];
};
_Static_assert(sizeof(struct la_endpoint) == 32, "endpoints are compared by words");

/*
 * The remote addresses of a daemon that only its packets show. Those that it used first, one for
 * each socket. And those from which something came to it, or that it used where the user has named
 * its cgroup.
 */
#define LA_FIRST_ENDS 16
#define LA_OTHER_ENDS 64
/* Before a further one replaces the oldest, in ns. A VPN's client tries its servers in turn. */
#define LA_FIRST_PAUSE 60000000000ULL
#define LA_OTHER_PAUSE 1000000000ULL

struct la_far_ends {
	__u64 added; /* ktime of the last one that was used */
	__u32 n_first, n_others; /* how many were added */
	struct la_endpoint first[LA_FIRST_ENDS]; /* with the socket that used it */
	struct la_endpoint others[LA_OTHER_ENDS];
};

/* A server's name as la_name_hash(): the whole name, or the parent of any host. */
struct la_name {
	__u64 hash;
	__u32 under;
	__u32 pad;
};

/*
 * Events reported once and then only counted for a while: refused connections of a process to one
 * remote address, inbound packets from one remote address.
 */
struct la_rate_limited_event {
	__u64 reported; /* ktime of the report */
	__u64 unreported; /* events since then */
};

/* An address of the machine itself. */
struct la_local_key {
	struct la_addr addr;
	__u64 netns;
};

/* A process; a reused pid is another one. */
struct la_process {
	__u64 start_ns;
	__u32 tgid;
	__u32 pad;
};

/* A Unix socket's path, as sun_path of struct sockaddr_un. */
struct la_unix_path {
	char path[108];
};

/* Who is asked there. */
struct la_resolver_path {
	__u32 pid; /* 0: nobody, as far as known */
	__u8 is_bus; /* others are called there, too */
	__u8 pad[3];
};

/* A program that a process has executed. */
struct la_program {
	__u64 start_ns;
	__u32 tgid;
	__u32 exec;
};

/* Bytes of a path and of a command line that are kept. */
#define LA_NOTED_PATH 256
#define LA_NOTED_NAME 256 /* NAME_MAX and a NUL */
#define LA_NOTED_ARGS 256

/* What is noted of a program when it first uses a socket: it may have ended when that is told. */
struct la_noted {
	struct la_program program;
	__u64 reader; /* the pid namespace that pids are of; the kernel's address of it */
	__u32 pid; /* there; 0: not visible */
	__u32 parent_pid;
	char parent[16]; /* its name */
	__u16 path_len; /* bytes of path[]; 0: not known, or too long */
	__u16 args_len;
	__u32 done; /* all of this is written */
	/* the names of the path, from the last to the first, each with a NUL */
	char path[LA_NOTED_PATH + LA_NOTED_NAME];
	char args[LA_NOTED_ARGS]; /* each with a NUL */
};
_Static_assert(sizeof(struct la_noted) == 824, "la_noted is ABI");

/* Who sends what comes in to be forwarded. */
struct la_origin {
	__u64 since; /* ktime of the owner's first packet */
	__u64 changed; /* the same, if another one sent so before; else 0 */
	struct la_owner owner; /* tgid 0: not known; then the cgroup may be */
	__u32 ifindex; /* the interface at home by which it comes in */
	__u32 apart; /* those who sent so are of several cgroups */
};
_Static_assert(sizeof(struct la_origin) == 72, "la_origin is ABI");

/* The pid namespace of who reads events. */
struct la_reader {
	__u64 ns; /* the kernel's address of it; 0: nobody reads yet */
	__u32 level; /* 0: the initial one */
	__u32 pad;
};

/* Open files that are looked at in one step of a scan: they take about a millisecond. */
#define LA_SCAN_STEP 1024

/*
 * A socket held by a process of the scope that may bypass every hook. Written by the iterator over
 * open files, not to a ring. Without an inode: a step has ended, so that the reader may do
 * something else before he goes on.
 */
struct la_held {
	struct la_owner owner;
	__u64 netns;
	__u64 inode; /* inode of the socket, as in fstat(2) */
	__u32 fd; /* descriptor number in the owner */
	__u16 xdp; /* AF_XDP with a ring to send; else AF_PACKET */
	__u16 scope;
};
_Static_assert(sizeof(struct la_held) == 72, "la_held is ABI");

/* In la_frags, in place of a flow's id: the sender has made the fragment, see fragment.bpf.h. */
#define LA_FRAG_OWN ((__u32)-2)

#endif
