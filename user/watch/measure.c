/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "measure.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "datapath/run_time.h"
#include "priv.h"

static const char *interface_of(void *arg, const struct la_flow *f)
{
	const struct watch *w = arg;

	return namespaces_ifname(w->kernel.namespaces, f->key.netns, f->key.ifindex);
}

/* --- traffic --- */

static void on_flow(void *arg, uint32_t id, const struct la_flow *f)
{
	struct watch *w = arg;

	meter_flow(w->measuring.meter, id, f, false);
}

/* A datapath_total_fn. */
static void on_cell(void *arg, const struct la_sum_key *key, const struct la_sum *sum)
{
	struct watch *w = arg;

	meter_cell(w->measuring.meter, key, sum,
		   namespaces_slot_name(w->kernel.namespaces, key->slot));
}

static void on_retained(void *arg, const struct la_sum_key *key, const struct la_sum *sum)
{
	struct watch *w = arg;

	meter_keep_cell(w->measuring.meter, key, sum,
			namespaces_slot_name(w->kernel.namespaces, key->slot));
}

static void on_inbound(void *arg, const struct la_sum_key *key, const struct la_sum *sum)
{
	struct metrics *m = arg;

	/* reverse of la_cell(): only the verdict is needed */
	record_add(key->cell % LA_CELL_VERDICTS == LA_VERDICT_DROPPED ? &m->inbound_dropped
								      : &m->inbound,
		   sum);
}

static void name_scopes(const struct watch *w, struct metrics *m, struct metrics_row *rows)
{
	size_t i;

	for (i = 0; w->kernel.scopes.n > 1 && i < m->n_rows; i++)
		rows[i].scope = watch_scope_name(w, rows[i].scope_number) ?: "unknown";
}

static void fill_traffic(struct watch *w, struct metrics *m)
{
	struct dropout_moment moment;

	datapath_hold_records(w->kernel.datapath);
	flows_each(w->accounts.flows, on_flow, w);
	meter_begin_cells(w->measuring.meter);
	datapath_totals(w->kernel.datapath, on_cell, w);
	datapath_release_records(w->kernel.datapath);
	datapath_inbound(w->kernel.datapath, on_inbound, m);
	name_scopes(w, m, meter_fill(w->measuring.meter, m));
	moment = accounts_moment(&w->accounts, &w->kernel);
	m->held = accounts_held(&moment);
	m->possible = (struct la_sum){ w->accounts.possible.packets, w->accounts.possible.bytes };
	m->inside = (struct la_sum){ w->accounts.inside.packets, w->accounts.inside.bytes };
}

/* --- state --- */

static void fill_tunnels(struct watch *w, struct metrics *m)
{
	const struct record_dropouts d = dropouts_sum(&w->accounts.dropouts, boottime_now());
	const struct record_interface *v;
	size_t n, i;

	v = namespaces_interfaces(w->kernel.namespaces, &n);
	for (i = 0; v && i < n && m->n_tunnels < METRICS_TUNNELS_MAX; i++)
		if (v[i].role == LA_ROLE_TUNNEL)
			m->tunnels[m->n_tunnels++] = (struct metrics_state){ v[i].name, v[i].up };
	m->dropouts = d.count;
	m->down_ns = d.ns;
	m->down = d.down;
}

static void fill_scopes(const struct watch *w, struct metrics *m)
{
	const struct scopes *s = &w->kernel.scopes;
	size_t i;

	m->hooked = !w->measuring.over;
	for (i = 0; i < s->n; i++) {
		bool there = s->v[i]->fd >= 0;

		m->scopes[m->n_scopes++] =
			(struct metrics_state){ scopes_is_host(s) ? "host" : s->v[i]->path, there };
		if (there && !attach_alive(w->kernel.datapath, (uint32_t)i + 1))
			m->hooked = false;
	}
}

static void fill_guard(const struct watch *w, struct metrics *m)
{
	const struct guard *g = w->guarding.guard;
	struct timespec real;
	uint64_t now = ktime_now();

	if (!g)
		return;
	m->guard = (struct metrics_state){ g->name, guard_holds(g) && (!g->meta.deadline ||
								       now < g->meta.deadline) };
	if (!g->meta.deadline)
		return;
	clock_gettime(CLOCK_REALTIME, &real);
	m->guard_expires =
		(uint64_t)((int64_t)real.tv_sec +
			   ((int64_t)g->meta.deadline - (int64_t)now) / (int64_t)NSEC_PER_SEC);
}

/* --- cost --- */

static struct metrics_program *program_of(struct metrics *m, const char *name)
{
	struct metrics_program *p;
	size_t i;

	for (i = 0; i < m->n_programs; i++)
		if (!strncmp(m->programs[i].name, name, sizeof(p->name) - 1))
			return &m->programs[i];
	if (m->n_programs == METRICS_PROGRAMS_MAX)
		return NULL;
	p = &m->programs[m->n_programs++];
	snprintf(p->name, sizeof(p->name), "%s", name);
	return p;
}

/* A run_time_fn. */
static void on_program(void *arg, const char *name, uint64_t ns, uint64_t runs)
{
	struct metrics_program *p = program_of(arg, name);

	if (!p)
		return;
	p->ns += ns;
	p->runs += runs;
}

/* That of a namespace is unloaded with it: the sum does not shrink. */
static void keep_most(struct measuring *of, struct metrics *m)
{
	size_t i;

	for (i = 0; i < of->n_programs; i++) {
		struct metrics_program *p = program_of(m, of->programs[i].name);

		if (!p || p->runs >= of->programs[i].runs)
			continue;
		*p = of->programs[i];
	}
	memcpy(of->programs, m->programs, sizeof(of->programs));
	of->n_programs = m->n_programs;
}

static uint64_t ns_of(struct timeval t)
{
	return (uint64_t)t.tv_sec * NSEC_PER_SEC + (uint64_t)t.tv_usec * 1000;
}

static void fill_process(struct metrics *m)
{
	FILE *f = fopen("/proc/self/statm", "re");
	unsigned long pages = 0;
	struct rusage u;

	if (f && fscanf(f, "%*u %lu", &pages) != 1)
		pages = 0;
	if (f)
		fclose(f);
	m->resident = pages * (uint64_t)sysconf(_SC_PAGESIZE);
	if (!getrusage(RUSAGE_SELF, &u))
		m->cpu_ns = ns_of(u.ru_utime) + ns_of(u.ru_stime);
}

/* --- all of it --- */

static void fill(void *arg, struct metrics *m)
{
	struct watch *w = arg;

	m->version = LEAKAUDIT_VERSION;
	m->started = w->measuring.started;
	clock_gettime(CLOCK_REALTIME, &m->now);
	m->running = !w->measuring.over;
	losses_measure(&w->losses, m);
	fill_traffic(w, m);
	fill_tunnels(w, m);
	fill_scopes(w, m);
	fill_guard(w, m);
	run_time_each(w->kernel.datapath, on_program, m);
	keep_most(&w->measuring, m);
	fill_process(m);
}

int measuring_open(struct watch *w)
{
	struct measuring *m = &w->measuring;
	uint32_t n;
	int r;

	if (!pipeline_measures(w->out))
		return 0;
	clock_gettime(CLOCK_REALTIME, &m->started);
	datapath_flows(w->kernel.datapath, &n);
	r = meter_open(&m->meter, n, interface_of, w);
	if (!r)
		pipeline_set_metrics(w->out, &(struct metrics_source){ fill, w });
	return r;
}

void measuring_close(struct measuring *m)
{
	meter_free(m->meter);
	m->meter = NULL;
}

void measuring_flow(struct watch *w, const struct la_flow *flow)
{
	uint32_t n;
	const struct la_flow *table = datapath_flows(w->kernel.datapath, &n);

	if (w->measuring.meter)
		meter_flow(w->measuring.meter, (uint32_t)(flow - table), flow, true);
}

void measuring_retained(struct watch *w)
{
	if (w->measuring.meter)
		datapath_retained_totals(w->kernel.datapath, on_retained, w);
}
