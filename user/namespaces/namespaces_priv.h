/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by namespaces.c, which has all namespaces, and netns_*.c, which handle one. */
#pragma once

#include <dirent.h>
#include <net/if.h>
#include <sys/stat.h>
#include <time.h>

#include "lines.h"
#include "namespaces.h"
#include "network/copies.h"
#include "network/nat.h"
#include "network/nl.h"
#include "facts/transport.h"

/* The process of a user-mode network, as transport.h tells one. */
struct hop_holder {
	uint32_t tgid;
	uint64_t start_ticks;
};

#define HOP_HOLDERS 4

/* An interface. It stays when the interface is gone: its last flows still need the name. */
struct iface {
	uint64_t netns;
	char *netns_name; /* also when nobody is there any more; NULL: at home, or no memory */
	uint32_t ifindex;
	char name[IFNAMSIZ];
	uint16_t slot;
	bool alive;
	bool adopted; /* known from an earlier loader, not found again yet */
	bool users; /* of a namespace that is not root's */
	bool tc_due; /* its hook waits for the namespace's turn */
	bool tc_seen; /* what there is at TC was looked at since it has changed last */
	uint64_t tc_programs; /* a sum over those of tcx, as they were then */
	time_t gone; /* when it disappeared, namespaces_seconds() */
	struct la_role role;
	int32_t lower_nsid; /* by this id the namespace of the device below was asked for */
	uint64_t lower_netns; /* its cookie; 0: not known */
	/* of a user-mode network: what goes out there is judged where these processes send it */
	struct hop_holder holders[HOP_HOLDERS];
	size_t n_holders; /* 0: it is no such tap, as far as known */
	uint32_t entry; /* the interface at home by which it is forwarded from here; 0: none */
	struct tc_hook *tc;
	struct tc_hook *origin; /* at ingress: who sends what comes in there; NULL: not wanted */
	bool no_origin; /* it could not be attached, which was said */
	struct tc_hook
		*loop; /* of the loopback device: frames that come in again; NULL: not wanted */
	struct link_prefix *onlink; /* as the kernel has them */
	size_t n_onlink;
	struct line line;
};

/* What the kernel needs for refusing connections, and where it comes from. */
struct connection_facts {
	struct nat *nat; /* NULL: not opened yet */
	bool nat_wakes; /* its descriptor is in the epoll */
	struct nl *routes; /* reports changes of routes and rules; NULL: not opened yet */
	bool stale; /* they have changed since they were read */
	uint64_t generation; /* of the links, when they were last looked at */
	uint64_t read, cost; /* ktime of the last reading, and how long it took */
	uint8_t outside;
	bool told; /* `last` is what the kernel has */
	struct la_connections last;
	struct la_addr *locals;
	size_t n_locals;
	bool lacks_locals; /* the kernel has not all of them */
};

/* What the kernel has of addresses that a tunnel should hide. */
struct exposed_addrs {
	struct la_addr *v;
	size_t n;
	uint64_t generation; /* of the links, when they were last looked at */
};

#define CARRIER_PEERS 128

/* A process that carries a tunnel over a tun, and the peers that it was last heard to have. */
struct carrier {
	uint32_t ifindex;
	struct transport_holder holder;
	bool early; /* it was one when we began */
	bool proven; /* the kernel knows it as a daemon */
	bool reached; /* they are passed for its sockets */
	uint64_t due; /* ktime of the next reading of its configuration */
	struct la_endpoint peers[CARRIER_PEERS];
	size_t n;
};

/* What keeps a namespace that no process of a scope is in. */
#define NETNS_BY_MOUNT 1
#define NETNS_BY_FILE 2
#define NETNS_BY_PROCESS 4
/* the same, of every other walk */
#define NETNS_BY_FILE_TOO 8
#define NETNS_BY_PROCESS_TOO 16

struct netns_state {
	struct namespaces *all;
	struct netns *ns;
	struct links *links;
	struct causes *causes; /* NULL: nobody has asked yet */
	struct nl *ipsec_news; /* see transport_ipsec_changed() */
	struct nl *counters; /* to ask for them; NULL: not needed yet */
	struct copies *copies; /* NULL: not needed yet */
	bool listening; /* what appears from now on is new */
	struct connection_facts connections;
	struct exposed_addrs exposed;
	char name[NETNS_NAME_MAX];
	bool home;
	/* it belongs to the initial user namespace, so its tunnels' outer packets are trusted */
	bool trusted;
	int32_t home_nsid; /* by which id it knows home, and home it; -1: not known yet */
	int32_t nsid_at_home;
	bool had_tunnel; /* a tunnel of it was up */
	uint64_t scopes; /* whose processes are in it: a bit for each, by number minus one */
	uint64_t inhabited; /* the same, at the last check */
	/* it has a card, and is followed though nobody lives there: NETNS_BY_* */
	uint8_t kept;
	struct tc_news *tc_news; /* NULL: not opened yet */
	bool holders_wanted; /* a tun came up: find its holder */
	struct carrier *carriers;
	size_t n_carriers;
	uint64_t taps_due; /* ktime of the next search for the holders of taps; 0: none */
	uint64_t taps_pause; /* before the one after that */
};

/* What may keep home waiting, and for how long at once: namespaces_turns.c. */
struct turn {
	uint64_t ends; /* ktime; 0: no end */
	size_t first; /* which namespace has it first */
	bool due; /* something waits for the next one */
	int *links; /* descriptors of hooks that are to be detached */
	size_t n_links;
};

/* A namespace that no process of a cgroup's scope is known to be in: namespaces_sentries.c. */
struct unknown_netns {
	dev_t dev;
	ino_t ino;
	uint8_t kept; /* NETNS_BY_* */
	uint64_t due, pause; /* ktime of the next look at its cards, and the time to the one after
			      */
};

/* A walk through all processes, or their open files: namespaces_walks.c. */
struct netns_walk {
	bool of_files;
	uint8_t bit, last; /* NETNS_BY_*, of what it has found; and of what the one before has */
	DIR *processes; /* NULL: none goes on */
	DIR *files; /* of the process at hand; NULL: none */
	char process[16];
	uint64_t cost; /* of the processor's time, in ns, of this one until now */
	uint64_t least; /* ns from its end to the next one */
	uint64_t due; /* ktime of the next one */
};

/* A hook at an interface of such a namespace, and what that is called in events. */
struct stray {
	struct tc_hook *hook;
	uint64_t netns; /* 0: it is not known into which one it went */
	uint32_t ifindex;
	char name[IFNAMSIZ];
};

struct namespaces {
	struct namespaces_config cfg;
	namespaces_fn *fn;
	void *arg;
	struct netns_state **v;
	size_t n;
	struct iface **ifaces; /* index is slot - 1; those beyond LA_SLOTS share slot 0 */
	size_t n_ifaces;
	size_t n_users; /* of these, interfaces of namespaces that are not root's */
	struct turn turn;
	struct record_interface *rows;
	struct record_line *lines; /* of interfaces that have no hook any more */
	size_t n_lines;
	bool lines_ready; /* those at the start were read, all at once */
	const char *tc_mode;
	struct tcx_placeholders *placeholders; /* during start only */
	bool armed; /* TC may be attached */
	bool arming; /* to all that were there when we began */
	bool many; /* interfaces: see netns_tc_mode() */
	bool stale; /* facts have changed since the last datapath_bump_epoch() */
	int mounts; /* tells of changes; -1: not open */
	uint64_t mounts_due; /* ktime of the next namespaces_look_for_cards() */
	uint8_t cards_due; /* NETNS_BY_*: what was found so waits for the next turn */
	struct netns_walk by_process, by_file;
	uint64_t ended_due; /* ktime of the next search for a namespace whose processes have ended */
	struct stray *strays;
	size_t n_strays;
	struct unknown_netns *unknown;
	size_t n_unknown;
	uint64_t changes; /* how often these, or routes with dropping, have changed */
};

/*
 * Opens one namespace: facts about its interfaces are passed to the kernel as they change. scopes:
 * whose processes are in it. Takes ownership of ns and links (NULL: not read yet), also on failure.
 */
int netns_state_open(struct namespaces *s, struct netns *ns, struct links *links, uint64_t scopes,
		     struct netns_state **ret);
void netns_state_free(struct netns_state *sp);

/* Removes its facts from the kernel and frees it. */
void netns_state_leave(struct netns_state *sp);

/* Handles changes of routes and nat, and passes what is known of its connections. */
void netns_state_push_connections(struct netns_state *sp);
void netns_state_drop_connections(struct netns_state *sp);
void netns_state_free_connections(struct netns_state *sp);
/* Call it every second: checks for nat that the kernel reports to nobody. */
void netns_state_poll_nat(struct netns_state *sp);

/* Passes the addresses of exposed interfaces that identify the machine, and returns up to max of
 * them. */
void netns_state_push_addresses(struct netns_state *sp);
void netns_state_drop_addresses(struct netns_state *sp);
size_t netns_state_exposed_addrs(const struct netns_state *sp, struct la_addr *to, size_t max);

/* Interfaces that have gone do not count any more, once their slots may be another's. */
void netns_state_forget_users(struct namespaces *s);

/* The role that the kernel is passed. */
enum la_role_kind netns_state_role(const struct netns_state *sp, const struct link *link);
/* Passes it, and attaches or detaches TC as it needs now. */
void netns_state_push_role(struct netns_state *sp, struct link *link);
void netns_state_report(struct netns_state *sp, enum record_action action, const struct link *link,
			enum link_change change, const char *old_name);

/* Interfaces that lead to another place on this machine: netns_hops.c. */
bool netns_hops_has(const struct netns_state *sp, const struct link *link);
/* Tells the kernel where it enters home before it is a hop. */
void netns_hops_enter(struct netns_state *sp, const struct link *link, struct iface *i);
/* Forgets entries that no hop has any more. Call it when the roles are passed. */
void netns_hops_forget(struct namespaces *s);
/* Call it when an interface is new or came up. */
void netns_hops_want(struct netns_state *sp, const struct link *link);
/* Searches for the holders of taps, when that is due. */
void netns_hops_find(struct netns_state *sp);
/* Call it every second: whether the holders still are what they were. */
void netns_hops_check(struct netns_state *sp, struct link *link);

/* The same of the hook at the loopback device. */
void netns_loops_place(struct netns_state *sp, const struct link *link, struct iface *i);

/*
 * The hook of an interface that went into another namespace goes with it, until that one is known:
 * netns_strays.c. netns_strays_take() returns that of an interface here, if there is one.
 */
void netns_strays_keep(struct netns_state *sp, const struct link *link, struct iface *i);
struct tc_hook *netns_strays_take(struct netns_state *sp, uint32_t ifindex);
/* Whether that interface has one; or makes a hook of tcx one, of a namespace or 0. -ENOMEM: it is
 * detached. */
bool netns_strays_has(const struct namespaces *s, const struct netns *ns, uint32_t ifindex);
int netns_strays_add(struct namespaces *s, struct tc_hook *h, uint64_t netns,
		     const struct link *link);
/* What an interface that has one is called; NULL: it is not known. */
const char *netns_strays_name(const struct namespaces *s, uint64_t netns, uint32_t ifindex);
/* Call it every second: forgets those whose interface is gone. */
void netns_strays_check(struct namespaces *s);
void netns_strays_free(struct namespaces *s);

/* Whether it is the end at home of a veth of another namespace that is followed. */
bool netns_hops_is_end(struct namespaces *s, const struct link *end);

/* Attaches or detaches what notes who sends by an interface into this machine: netns_origins.c. */
void netns_origins_place(struct netns_state *sp, const struct link *link, struct iface *i);

/*
 * namespaces_adopt() reads the interfaces of an earlier loader. namespaces_adopted() returns the
 * one with that index, or NULL. namespaces_disown() removes those that were not found again.
 */
void namespaces_adopt(struct namespaces *s);
struct iface *namespaces_adopted(struct namespaces *s, uint64_t netns, uint32_t ifindex);
void namespaces_disown(struct namespaces *s);

/* Passes what depends on other interfaces, also of other namespaces. Call it after any has changed.
 */
void netns_state_restack(struct netns_state *sp);

/* By which id a namespace knows another one; -1: by none. */
int32_t netns_state_nsid(const struct netns *in, const struct netns *other);

/*
 * It is not watched. Incomplete, if it may be the way out of a machine that has no other, among so
 * many ends of veth pairs that none of them is.
 */
void netns_state_tell_hidden(const struct netns_state *sp, const struct link *link);

/* Whether TC belongs there; and which hook sees leave what is judged on it. */
bool netns_state_wants_tc(const struct netns_state *sp, const struct link *link);
enum la_leaves netns_state_leaves(const struct netns_state *sp, const struct link *link);

/* Each namespace in turn, home first: calls it with 0 to n - 1. */
struct netns_state *namespaces_in_turn(const struct namespaces *s, size_t i);
void namespaces_turn_begins(struct namespaces *s);
/* Home has no end of its turn. */
bool namespaces_turn_is_over(const struct netns_state *sp);
/* The links of a namespace, as many as are followed. */
int namespaces_open_links(struct netns_state *sp, struct link_roles roles);
/* Whether another interface of it may be followed. If not, that is said. */
bool namespaces_has_room(struct netns_state *sp);
/* Says where it has more links than are followed. */
void namespaces_check_room(struct netns_state *sp);
/* Handles what is left, and says where that was too much. */
void namespaces_turns_end(struct namespaces *s);
/* Attaches what is due, and detaches, until the turn is over. */
void namespaces_take_turns(struct namespaces *s);
/* Detaches it in one of the next turns. h may be NULL. */
void namespaces_detach_hook(struct namespaces *s, struct tc_hook *h);
/* Detaches what is left. */
void namespaces_turns_free(struct namespaces *s);

/* By which way a hook is to be attached to the interface. netns_tc_count() counts how many may be. */
enum tc_mode netns_tc_mode(const struct netns_state *sp, const struct link *link);
void netns_tc_count(struct namespaces *s);
/* Says why what leaves by the interface is not seen. r: of tc_attach(). */
void netns_tc_failed(struct namespaces *s, const struct link *link, int r);
/* Finds out where something at TC has changed: `tc_seen` of those is false then. */
void netns_tc_follow(struct netns_state *sp);
/* Attaches anew what another process has removed from the interface, which is said. */
void netns_tc_check(struct netns_state *sp, const struct link *link);

/* Whether a hook of the interface has to wait for the turn of its namespace. */
bool netns_state_waits(struct netns_state *sp, struct iface *i);

/* Attaches or detaches TC as the interface needs now. */
void netns_state_place_tc(struct netns_state *sp, const struct link *link, struct iface *i);

/*
 * Finds the holders of all tun devices that came up since the last call, in one walk through /proc.
 */
void netns_state_find_holders(struct netns_state *sp);

/* What proves the outer packets of a tunnel that came up; and, every second, of one that is. */
void netns_transport_learn(struct netns_state *sp, const struct link *link);
void netns_transport_check(struct netns_state *sp, const struct link *link);

/* Whether its holder is known as the daemon of a tunnel. */
bool netns_transport_carries(const struct netns_state *sp, const struct link *link);

/* Passes the remote addresses of IPsec. */
void netns_state_find_ipsec(struct netns_state *sp);

/*
 * Call it when hooks are attached, every second, and last before they go: netns_detours.c. It looks
 * where netns_tc_follow() has found a change.
 */
void netns_detours_check(struct netns_state *sp);

/*
 * Takes a filter of which the kernel has told: it may be gone when we look, with its interface.
 * link: NULL where there is none.
 */
struct tc_filter;
void netns_detours_hear(struct netns_state *sp, const struct link *link,
			const struct tc_filter *filter);

/* Checks the TC hook of an interface, and the remote addresses of a tunnel. */
void netns_state_check_link(struct netns_state *sp, struct link *link);

struct record_interface netns_state_describe(const struct netns_state *sp, const struct link *link);

static inline time_t namespaces_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	return ts.tv_sec;
}

/* In the host's scope: follows namespaces with a card that no process is in. In a cgroup's: posts
 * sentries. */
void namespaces_look_for_cards(struct namespaces *s);
/* Looks into the namespace at a path. kept: by what it was found. namespaces_unkeep(): nothing was,
 * so far. */
void namespaces_look_into(struct namespaces *s, const char *path, uint8_t kept);
void namespaces_unkeep(struct namespaces *s, uint8_t kept);

/* A walk begins, unless one goes on. Its finds are marked with the one bit or the other, in turns. */
void netns_walk_begin(struct netns_walk *w, uint64_t least, uint8_t one, uint8_t other);
/* Takes a step of the walks that go on; before the first turn, all of them. */
void namespaces_walk(struct namespaces *s);
void namespaces_walks_free(struct namespaces *s);

/* Opens what is there, if it is a network namespace. -errno. */
int namespaces_open_path(const char *path, struct netns **ret);

/*
 * The cards of the namespace at a path get sentries, now and then. kept: by what it was found; 0:
 * it is followed now, and has hooks of its own. namespaces_sentries_expire() begins a new search by
 * that; namespaces_sentries_forget() ends it.
 */
void namespaces_post_sentries(struct namespaces *s, const char *path, const struct stat *st,
			      uint8_t kept);
void namespaces_sentries_expire(struct namespaces *s, uint8_t kept);
/* Whether one of those that were found so is to be looked at again. */
bool namespaces_sentries_due(const struct namespaces *s, uint8_t kept, uint64_t now);
void namespaces_sentries_forget(struct namespaces *s);

/* Passes what has changed to the kernel. */
void namespaces_push_changes(struct namespaces *s);

/* The bit of a scope, by its number; and those whose processes are in the namespace. */
static inline uint64_t netns_scope_bit(uint32_t scope)
{
	return scope && scope <= LA_SCOPES_MAX ? 1ULL << (scope - 1) : 0;
}

/* What comes in from there at home belongs to them. */
static inline void netns_state_set_scopes(struct netns_state *sp, uint64_t scopes)
{
	sp->all->stale |= scopes != sp->scopes;
	sp->scopes = scopes;
}
