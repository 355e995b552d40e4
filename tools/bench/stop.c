/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "stop.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
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
#define CALLS 400 /* of a round */

enum way { NOBODY, NFT_COUNT, OUR_COUNT, EMPTY_DROP, NFT_DROP, OUR_DROP, WAY_MAX };

/* What is sent meets a device and what is stopped does not: each is compared with
 * the least that can be done of its kind. */
static const struct way_type {
	const char *name; /* of its namespace and cgroup */
	const char *what;
	enum way base;
	bool stops;
} ways[WAY_MAX] = {
	[NOBODY] = { "nobody", "let through by all", NOBODY, false },
	[NFT_COUNT] = { "nft-count", "counted by nft", NOBODY, false },
	[OUR_COUNT] = { "count", "counted by leakaudit", NOBODY, false },
	[EMPTY_DROP] = { "empty", "dropped by an empty program", EMPTY_DROP, true },
	[NFT_DROP] = { "nft-drop", "dropped by nft", EMPTY_DROP, true },
	[OUR_DROP] = { "drop", "dropped by leakaudit", EMPTY_DROP, true },
};

struct sender {
	pid_t pid; /* 0: this way is skipped */
	int control;
	double ns; /* a call, in this round */
	struct series took, added;
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

static void run_sender(int control, bool stopped)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(FAR_PORT) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), i, failed;
	char payload[SIZE];
	uint64_t ns;
	char byte;

	/* neither uTP nor a DHT's, as zeros and text would be */
	memset(payload, 0xee, sizeof(payload));
	inet_pton(AF_INET, FAR_END, &to.sin_addr);
	while (read(control, &byte, 1) == 1) {
		failed = 0;
		ns = now_ns();
		for (i = 0; i < CALLS; i++)
			failed += sendto(fd, payload, sizeof(payload), 0, (void *)&to, sizeof(to)) <
				  0;
		ns = now_ns() - ns;
		if (failed != (stopped ? CALLS : 0))
			die("%d of %d packets were stopped", failed, CALLS);
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

static double send_round(const struct sender *s)
{
	uint64_t ns;

	if (write(s->control, "", 1) != 1 || read(s->control, &ns, sizeof(ns)) != sizeof(ns))
		die("the sender has ended");
	return (double)ns / CALLS;
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
	argv[n++] = "--cgroup";
	argv[n++] = own->cgroup;
	if (ways[own->way].stops)
		argv[n++] = "--drop";
	loader_start(&own->loader, argv);
}

static void time_calls(const struct stop_settings *set, struct sender senders[WAY_MAX])
{
	unsigned int round;
	int way;

	for (round = 0; round <= set->rounds; round++) {
		for (way = 0; way < WAY_MAX; way++)
			if (senders[way].pid)
				senders[way].ns = send_round(&senders[way]);
		for (way = 0; way < WAY_MAX && round; way++) { /* in the first one, flows settle */
			if (!senders[way].pid)
				continue;
			series_add(&senders[way].took, senders[way].ns);
			series_add(&senders[way].added,
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
			send_round(&senders[own[i].way]);
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

static void print_way(const struct stop_settings *set, enum way way, struct sender *s)
{
	const struct way_type *t = &ways[way];
	double least = series_min(&s->took);

	if (set->json) {
		printf("{\"sendto\":\"%s\"", t->what);
		if (!s->pid)
			puts(",\"skipped\":true}");
		else
			printf(",\"ns\":%.1f,\"least_ns\":%.1f,\"added_ns\":%.1f,\"rounds\":%zu}\n",
			       series_median(&s->took), least, series_median(&s->added), s->took.n);
		return;
	}
	printf("  %-28s", t->what);
	if (!s->pid)
		printf(" skipped: %s\n", set->no_nft);
	else if (t->base == way)
		printf(" %7.1f %7.1f\n", series_median(&s->took), least);
	else
		printf(" %7.1f %7.1f %+7.1f\n", series_median(&s->took), least,
		       series_median(&s->added));
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
	int way;

	if (!set->json)
		printf("\n%-30s %7s %7s %7s\n whole calls of sendto()\n",
		       "ns per packet of a UDP flow", "median", "least", "added");
	for (way = 0; way < WAY_MAX; way++)
		print_way(set, way, &senders[way]);
	print_programs(&own[0], &own[1], set->json);
}

/* Stops all, as the least that can: its result is what sendto() fails by. */
static int attach_stopper(const struct stop_settings *set)
{
	char path[4096];
	int fd, r;

	path_of(path, set->cgroup, EMPTY_DROP);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		die("cannot open %s", path);
	r = hooks_attach_result(HOOK_EGRESS, fd, 0);
	if (r < 0) {
		errno = -r;
		die("cannot attach an empty program");
	}
	close(fd);
	return r;
}

void bench_stop(const struct stop_settings *set)
{
	static struct sender senders[WAY_MAX];
	static struct own own[] = { { .way = OUR_COUNT }, { .way = OUR_DROP } };
	int stopper = attach_stopper(set), way;
	size_t i;

	for (i = 0; i < 2; i++)
		start_loader(&own[i], set);
	for (way = 0; way < WAY_MAX; way++)
		if (!is_nft(way) || !set->no_nft)
			start_sender(&senders[way], set, way);
	time_calls(set, senders);
	time_programs(set, senders, own, 2);
	print_all(set, senders, own);
	for (way = 0; way < WAY_MAX; way++)
		if (senders[way].pid)
			child_end(senders[way].pid);
	for (i = 0; i < 2; i++)
		loader_stop(&own[i].loader);
	close(stopper);
}
