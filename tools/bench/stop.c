/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "stop.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "child.h"
#include "hooks.h"
#include "loader.h"
#include "series.h"

#define FAR_END "203.0.113.1"
#define FAR_PORT 40000
#define SIZE 1200

enum way {
	NOBODY,
	NOBODY_AGAIN,
	EMPTY_COUNT,
	FLOOR_COUNT,
	NFT_COUNT,
	OLD_COUNT,
	OUR_COUNT,
	EMPTY_DROP,
	NFT_DROP,
	OUR_DROP,
	WAY_MAX
};

/* What is timed, by the byte that the sender is told it with. */
static const struct work {
	char byte;
	const char *what;
	int calls; /* of a round */
	bool counts; /* for ways that stop nothing */
} works[] = {
	{ 'p', "sendto() of a flow", 400, false },
	{ 's', "a socket made and closed", 100, true },
	{ 'n', "a socket made, one packet, closed", 100, true },
};

/* What is sent meets a device and what is stopped does not: each is compared with
 * the least that can be done of its kind. */
static const struct way_type {
	const char *name; /* of its namespace and cgroup */
	const char *what;
	enum way base;
	bool stops;
} ways[WAY_MAX] = {
	[NOBODY] = { "nobody", "let through by all", NOBODY, false },
	/* what it differs by is noise */
	[NOBODY_AGAIN] = { "again", "the same once more", NOBODY, false },
	[EMPTY_COUNT] = { "hooks", "let through by empty programs", NOBODY, false },
	[FLOOR_COUNT] = { "floor", "all counted by one program", NOBODY, false },
	[NFT_COUNT] = { "nft-count", "counted by nft", NOBODY, false },
	[OLD_COUNT] = { "old", "counted by the baseline", NOBODY, false },
	[OUR_COUNT] = { "count", "counted by leakaudit", NOBODY, false },
	[EMPTY_DROP] = { "empty", "dropped by an empty program", EMPTY_DROP, true },
	[NFT_DROP] = { "nft-drop", "dropped by nft", EMPTY_DROP, true },
	[OUR_DROP] = { "drop", "dropped by leakaudit", EMPTY_DROP, true },
};

struct sender {
	pid_t pid; /* 0: this way is skipped */
	const char *skipped; /* why */
	int control;
	double ns; /* a call, in this round */
	struct series took[3], added[3]; /* by the index in works */
};

/* The programs of one loader, and what they cost. */
struct own {
	enum way way;
	char cgroup[4096];
	struct loader loader;
	struct hooks *hooks;
	struct series ours, empty, added;
};

static bool is_nft(enum way way)
{
	return way == NFT_COUNT || way == NFT_DROP;
}

static void path_of(char path[4096], const char *before, enum way way)
{
	snprintf(path, 4096, "%s%s", before, ways[way].name);
}

static const struct work *work_of(char byte)
{
	size_t i;

	for (i = 0; i < sizeof(works) / sizeof(works[0]); i++)
		if (works[i].byte == byte)
			return &works[i];
	die("no such work");
}

/* One call of the work; whether it was stopped. fd: of the flow. */
static bool do_work(char byte, int fd, const char *payload)
{
	static struct sockaddr_in to = { .sin_family = AF_INET };
	bool stopped;

	to.sin_port = htons(FAR_PORT);
	inet_pton(AF_INET, FAR_END, &to.sin_addr);
	if (byte != 'p')
		fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	stopped = byte != 's' && sendto(fd, payload, SIZE, 0, (void *)&to, sizeof(to)) < 0;
	if (byte != 'p')
		close(fd);
	return stopped;
}

static void run_sender(int control, bool stops)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), i, stopped, calls;
	char payload[SIZE];
	uint64_t ns;
	char byte;

	/* neither uTP nor a DHT's, as zeros and text would be */
	memset(payload, 0xee, sizeof(payload));
	while (read(control, &byte, 1) == 1) {
		calls = work_of(byte)->calls;
		stopped = 0;
		ns = cpu_ns();
		for (i = 0; i < calls; i++)
			stopped += do_work(byte, fd, payload);
		ns = cpu_ns() - ns;
		if (stopped != (stops ? calls : 0))
			die("%d of %d packets were stopped", stopped, calls);
		if (write(control, &ns, sizeof(ns)) != sizeof(ns))
			break;
	}
	_exit(0);
}

static void start_sender(struct sender *s, const struct stop_settings *set, enum way way)
{
	char netns[4096], cgroup[4096];
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		die("cannot make a pipe");
	path_of(netns, set->netns, way);
	path_of(cgroup, set->cgroup, way);
	s->pid = child_fork();
	if (!s->pid) {
		close(pair[0]);
		enter_netns(netns);
		enter_cgroup(cgroup);
		run_sender(pair[1], ways[way].stops);
	}
	close(pair[1]);
	s->control = pair[0];
}

static double send_round(const struct sender *s, const struct work *work)
{
	uint64_t ns;

	if (write(s->control, &work->byte, 1) != 1 ||
	    read(s->control, &ns, sizeof(ns)) != sizeof(ns))
		die("the sender has ended");
	return (double)ns / work->calls;
}

/* In its namespace, in place of the process that it is started by. */
static void start_loader(struct own *own, const struct stop_settings *set)
{
	char netns[4096 + 16], *argv[32] = { "/usr/bin/nsenter", netns, "--" };
	size_t n = 3, i;

	path_of(own->cgroup, set->cgroup, own->way);
	snprintf(netns, sizeof(netns), "--net=%s%s", set->netns, ways[own->way].name);
	for (i = 0; set->command[i] && n < 28; i++)
		argv[n++] = set->command[i];
	if (own->way == OLD_COUNT)
		argv[3] = (char *)set->baseline;
	argv[n++] = "--cgroup";
	argv[n++] = own->cgroup;
	if (ways[own->way].stops)
		argv[n++] = "--drop";
	loader_start(&own->loader, argv);
}

static bool takes_part(const struct sender *s, enum way way, const struct work *work)
{
	return s->pid && !(work->counts && ways[way].stops);
}

static void time_calls(const struct stop_settings *set, struct sender senders[WAY_MAX], size_t w)
{
	const struct work *work = &works[w];
	unsigned int round;
	int way;

	for (round = 0; round <= set->rounds; round++) {
		for (way = 0; way < WAY_MAX; way++)
			if (takes_part(&senders[way], way, work))
				senders[way].ns = send_round(&senders[way], work);
		for (way = 0; way < WAY_MAX && round; way++) { /* in the first one, flows settle */
			if (!takes_part(&senders[way], way, work))
				continue;
			series_add(&senders[way].took[w], senders[way].ns);
			series_add(&senders[way].added[w],
				   senders[way].ns - senders[ways[way].base].ns);
		}
	}
}

/* Apart from the calls' times, which the kernel's statistics would add to. */
static void time_programs(const struct stop_settings *set, struct sender senders[WAY_MAX],
			  struct own *own, size_t n)
{
	struct reading from[HOOK_MAX], to[HOOK_MAX];
	unsigned int round;
	struct cost c;
	size_t i;
	int r;

	for (i = 0; i < n; i++) {
		r = hooks_open(&own[i].hooks, own[i].cgroup, NULL, 0, 0);
		r = r ? r : hooks_meet(own[i].hooks, own[i].loader.pid);
		if (r) {
			errno = -r;
			die("cannot attach the empty programs");
		}
	}
	for (round = 0; round < set->rounds; round++) {
		for (i = 0; i < n; i++) {
			hooks_read(own[i].hooks, from);
			send_round(&senders[own[i].way], &works[0]);
			hooks_read(own[i].hooks, to);
			if (!hooks_cost(&from[HOOK_EGRESS], &to[HOOK_EGRESS], &c))
				continue;
			series_add(&own[i].ours, c.ours);
			series_add(&own[i].empty, c.empty);
			series_add(&own[i].added, c.ours - c.empty);
		}
	}
	for (i = 0; i < n; i++)
		hooks_close(own[i].hooks);
}

static void print_way(const struct stop_settings *set, enum way way, struct sender *s, size_t w)
{
	const struct way_type *t = &ways[way];
	double least = series_min(&s->took[w]);

	if (set->json) {
		printf("{\"timed\":\"%s\",\"way\":\"%s\"", works[w].what, t->what);
		if (!s->pid)
			puts(",\"skipped\":true}");
		else
			printf(",\"ns\":%.1f,\"least_ns\":%.1f,\"added_ns\":%.1f,\"rounds\":%zu}\n",
			       series_median(&s->took[w]), least, series_median(&s->added[w]),
			       s->took[w].n);
		return;
	}
	printf("  %-28s", t->what);
	if (!s->pid)
		printf(" skipped: %s\n", s->skipped);
	else if (t->base == way)
		printf(" %7.1f %7.1f\n", series_median(&s->took[w]), least);
	else
		printf(" %7.1f %7.1f %+7.1f\n", series_median(&s->took[w]), least,
		       series_median(&s->added[w]));
}

static double least_added(struct own *own)
{
	return series_min(&own->ours) - series_min(&own->empty);
}

static void print_own(struct own *own, const char *what, bool json)
{
	if (json)
		printf("{\"hook\":\"cgroup egress\",\"what\":\"%s\",\"added_ns\":%.1f,"
		       "\"least_added_ns\":%.1f}\n",
		       what, series_median(&own->added), least_added(own));
	else if (own->added.n)
		printf("  %-28s %+7.1f %+7.1f", what, series_median(&own->added), least_added(own));
	else
		printf("  %-28s not seen at this hook", what);
}

/* Noise is about as much as a timestamp is exact. */
#define NOISE_NS 3

static void print_programs(struct own *count, struct own *drop, bool json)
{
	double counting = series_median(&count->added);

	if (!json)
		puts(" cgroup egress, its own program");
	print_own(count, "counting", json);
	if (!json)
		putchar('\n');
	print_own(drop, "dropping", json);
	if (!json)
		printf("   no more than counting: %s\n",
		       verdict(series_median(&drop->added),
			       least_added(drop) - least_added(count) + counting,
			       counting + NOISE_NS));
}

static void print_all(const struct stop_settings *set, struct sender senders[WAY_MAX],
		      struct own own[2])
{
	size_t w;
	int way;

	if (!set->json)
		printf("\n%-30s %7s %7s %7s\n", "CPU ns of whole calls (UDP)", "median", "least",
		       "added");
	for (w = 0; w < sizeof(works) / sizeof(works[0]); w++) {
		if (!set->json)
			printf(" %s\n", works[w].what);
		for (way = 0; way < WAY_MAX; way++)
			if (!works[w].counts || !ways[way].stops)
				print_way(set, way, &senders[way], w);
	}
	print_programs(&own[0], &own[1], set->json);
}

static int open_cgroup(const struct stop_settings *set, enum way way)
{
	char path[4096];
	int fd;

	path_of(path, set->cgroup, way);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		die("cannot open %s", path);
	return fd;
}

/* The least that counts: packets and bytes, of all that the cgroup sends, at one hook. */
static int attach_counter(const struct stop_settings *set)
{
	int fd = open_cgroup(set, FLOOR_COUNT), r = hooks_attach_counter(fd);

	close(fd);
	return r;
}

/* Stops all, as the least that can: its result is what sendto() fails by. */
static int attach_stopper(const struct stop_settings *set)
{
	int fd = open_cgroup(set, EMPTY_DROP), r = hooks_attach_result(HOOK_EGRESS, fd, 0);

	if (r < 0) {
		errno = -r;
		die("cannot attach an empty program");
	}
	close(fd);
	return r;
}

/*
 * Programs without an opinion at the two hooks that ours cannot do without: less than they cost is
 * not to be had. Their links are open until the end. Returns -errno.
 */
static int attach_empty_hooks(const struct stop_settings *set)
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), r;
	int cgroup = open_cgroup(set, EMPTY_COUNT);
	char path[4096];

	if (home < 0)
		die("cannot open this network namespace");
	r = hooks_attach_result(HOOK_EGRESS, cgroup, 1);
	path_of(path, set->netns, EMPTY_COUNT);
	enter_netns(path);
	if (r >= 0)
		r = hooks_attach_result(HOOK_TC, (int)if_nametoindex("eth0"), -1);
	if (setns(home, CLONE_NEWNET))
		die("cannot return");
	close(cgroup);
	close(home);
	return r;
}

static const char *why_not(const struct stop_settings *set, enum way way)
{
	if (way == OLD_COUNT && !set->baseline)
		return "no BASELINE is named";
	if (way == EMPTY_COUNT && attach_empty_hooks(set) < 0)
		return "this kernel has no tcx";
	if (way == FLOOR_COUNT && attach_counter(set) < 0)
		return "its program cannot be attached";
	return is_nft(way) ? set->no_nft : NULL;
}

void bench_stop(const struct stop_settings *set)
{
	static struct sender senders[WAY_MAX];
	static struct own own[] = { { .way = OUR_COUNT },
				    { .way = OUR_DROP },
				    { .way = OLD_COUNT } };
	size_t i, n = set->baseline ? 3 : 2;
	int stopper = attach_stopper(set), way;

	for (i = 0; i < n; i++)
		start_loader(&own[i], set);
	for (way = 0; way < WAY_MAX; way++) {
		senders[way].skipped = why_not(set, way);
		if (!senders[way].skipped)
			start_sender(&senders[way], set, way);
	}
	for (i = 0; i < sizeof(works) / sizeof(works[0]); i++)
		time_calls(set, senders, i);
	time_programs(set, senders, own, 2);
	print_all(set, senders, own);
	for (way = 0; way < WAY_MAX; way++)
		if (senders[way].pid)
			child_end(senders[way].pid);
	for (i = 0; i < n; i++)
		loader_stop(&own[i].loader);
	close(stopper);
}
