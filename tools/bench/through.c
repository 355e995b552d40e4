/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "through.h"

#include <stdio.h>

#include "child.h"
#include "loader.h"
#include "series.h"
#include "traffic.h"

#define ROUNDS 12 /* of a turn */
#define LESS_MOST 0.02 /* of what passes without us */

enum who { NOBODY, BASELINE, OURS, WHO_MAX };

static const char *const whose[WHO_MAX] = { "nobody", "baseline", "leakaudit" };

static const struct sent {
	enum load load;
	const char *what;
	unsigned int packets; /* of a round */
} sents[] = {
	{ LOAD_TUNNEL_UDP, "UDP", 2000 },
	{ LOAD_TUNNEL_TCP, "TCP", 2000 },
	{ LOAD_TUNNEL_GSO, "TCP, segments of many packets", 12000 },
};

#define N_SENTS (sizeof(sents) / sizeof(sents[0]))

/* ns of a packet */
struct took {
	struct series wall, cpu;
};

static struct took took[N_SENTS][WHO_MAX];

static void send_round(struct traffic *t, enum who who, size_t i, bool counts)
{
	const struct sent *s = &sents[i];
	uint64_t from = now_ns(), cpu = traffic_send(t, s->load, s->packets);
	uint64_t wall = now_ns() - from;

	if (!counts)
		return;
	series_add(&took[i][who].wall, (double)wall / s->packets);
	series_add(&took[i][who].cpu, (double)cpu / s->packets);
}

static void take_turn(const struct through_settings *set, struct traffic *t, enum who who)
{
	char *ours = set->command[0];
	struct loader loader;
	int round;
	size_t i;

	if (who == BASELINE)
		set->command[0] = (char *)set->baseline;
	if (who != NOBODY)
		loader_start(&loader, set->command);
	set->command[0] = ours;
	for (round = 0; round <= ROUNDS; round++) /* in the first one, flows settle */
		for (i = 0; i < N_SENTS; i++)
			send_round(t, who, i, round);
	if (who != NOBODY)
		loader_stop(&loader);
}

static void print_one(size_t i, enum who who, bool json)
{
	struct took *m = &took[i][who], *none = &took[i][NOBODY];
	double wall = series_median(&m->wall), cpu = series_median(&m->cpu);
	double through = series_median(&none->wall) / wall, least = series_min(&none->cpu);

	if (json)
		printf("{\"through_a_tunnel\":\"%s\",\"way\":\"%s\",\"ns\":%.1f,\"cpu_ns\":%.1f,"
		       "\"least_cpu_ns\":%.1f,\"throughput\":%.3f,\"rounds\":%zu}\n",
		       sents[i].what, whose[who], wall, cpu, series_min(&m->cpu), through,
		       m->wall.n);
	else
		printf("  %-12s %8.1f %8.1f %8.1f   %5.3f %7.3f%s%s\n", whose[who], wall, cpu,
		       series_min(&m->cpu), through, least / series_min(&m->cpu),
		       who == OURS ? "  > 0.98 " : "",
		       who == OURS
			       ? verdict(1 - through, 1 - least / series_min(&m->cpu), LESS_MOST)
			       : "");
}

void bench_through(const struct through_settings *set)
{
	pid_t plain = tunnel_start(TUNNEL_PLAIN, set->peer);
	pid_t gso = tunnel_start(TUNNEL_GSO, set->peer);
	struct traffic *t = traffic_start(set->cgroup, set->peer);
	unsigned int turn;
	size_t i;
	int who;

	for (turn = 0; turn < set->turns; turn++)
		for (who = 0; who < WHO_MAX; who++)
			if (who != BASELINE || set->baseline)
				take_turn(set, t, who);
	if (!set->json)
		printf("\n%-14s %8s %8s %8s   %s\n", "through a tunnel", "ns", "CPU ns", "least",
		       "throughput: by time, by least CPU");
	for (i = 0; i < N_SENTS; i++) {
		if (!set->json)
			printf(" %s\n", sents[i].what);
		for (who = 0; who < WHO_MAX; who++)
			if (took[i][who].wall.n)
				print_one(i, who, set->json);
	}
	traffic_end(t);
	child_end(plain);
	child_end(gso);
}
