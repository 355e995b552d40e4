/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "metrics_text.h"

#include <errno.h>

#include "base/util.h"
#include "record/record.h"

/* Each family. None has a name that another one begins with and a suffix of its type ends. */
#define METRICS(X)                                                                                 \
	X(BUILD, "leakaudit_build", INFO, "The version that runs.")                                \
	X(START, "leakaudit_start_time_seconds", GAUGE, "When the run began, in Unix time.")       \
	X(BEAT, "leakaudit_heartbeat_timestamp_seconds", GAUGE,                                    \
	  "When these numbers were taken, in Unix time.")                                          \
	X(RUNNING, "leakaudit_running", GAUGE, "1 while the run goes on, 0 in its end.")           \
	X(COMPLETE, "leakaudit_complete", GAUGE, "1 as long as nothing was lost or unseen.")       \
	X(REASONS, "leakaudit_incomplete_reasons", GAUGE, "Reasons against being complete.")       \
	X(HOOKED, "leakaudit_hooks_attached", GAUGE, "1 while all hooks are attached.")            \
	X(PRESENT, "leakaudit_scope_present", GAUGE, "1 while the cgroup of a scope exists.")      \
	X(LEAKED_PACKETS, "leakaudit_leaked_packets", COUNTER, "Packets that leaked.")             \
	X(LEAKED_BYTES, "leakaudit_leaked_bytes", COUNTER, "Their IP bytes.")                      \
	X(DROPPED_PACKETS, "leakaudit_dropped_packets", COUNTER, "Packets that we stopped.")       \
	X(DROPPED_BYTES, "leakaudit_dropped_bytes", COUNTER, "Their IP bytes.")                    \
	X(PACKETS, "leakaudit_packets", COUNTER, "Packets that leaked or were stopped, by kind.")  \
	X(BYTES, "leakaudit_bytes", COUNTER, "Their IP bytes.")                                    \
	X(TURNED, "leakaudit_reclassified_packets", COUNTER,                                       \
	  "Packets counted as a class whose flow turned out to be another one.")                   \
	X(TAKEN_BACK, "leakaudit_taken_back_packets", COUNTER,                                     \
	  "Packets counted as leaked that the kernel dropped behind the hooks.")                   \
	X(HELD, "leakaudit_held_packets", GAUGE, "Packets that others stopped, or on their way.")  \
	X(EXEMPT_PACKETS, "leakaudit_exempt_packets", COUNTER, "Packets that are no leaks.")       \
	X(EXEMPT_BYTES, "leakaudit_exempt_bytes", COUNTER, "Their IP bytes.")                      \
	X(FLOWS, "leakaudit_flows", COUNTER, "Flows that tried to leak.")                          \
	X(REFUSED, "leakaudit_refused", COUNTER, "Connections, questions and frames refused.")     \
	X(POSSIBLE, "leakaudit_possible_packets", COUNTER, "Packets of resolvers, for somebody.")  \
	X(INSIDE, "leakaudit_inside_packets", COUNTER, "Messages with an exposed address.")        \
	X(INBOUND, "leakaudit_inbound_packets", COUNTER, "Packets that came in past the tunnel.")  \
	X(TUNNEL_UP, "leakaudit_tunnel_up", GAUGE, "1 while a tunnel of this host is up.")         \
	X(TUNNEL_DOWN, "leakaudit_tunnel_down", GAUGE, "1 while one that fell is not up again.")   \
	X(DROPOUTS, "leakaudit_tunnel_dropouts", COUNTER, "How often a tunnel fell.")              \
	X(DOWN, "leakaudit_tunnel_down_seconds", COUNTER, "How long tunnels were down in all.")    \
	X(GUARD, "leakaudit_guard_in_force", GAUGE, "1 while the guard drops.")                    \
	X(EXPIRES, "leakaudit_guard_expires_timestamp_seconds", GAUGE,                             \
	  "When the guard ends, in Unix time.")                                                    \
	X(LOST, "leakaudit_lost", COUNTER, "What was lost; flows are counted all the same.")       \
	X(UNPARSED, "leakaudit_unparsed_packets", COUNTER, "Packets with a malformed header.")     \
	X(NON_IP, "leakaudit_non_ip_frames", COUNTER, "Frames that are not IP.")                   \
	X(WRITTEN, "leakaudit_output_written", COUNTER, "Events and packets that an output took.") \
	X(OUTPUT_LOST, "leakaudit_output_lost", COUNTER, "Those that it did not.")                 \
	X(RUN, "leakaudit_program_run_seconds", COUNTER, "Time that a BPF program took.")          \
	X(RUNS, "leakaudit_program_runs", COUNTER, "How often it ran.")                            \
	X(CPU, "process_cpu_seconds", COUNTER, "Time that this process took.")                     \
	X(RESIDENT, "process_resident_memory_bytes", GAUGE, "Its memory.")

enum metric {
#define X(sym, name, type, help) METRIC_##sym,
	METRICS(X)
#undef X
		METRIC_MAX
};

static const struct openmetrics_family families[] = {
#define X(sym, name, type, help) { name, OPENMETRICS_##type, help },
	METRICS(X)
#undef X
};

static void begin(struct openmetrics *o, enum metric which)
{
	openmetrics_family(o, &families[which]);
}

static void one(struct openmetrics *o, enum metric which, uint64_t value)
{
	begin(o, which);
	openmetrics_sample(o, NULL, 0, value);
}

static void seconds(struct openmetrics *o, enum metric which, uint64_t ns)
{
	begin(o, which);
	openmetrics_seconds(o, NULL, 0, ns);
}

static void moment(struct openmetrics *o, enum metric which, const struct timespec *t)
{
	seconds(o, which, (uint64_t)t->tv_sec * NSEC_PER_SEC + (uint64_t)t->tv_nsec);
}

static void labelled(struct openmetrics *o, const char *name, const char *value, uint64_t v)
{
	openmetrics_sample(o, &(struct openmetrics_label){ name, value }, 1, v);
}

static void states(struct openmetrics *o, enum metric which, const char *label,
		   const struct metrics_state *v, size_t n)
{
	size_t i;

	begin(o, which);
	for (i = 0; i < n; i++)
		labelled(o, label, v[i].name, v[i].on);
}

static void row(struct openmetrics *o, const struct metrics_row *r, const char *outcome,
		uint64_t value)
{
	const struct openmetrics_label labels[] = {
		{ "outcome", outcome },
		{ "verdict", record_verdict_name(outcome[0] == 'd' ? LA_VERDICT_DROPPED
								   : LA_VERDICT_COUNTED) },
		{ "class", record_class_name(r->cls) },
		{ "family", r->v6 ? "ipv6" : "ipv4" },
		{ "interface", r->interface },
		{ "scope", r->scope },
	};

	openmetrics_sample(o, labels, ARRAY_SIZE(labels), value);
}

static void rows(struct openmetrics *o, const struct metrics *m, bool bytes)
{
	const struct metrics_row *r;

	begin(o, bytes ? METRIC_BYTES : METRIC_PACKETS);
	for (r = m->rows; r < m->rows + m->n_rows; r++) {
		if (r->left.packets)
			row(o, r, record_outcome_name(RECORD_OUTCOME_LEFT),
			    bytes ? r->left.bytes : r->left.packets);
		if (r->dropped.packets)
			row(o, r, record_outcome_name(RECORD_OUTCOME_DROPPED),
			    bytes ? r->dropped.bytes : r->dropped.packets);
	}
}

static void turned(struct openmetrics *o, const struct metrics *m)
{
	size_t from, to;

	begin(o, METRIC_TURNED);
	for (from = 0; from < LA_CLASS_MAX; from++)
		for (to = 0; to < LA_CLASS_MAX; to++) {
			const struct openmetrics_label labels[] = {
				{ "class", record_class_name((unsigned int)from) },
				{ "to", record_class_name((unsigned int)to) },
			};

			if (m->turned[from][to])
				openmetrics_sample(o, labels, ARRAY_SIZE(labels),
						   m->turned[from][to]);
		}
}

static void exempt(struct openmetrics *o, const struct metrics *m, bool bytes)
{
	size_t i;

	begin(o, bytes ? METRIC_EXEMPT_BYTES : METRIC_EXEMPT_PACKETS);
	for (i = LA_EXEMPT_NONE + 1; i < LA_EXEMPT_MAX; i++)
		labelled(o, "exemption", record_exempt_name((unsigned int)i),
			 bytes ? m->exempt[i].bytes : m->exempt[i].packets);
}

static void traffic(struct openmetrics *o, const struct metrics *m)
{
	one(o, METRIC_LEAKED_PACKETS, m->left.packets);
	one(o, METRIC_LEAKED_BYTES, m->left.bytes);
	one(o, METRIC_DROPPED_PACKETS, m->dropped.packets);
	one(o, METRIC_DROPPED_BYTES, m->dropped.bytes);
	rows(o, m, false);
	rows(o, m, true);
	turned(o, m);
	one(o, METRIC_TAKEN_BACK, m->taken_back);
	one(o, METRIC_HELD, m->held.packets);
	exempt(o, m, false);
	exempt(o, m, true);
	one(o, METRIC_FLOWS, m->flows);
	one(o, METRIC_REFUSED, m->counters[LA_COUNTER_REFUSED]);
	one(o, METRIC_POSSIBLE, m->possible.packets);
	one(o, METRIC_INSIDE, m->inside.packets);
	begin(o, METRIC_INBOUND);
	labelled(o, "verdict", record_verdict_name(LA_VERDICT_COUNTED), m->inbound.packets);
	labelled(o, "verdict", record_verdict_name(LA_VERDICT_DROPPED), m->inbound_dropped.packets);
}

static void tunnels(struct openmetrics *o, const struct metrics *m)
{
	states(o, METRIC_TUNNEL_UP, "interface", m->tunnels, m->n_tunnels);
	one(o, METRIC_TUNNEL_DOWN, m->down);
	one(o, METRIC_DROPOUTS, m->dropouts);
	seconds(o, METRIC_DOWN, m->down_ns);
	if (!m->guard.name)
		return;
	states(o, METRIC_GUARD, "guard", &m->guard, 1);
	if (m->guard_expires)
		seconds(o, METRIC_EXPIRES, m->guard_expires * NSEC_PER_SEC);
}

static void losses(struct openmetrics *o, const struct metrics *m)
{
	begin(o, METRIC_LOST);
	labelled(o, "what", "events", m->counters[LA_COUNTER_RING_FULL]);
	labelled(o, "what", "flows", m->counters[LA_COUNTER_FLOWS_FULL]);
	labelled(o, "what", "output", m->lost_output);
	labelled(o, "what", "evidence", m->counters[LA_COUNTER_EVIDENCE]);
	one(o, METRIC_UNPARSED, m->counters[LA_COUNTER_UNPARSED]);
	one(o, METRIC_NON_IP, m->counters[LA_COUNTER_NON_IP]);
}

static void outputs(struct openmetrics *o, const struct metrics *m)
{
	size_t i;

	begin(o, METRIC_WRITTEN);
	for (i = 0; i < m->n_outputs; i++)
		labelled(o, "output", m->outputs[i].spec, m->outputs[i].written);
	begin(o, METRIC_OUTPUT_LOST);
	for (i = 0; i < m->n_outputs; i++)
		labelled(o, "output", m->outputs[i].spec, m->outputs[i].lost);
}

static void programs(struct openmetrics *o, const struct metrics *m)
{
	size_t i;

	if (!m->n_programs)
		return;
	begin(o, METRIC_RUN);
	for (i = 0; i < m->n_programs; i++)
		openmetrics_seconds(o,
				    &(struct openmetrics_label){ "program", m->programs[i].name },
				    1, m->programs[i].ns);
	begin(o, METRIC_RUNS);
	for (i = 0; i < m->n_programs; i++)
		labelled(o, "program", m->programs[i].name, m->programs[i].runs);
}

static void state(struct openmetrics *o, const struct metrics *m)
{
	begin(o, METRIC_BUILD);
	labelled(o, "version", m->version, 1);
	moment(o, METRIC_START, &m->started);
	moment(o, METRIC_BEAT, &m->now);
	one(o, METRIC_RUNNING, m->running);
	one(o, METRIC_COMPLETE, m->complete);
	one(o, METRIC_REASONS, m->reasons);
	one(o, METRIC_HOOKED, m->hooked);
	states(o, METRIC_PRESENT, "scope", m->scopes, m->n_scopes);
}

int metrics_write(struct openmetrics *o, enum openmetrics_format format, const struct metrics *m)
{
	openmetrics_reset(o, format);
	state(o, m);
	traffic(o, m);
	tunnels(o, m);
	losses(o, m);
	outputs(o, m);
	programs(o, m);
	seconds(o, METRIC_CPU, m->cpu_ns);
	one(o, METRIC_RESIDENT, m->resident);
	return openmetrics_end(o);
}

int metrics_text(struct openmetrics *o, enum openmetrics_format format,
		 const struct metrics_source *source)
{
	struct metrics *m = calloc(1, sizeof(*m));
	int r = -ENOMEM;

	if (m) {
		source->fill(source->arg, m);
		r = metrics_write(o, format, m);
	}
	free(m);
	return r;
}
