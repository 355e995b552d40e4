/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was lost, and the sums of the run. */
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "priv.h"
#include "report/record_lines.h"

/* How long the sinks get to write their last lines. */
#define LAST_FLUSH_MS 2000

/* Programs that were running on another CPU when their hook was taken away. */
#define DETACH_GRACE_US 20000

void watch_check_lost(struct watch *w)
{
	struct record r = { .action = RECORD_LOST };
	uint64_t now[LA_COUNTER_MAX], output = pipeline_lost(w->out);

	unsigned int i;

	if (datapath_counters(w->datapath, now))
		return;
	for (i = 0; i < LA_COUNTER_MAX; i++)
		now[i] -= w->before[i];
	r.lost.events = now[LA_COUNTER_RING_FULL] - w->counters[LA_COUNTER_RING_FULL];
	r.lost.flows = now[LA_COUNTER_FLOWS_FULL] - w->counters[LA_COUNTER_FLOWS_FULL];
	r.lost.evidence = now[LA_COUNTER_EVIDENCE] - w->counters[LA_COUNTER_EVIDENCE];
	r.lost.output = output - w->lost_output;
	memcpy(w->counters, now, sizeof(now));
	w->lost_output = output;
	if (!r.lost.events && !r.lost.flows && !r.lost.output && !r.lost.evidence)
		return;
	r.lost.reason =
		r.lost.events
			? "the ring buffer was full: single messages are missing, counts are not"
		: r.lost.flows	? "the flow table was full: packets are in the totals only"
		: r.lost.output ? "an output could not take all lines"
				: "the ring of the evidence was full: packets are missing there, "
				  "counts are not";
	pipeline_emit(w->out, &r);
}

void watch_add_total(void *arg, const struct la_sum_key *key, const struct la_sum *sum)
{
	struct watch *w = arg;

	totals_add_cell(w->totals, key->cell, sum, namespaces_slot_name(w->namespaces, key->slot));
}

/* la_cell(), of which only the verdict matters here */
static void add_inbound(void *arg, const struct la_sum_key *key, const struct la_sum *sum)
{
	struct record_summary *s = arg;
	struct record_sum *to = key->cell % LA_CELL_VERDICTS == LA_VERDICT_DROPPED
					? &s->inbound_dropped
					: &s->inbound;

	to->packets += sum->packets;
	to->bytes += sum->bytes;
}

/* What the kernel has counted of that which it could not judge, tell or attribute. */
static void find_losses(struct watch *w)
{
	static const struct {
		unsigned int counter;
		const char *why;
	} losses[] = {
		{ LA_COUNTER_RING_FULL, "events were lost: the ring buffer was full" },
		{ LA_COUNTER_STORAGE, "sockets had no room for their owner" },
		{ LA_COUNTER_UNPARSED,
		  "packets with malformed headers left, and cannot be judged" },
		{ LA_COUNTER_FRAGMENTS, "fragments left whose first one was not remembered" },
	};
	size_t i;

	if (!w->watched)
		completeness_lost(&w->completeness, "what was waited for was never there");
	for (i = 0; i < ARRAY_SIZE(losses); i++)
		if (w->counters[losses[i].counter])
			completeness_lost(&w->completeness, "%s", losses[i].why);
}

/* What the interfaces have sent, against what the hooks have seen there. */
static void reconcile_lines(struct watch *w, struct record_summary *s)
{
	struct record_line *lines = namespaces_reconcile(w->namespaces, &s->n_lines);
	char why[sizeof(w->completeness.why)];
	size_t i;

	for (i = 0; i < s->n_lines; i++) {
		if (lines[i].unseen && (!w->bypasser_netns || lines[i].netns == w->bypasser_netns))
			memcpy(lines[i].suspect, w->bypasser, sizeof(lines[i].suspect));
		if (!record_line_why(&lines[i], why, sizeof(why)))
			continue;
		log_warn("%s", why);
		completeness_lost(&w->completeness, "%s", why);
	}
	s->lines = lines;
}

void watch_finish(struct watch *w)
{
	struct record r = { .action = RECORD_SUMMARY };
	struct record_dropouts dropouts = dropouts_sum(&w->dropouts, boottime_now());

	if (w->guard) {
		datapath_heartbeat(w->datapath, 0);
		datapath_leave_pinned(w->datapath);
	}
	/* what was judged goes on to TC, which stays until it has left */
	detach_cgroup(w->datapath);
	usleep(DETACH_GRACE_US);
	reconcile_lines(w, &r.summary);
	namespaces_detach(w->namespaces);
	detach_processes(w->datapath);
	usleep(DETACH_GRACE_US);
	watch_drain(w);
	pending_look(w->pending, UINT64_MAX);
	watch_check_lost(w);
	if (w->guard)
		flows_leave(w->flows);
	else
		flows_end(w->flows);
	datapath_totals(w->datapath, watch_add_total, w);
	datapath_inbound(w->datapath, add_inbound, &r.summary);
	r.summary.refused = w->counters[LA_COUNTER_REFUSED];
	totals_fill(w->totals, &r.summary);
	pipeline_pump(w->out);
	r.summary.inside = w->inside;
	r.summary.dropouts = &dropouts;
	r.summary.lost.events = w->counters[LA_COUNTER_RING_FULL];
	r.summary.lost.flows = w->counters[LA_COUNTER_FLOWS_FULL];
	r.summary.lost.evidence = w->counters[LA_COUNTER_EVIDENCE];
	r.summary.lost.output = pipeline_lost(w->out);
	r.summary.unparsed = w->counters[LA_COUNTER_UNPARSED];
	r.summary.non_ip = w->counters[LA_COUNTER_NON_IP];
	r.summary.seconds = (double)(ktime_now() - w->started) / (double)NSEC_PER_SEC;
	find_losses(w);
	r.summary.incomplete = completeness_why(&w->completeness);
	r.summary.complete = !r.summary.incomplete;
	pipeline_emit(w->out, &r);
	pipeline_flush(w->out, LAST_FLUSH_MS);
}
