/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rows.h"

#include <stdio.h>

#include "series.h"

/* What one build costs. */
struct measured {
	struct series ours, empty, added;
	struct series packets; /* of the load for each run: segments that travel as one */
	bool uneven; /* not all programs saw the same packets */
};

struct row {
	const char *what;
	enum load load;
	enum hook hook;
	unsigned int target; /* ns added, 0: none was set */
	double share; /* of what the baseline adds, at most; 0: none was set */
	const char *note;
	struct measured builds[BUILD_MAX];
};

#define ROW_SHARE(w, l, h, s)                                             \
	{                                                                 \
		.what = w, .load = LOAD_##l, .hook = HOOK_##h, .share = s \
	}

#define ROW(w, l, h, t)                                                    \
	{                                                                  \
		.what = w, .load = LOAD_##l, .hook = HOOK_##h, .target = t \
	}

static struct row rows[] = {
	ROW("tunnel, UDP", TUNNEL_UDP, EGRESS, 30),
	ROW("tunnel, TCP", TUNNEL_TCP, EGRESS, 30),
	/* Between two runs the kernel copies 44 packets one by one: nothing that a run
	 * reads is in the nearest cache any more. A program that does nothing but
	 * bpf_sk_storage_get() read +48 to +75 ns here, and a second one behind it, on
	 * the same packet, +1: there is no less to be had for whoever asks the socket. */
	{ .what = "tunnel, TCP, GSO",
	  .load = LOAD_TUNNEL_GSO,
	  .hook = HOOK_EGRESS,
	  .note = "from cold caches: the look into the socket's storage alone costs about as "
		  "much" },
	ROW("cached TCP leak", TCP, EGRESS, 50),
	ROW("cached TCP leak, GSO", TCP_GSO, EGRESS, 50),
	ROW("UDP flow", UDP, EGRESS, 110),
	ROW("UDP flow, IPv6", UDP6, EGRESS, 110),
	ROW("UDP, 64 peers in turn", UDP_PEERS, EGRESS, 110),
	ROW_SHARE("first packet of a flow", UDP_NEW, EGRESS, 0.5),
	ROW("judged: TCP leak", TCP, TC, 25),
	ROW("judged: TCP leak, GSO", TCP_GSO, TC, 0),
	ROW("judged: UDP flow", UDP, TC, 25),
	ROW("judged: UDP flow, IPv6", UDP6, TC, 0),
	ROW("judged: UDP, 64 peers", UDP_PEERS, TC, 0),
	ROW("socket made", UDP_NEW, CREATE, 0),
	ROW("connect", CONNECT, CONNECT, 0),
	ROW("sendto", UDP, SENDMSG, 0),
	ROW("sendto, first of socket", UDP_NEW, SENDMSG, 0),
	ROW("setsockopt", SETSOCKOPT, SETSOCKOPT, 0),
	ROW("socket closed", UDP_NEW, RELEASE, 0),
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

static void add_round(struct measured *m, unsigned int packets, const struct reading *from,
		      const struct reading *to)
{
	struct cost c;

	if (!hooks_cost(from, to, &c))
		return;
	m->uneven = m->uneven || c.uneven;
	series_add(&m->packets, (double)packets / (double)c.runs);
	series_add(&m->ours, c.ours);
	series_add(&m->empty, c.empty);
	series_add(&m->added, c.ours - c.empty);
}

void rows_add(enum load load, unsigned int packets, enum build build, const struct reading *from,
	      const struct reading *to)
{
	size_t i;

	for (i = 0; i < N_ROWS; i++)
		if (rows[i].load == load)
			add_round(&rows[i].builds[build], packets, &from[rows[i].hook],
				  &to[rows[i].hook]);
}

/* Where a run is for several packets at once. */
static bool is_gso(struct measured *m)
{
	return m->ours.n && series_median(&m->packets) > 1.5;
}

static double least_added(struct measured *m)
{
	return series_min(&m->ours) - series_min(&m->empty);
}

static void print_row_json(struct row *r)
{
	struct measured *m = &r->builds[BUILD_OURS], *old = &r->builds[BUILD_BASELINE];

	printf("{\"hook\":\"%s\",\"what\":\"%s\",\"rounds\":%zu", hook_name(r->hook), r->what,
	       m->ours.n);
	if (m->ours.n)
		printf(",\"empty_ns\":%.1f,\"ours_ns\":%.1f,\"added_ns\":%.1f,\"least_added_ns\":%."
		       "1f",
		       series_median(&m->empty), series_median(&m->ours), series_median(&m->added),
		       least_added(m));
	if (old->ours.n)
		printf(",\"baseline_added_ns\":%.1f,\"baseline_least_added_ns\":%.1f",
		       series_median(&old->added), least_added(old));
	if (is_gso(m))
		printf(",\"packets_per_run\":%.1f", series_median(&m->packets));
	if (r->target)
		printf(",\"target_ns\":%u", r->target);
	if (r->share)
		printf(",\"target_share\":%.2f", r->share);
	puts("}");
}

static void print_row(struct row *r)
{
	struct measured *m = &r->builds[BUILD_OURS], *old = &r->builds[BUILD_BASELINE];
	double ours = series_median(&m->ours), empty = series_median(&m->empty);
	double added = series_median(&m->added);

	printf("  %-24s", r->what);
	if (!m->ours.n) {
		puts(" not seen at this hook");
		return;
	}
	printf(" %6.1f %6.1f %+7.1f %+7.1f %6.2f", empty, ours, added, least_added(m),
	       ours / empty);
	if (old->ours.n)
		printf("   was %+7.1f %+7.1f", series_median(&old->added), least_added(old));
	if (r->target)
		printf("   +%-3u %s", r->target, verdict(added, least_added(m), r->target));
	if (r->share && old->ours.n)
		printf("   %.2f of that < %.2f %s", added / series_median(&old->added), r->share,
		       verdict(added / series_median(&old->added),
			       least_added(m) / least_added(old), r->share));
	if (is_gso(m))
		printf("   %.1f packets a run, %+.1f each", series_median(&m->packets),
		       added / series_median(&m->packets));
	puts(m->uneven ? "  (not on the same packets)" : "");
	if (r->note)
		printf("    (%s)\n", r->note);
}

void rows_print(bool json)
{
	const char *above = NULL, *title;
	size_t i;

	if (!json)
		printf("%-26s %6s %6s %7s %7s %6s   %s\n", "ns per packet or call", "empty", "ours",
		       "added", "least", "ratio", "target");
	for (i = 0; i < N_ROWS; i++) {
		if (json) {
			print_row_json(&rows[i]);
			continue;
		}
		title = rows[i].hook < HOOK_CREATE ? hook_name(rows[i].hook) : "owner hooks";
		if (title != above)
			printf(" %s\n", title);
		above = title;
		print_row(&rows[i]);
	}
}
