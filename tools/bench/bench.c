/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the audit costs: per packet, in memory, and until it is ready. Started
 * by the script beside it, which makes the namespaces, in the audited one.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <net/if.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "child.h"
#include "hooks.h"
#include "loader.h"
#include "rows.h"
#include "series.h"
#include "stop.h"
#include "through.h"
#include "traffic.h"

#define MEMORY_TARGET_MB 16
#define READY_TARGET_MS 200

struct settings {
	const char *cgroup; /* where the traffic comes from */
	const char *peer; /* the other side's namespace */
	const char *netns, *baseline; /* struct stop_settings */
	const char *no_nft, *no_guard;
	unsigned int rounds;
	unsigned int processes;
	bool json;
	char **command;
};

/* How much of it makes a round: short enough that most rounds pass undisturbed. */
static unsigned int load_size[LOAD_MAX] = {
	[LOAD_TUNNEL_UDP] = 400, [LOAD_TUNNEL_TCP] = 400, [LOAD_TUNNEL_GSO] = 2000,
	[LOAD_TCP] = 400,	 [LOAD_TCP_GSO] = 8000,	  [LOAD_UDP] = 400,
	[LOAD_UDP6] = 400,	 [LOAD_UDP_PEERS] = 400,  [LOAD_UDP_NEW] = 20,
	[LOAD_CONNECT] = 200,	 [LOAD_SETSOCKOPT] = 200, [LOAD_FLOWS] = 0,
};

static void measure_load(const struct hooks *h, struct traffic *t, enum load load, enum build build)
{
	struct reading from[HOOK_MAX], to[HOOK_MAX];

	hooks_read(h, from);
	traffic_send(t, load, load_size[load]);
	hooks_read(h, to);
	rows_add(load, load_size[load], build, from, to);
}

/* Round by round through all loads, so that whatever else the machine does meets all alike. */
static void measure(const struct hooks *h, struct traffic *t, unsigned int rounds, enum build build)
{
	unsigned int round;
	int load;

	/* flows settle, sockets grow their windows */
	for (load = 0; load < LOAD_MAX; load++)
		if (load_size[load])
			traffic_send(t, load, load_size[load]);
	for (round = 0; round < rounds; round++)
		for (load = 0; load < LOAD_MAX; load++)
			if (load_size[load])
				measure_load(h, t, load, build);
}

/* Numbers of a busy machine are not to be compared with those of an idle one. */
static void print_machine(bool json)
{
	struct utsname u;
	double load = 0;

	uname(&u);
	(void)!getloadavg(&load, 1);
	if (json)
		printf("{\"machine\":\"%s\",\"kernel\":\"%s\",\"cpus\":%ld,\"load\":%.1f}\n",
		       u.machine, u.release, sysconf(_SC_NPROCESSORS_ONLN), load);
	else
		printf("%s, Linux %s, %ld CPUs, load %.1f\n\n", u.machine, u.release,
		       sysconf(_SC_NPROCESSORS_ONLN), load);
}

static void print_memory(const char *when, struct memory m, bool json)
{
	double mb = (double)m.rss_kb / 1024, peak = (double)m.peak_kb / 1024;

	if (json)
		printf("{\"memory\":\"%s\",\"rss_mb\":%.1f,\"peak_mb\":%.1f,\"target_mb\":%d}\n",
		       when, mb, peak, MEMORY_TARGET_MB);
	else
		printf("  %-24s %6.1f MiB, at most %.1f  < %d %s\n", when, mb, peak,
		       MEMORY_TARGET_MB, verdict(peak, peak, MEMORY_TARGET_MB));
}

/* More flows than the table holds. */
#define MANY_FLOWS 30000

/*
 * Where the kernel finds room for a program's code makes it up to 40 ns quicker or slower
 * between packets of TCP, all of a run through. What a user gets is any of that: so
 * it is loaded anew, with other programs in front of it, this often.
 */
#define PLACES 8

struct memories {
	struct memory at_ready, at_end, many;
};

static void bench_place(const struct settings *set, enum build build, unsigned int place,
			struct memories *ret)
{
	unsigned int interfaces[] = { if_nametoindex("eth0"), if_nametoindex("eth1") };
	struct traffic *traffic;
	struct loader loader;
	struct hooks *hooks;
	char *program;
	int r;

	r = hooks_open(&hooks, set->cgroup, interfaces, 2, place);
	if (r) {
		errno = -r;
		die("cannot attach the empty programs");
	}
	program = set->command[0];
	if (build == BUILD_BASELINE)
		set->command[0] = (char *)set->baseline;
	loader_start(&loader, set->command);
	set->command[0] = program;
	ret->at_ready = loader_memory(&loader);
	r = hooks_meet(hooks, loader.pid);
	if (r) {
		errno = -r;
		die("cannot attach the empty programs behind");
	}
	traffic = traffic_start(set->cgroup, set->peer);
	measure(hooks, traffic, (set->rounds + PLACES - 1) / PLACES, build);
	ret->at_end = loader_memory(&loader);
	if (build == BUILD_OURS && place == PLACES - 1) {
		traffic_send(traffic, LOAD_FLOWS, MANY_FLOWS);
		sleep(6); /* the loader goes through all of them each five seconds */
		ret->many = loader_memory(&loader);
	}
	traffic_end(traffic);
	loader_stop(&loader);
	hooks_close(hooks);
}

static void bench_packets(const struct settings *set)
{
	struct memories memory, ignored;
	unsigned int place;
	pid_t plain, gso;

	if (access("/proc/net/if_inet6", F_OK))
		load_size[LOAD_UDP6] = 0;
	plain = tunnel_start(TUNNEL_PLAIN, set->peer);
	gso = tunnel_start(TUNNEL_GSO, set->peer);
	for (place = 0; place < PLACES; place++) {
		if (set->baseline)
			bench_place(set, BUILD_BASELINE, place, &ignored);
		bench_place(set, BUILD_OURS, place, &memory);
	}
	print_machine(set->json);
	rows_print(set->json);
	if (!set->json)
		printf("\nresident memory of the loader\n");
	print_memory("when ready", memory.at_ready, set->json);
	print_memory("after these packets", memory.at_end, set->json);
	print_memory("after 30000 flows", memory.many, set->json);
	child_end(plain);
	child_end(gso);
}

/* One of the host's processes, with a few files and sockets open. */
static void idle(const char *cgroup)
{
	int i;

	enter_cgroup(cgroup);
	for (i = 0; i < 8; i++)
		if (dup(STDERR_FILENO) < 0 || (i < 2 && socket(AF_INET, SOCK_DGRAM, 0) < 0))
			die("cannot open files");
	kill(getppid(), SIGUSR1);
	for (;;)
		pause();
}

static void start_processes(const char *cgroup, pid_t *pids, unsigned int n)
{
	sigset_t up, old;
	unsigned int i;
	int sig;

	sigemptyset(&up);
	sigaddset(&up, SIGUSR1);
	sigprocmask(SIG_BLOCK, &up, &old);
	for (i = 0; i < n; i++) {
		pids[i] = child_fork();
		if (!pids[i])
			idle(cgroup);
		sigwait(&up, &sig);
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
}

static void bench_start(const struct settings *set)
{
	pid_t *pids = calloc(set->processes, sizeof(*pids));
	static struct series ms;
	struct loader loader;
	unsigned int i;

	if (!pids)
		die("no memory");
	start_processes(set->cgroup, pids, set->processes);
	for (i = 0; i < set->rounds; i++) {
		loader_start(&loader, set->command);
		series_add(&ms, (double)loader.ready_ns / 1e6);
		loader_stop(&loader);
	}
	for (i = 0; i < set->processes; i++)
		child_end(pids[i]);
	free(pids);
	if (set->json)
		printf("{\"start\":\"ready\",\"median_ms\":%.1f,\"min_ms\":%.1f,\"runs\":%u,"
		       "\"processes\":%u,\"target_ms\":%d}\n",
		       series_median(&ms), series_min(&ms), set->rounds, set->processes,
		       READY_TARGET_MS);
	else
		printf("\nfrom exec to the ready event, %u processes, %u starts\n"
		       "  %-24s %6.1f ms, at least %.1f  < %d %s\n",
		       set->processes, set->rounds, "median", series_median(&ms), series_min(&ms),
		       READY_TARGET_MS,
		       verdict(series_median(&ms), series_min(&ms), READY_TARGET_MS));
}

static void usage(void)
{
	fputs("usage: bench --cgroup PATH [--peer NETNS] [--rounds N] [--processes N] [--json]\n"
	      "             [--netns PREFIX] [--no-nft WHY] [--no-guard WHY] [--baseline PROGRAM]\n"
	      "             packets|stop|start|through COMMAND...\n",
	      stderr);
	exit(2);
}

static void run(const struct settings *set, const char *what)
{
	if (!strcmp(what, "packets") && set->peer)
		bench_packets(set);
	else if (!strcmp(what, "stop") && set->netns && set->peer)
		bench_stop(&(struct stop_settings){ set->cgroup, set->netns, set->peer, set->no_nft,
						    set->no_guard, set->baseline, set->rounds,
						    set->json, set->command });
	else if (!strcmp(what, "through") && set->peer)
		bench_through(&(struct through_settings){ set->cgroup, set->peer, set->baseline,
							  set->rounds, set->json, set->command });
	else if (!strcmp(what, "start"))
		bench_start(set);
	else
		usage();
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "cgroup", required_argument, NULL, 'c' },
		{ "peer", required_argument, NULL, 'p' },
		{ "rounds", required_argument, NULL, 'r' },
		{ "processes", required_argument, NULL, 'n' },
		{ "json", no_argument, NULL, 'j' },
		{ "netns", required_argument, NULL, 'N' },
		{ "no-nft", required_argument, NULL, 'w' },
		{ "no-guard", required_argument, NULL, 'g' },
		{ "baseline", required_argument, NULL, 'b' },
		{ NULL, 0, NULL, 0 },
	};
	struct settings set = { .rounds = 10, .processes = 300 };
	int c;

	while ((c = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		switch (c) {
		case 'c':
			set.cgroup = optarg;
			break;
		case 'p':
			set.peer = optarg;
			break;
		case 'r':
			set.rounds = (unsigned int)strtoul(optarg, NULL, 10);
			break;
		case 'n':
			set.processes = (unsigned int)strtoul(optarg, NULL, 10);
			break;
		case 'N':
			set.netns = optarg;
			break;
		case 'w':
			set.no_nft = optarg;
			break;
		case 'g':
			set.no_guard = optarg;
			break;
		case 'b':
			set.baseline = optarg;
			break;
		case 'j':
			set.json = true;
			break;
		default:
			usage();
		}
	}
	if (optind + 1 >= argc || !set.cgroup)
		usage();
	set.command = argv + optind + 1;
	run(&set, argv[optind]);
	return 0;
}
