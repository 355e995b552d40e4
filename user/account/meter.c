/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "meter.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "record/record.h"

/* Interfaces beyond these share one label: a runtime makes two for each container that it starts. */
#define INTERFACES_MAX 32
#define OTHER "other"

/* Of an interface's name, with its NUL. */
#define LABEL_MAX IFNAMSIZ

/*
 * How long a flow may hide its class. The first payload follows the handshake; without an answer
 * the second SYN comes after a second (RFC 6298 2.1).
 */
#define SETTLES_AFTER (2 * NSEC_PER_SEC)

#define NO_ROW UINT16_MAX

/* What was counted of a flow. Valid while opened equals that of the record. */
struct shadow {
	uint64_t opened;
	struct la_sum left, dropped, exempt;
	uint16_t row;
	bool flow; /* counted as a flow */
};

/* Beside the row that is shown: what flows have added, and what packets without one are now. */
struct account {
	struct la_sum left, dropped;
	struct la_sum cell_left, cell_dropped;
};

struct meter {
	struct shadow *shadows;
	uint32_t n_flows;
	meter_interface_fn *interface;
	void *arg;
	struct metrics_row *rows;
	struct account *accounts; /* one for each row */
	size_t n_rows, room;
	char names[INTERFACES_MAX + 1][LABEL_MAX]; /* and OTHER */
	size_t n_names;
	struct la_sum exempt[LA_EXEMPT_MAX], cell_exempt[LA_EXEMPT_MAX];
	uint64_t turned[LA_CLASS_MAX][LA_CLASS_MAX];
	uint64_t taken_back, flows;
};

int meter_open(struct meter **ret, uint32_t n_flows, meter_interface_fn *fn, void *arg)
{
	struct meter *m = calloc(1, sizeof(*m));

	if (!m)
		return -ENOMEM;
	m->interface = fn;
	m->arg = arg;
	m->n_flows = n_flows;
	m->shadows = calloc(n_flows, sizeof(*m->shadows));
	if (!m->shadows) {
		meter_free(m);
		return -ENOMEM;
	}
	*ret = m;
	return 0;
}

void meter_free(struct meter *m)
{
	if (!m)
		return;
	free(m->shadows);
	free(m->rows);
	free(m->accounts);
	free(m);
}

/* --- rows --- */

/* NULL: there is none of that name. */
static const char *find_name(const struct meter *m, const char *label)
{
	size_t i;

	for (i = 0; i < m->n_names; i++)
		if (!strcmp(m->names[i], label))
			return m->names[i];
	return NULL;
}

static const char *name_of(struct meter *m, const char *interface)
{
	char label[LABEL_MAX];
	const char *found;

	snprintf(label, sizeof(label), "%s", interface ?: "unknown");
	found = find_name(m, label);
	if (found)
		return found;
	if (m->n_names >= INTERFACES_MAX) {
		strcpy(label, OTHER);
		found = find_name(m, label);
	}
	return found ?: strcpy(m->names[m->n_names++], label);
}

static bool grow_rows(struct meter *m)
{
	size_t room = m->room * 2 + 8;
	struct metrics_row *rows = reallocarray(m->rows, room, sizeof(*rows));
	struct account *accounts;

	if (!rows)
		return false;
	m->rows = rows;
	accounts = reallocarray(m->accounts, room, sizeof(*accounts));
	if (!accounts)
		return false;
	m->accounts = accounts;
	m->room = room;
	return true;
}

/* NO_ROW: out of memory. */
static uint16_t row_of(struct meter *m, unsigned int cls, bool v6, const char *interface,
		       uint32_t scope)
{
	const char *name = name_of(m, interface);
	size_t i;

	cls = cls < LA_CLASS_MAX ? cls : 0;
	for (i = 0; i < m->n_rows; i++)
		if (m->rows[i].cls == cls && m->rows[i].v6 == v6 && m->rows[i].interface == name &&
		    m->rows[i].scope_number == scope)
			return (uint16_t)i;
	if (m->n_rows == NO_ROW || (m->n_rows == m->room && !grow_rows(m)))
		return NO_ROW;
	m->rows[m->n_rows] = (struct metrics_row){
		.cls = cls, .v6 = v6, .interface = name, .scope_number = scope
	};
	m->accounts[m->n_rows] = (struct account){ 0 };
	return (uint16_t)m->n_rows++;
}

/* --- flows --- */

static void add(struct la_sum *to, const struct la_sum *sum)
{
	to->packets += sum->packets;
	to->bytes += sum->bytes;
}

/* Adds what has come since. */
static void grow(struct la_sum *to, struct la_sum *counted, const struct la_sum *now)
{
	if (now->packets > counted->packets) {
		to->packets += now->packets - counted->packets;
		counted->packets = now->packets;
	}
	if (now->bytes > counted->bytes) {
		to->bytes += now->bytes - counted->bytes;
		counted->bytes = now->bytes;
	}
}

/* What was counted under one class belongs to another. */
static void turn(struct meter *m, struct shadow *s, unsigned int cls)
{
	unsigned int was = m->rows[s->row].cls;

	if (was != cls && cls < LA_CLASS_MAX)
		m->turned[was][cls] += s->left.packets + s->dropped.packets;
}

static void find_row(struct meter *m, struct shadow *s, const struct la_flow *f)
{
	uint16_t was = s->row;

	if (was != NO_ROW && m->rows[was].cls == f->cls)
		return;
	if (was != NO_ROW)
		turn(m, s, f->cls);
	/* an interface that was renamed keeps its label for the flow */
	s->row = row_of(m, f->cls, f->key.family == 6,
			was != NO_ROW ? m->rows[was].interface : m->interface(m->arg, f), f->scope);
}

static void count(struct meter *m, struct shadow *s, const struct la_flow *f,
		  const struct record_ends *ends)
{
	struct account *a;

	if (!ends->left.packets && !ends->dropped.packets)
		return;
	find_row(m, s, f);
	if (s->row == NO_ROW)
		return;
	a = &m->accounts[s->row];
	grow(&a->left, &s->left, &ends->left);
	grow(&a->dropped, &s->dropped, &ends->dropped);
}

static void take_away(struct la_sum *from, const struct la_sum *sum)
{
	from->packets -= sum->packets;
	from->bytes -= sum->bytes;
}

/* If a flow that was not over had the record, the programs have put its counts into cells. */
static void begin(struct meter *m, struct shadow *s, const struct la_flow *f)
{
	if (s->opened && s->row != NO_ROW)
		take_away(&m->accounts[s->row].dropped, &s->dropped);
	*s = (struct shadow){ .opened = f->opened, .row = NO_ROW };
}

void meter_flow(struct meter *m, uint32_t id, const struct la_flow *f, bool over)
{
	const struct record_ends ends = record_ends(f);
	const struct la_sum exempt = record_exempt(f);
	struct shadow *s;

	if (id >= m->n_flows)
		return;
	s = &m->shadows[id];
	if (s->opened != f->opened)
		begin(m, s, f);
	if (f->was_exempt > LA_EXEMPT_NONE && f->was_exempt < LA_EXEMPT_MAX)
		grow(&m->exempt[f->was_exempt], &s->exempt, &exempt);
	m->flows += ends.judged.packets && !s->flow;
	s->flow |= ends.judged.packets > 0;
	if (over || f->flags & LA_FF_CLASS_FINAL || ktime_now() >= f->opened + SETTLES_AFTER)
		count(m, s, f, &ends);
	if (!over)
		return;
	if (s->left.packets > ends.left.packets)
		m->taken_back += s->left.packets - ends.left.packets;
	/* what comes to a record that stays, as a guard's does, is counted by what it has grown */
	s->row = NO_ROW;
}

/* --- packets without a flow --- */

void meter_begin_cells(struct meter *m)
{
	size_t i;

	for (i = 0; i < m->n_rows; i++)
		m->accounts[i].cell_left = m->accounts[i].cell_dropped = (struct la_sum){ 0 };
	memset(m->cell_exempt, 0, sizeof(m->cell_exempt));
}

static void add_cell(struct meter *m, const struct la_sum_key *key, const struct la_sum *sum,
		     const char *interface, bool keep)
{
	/* la_cell(), read backwards */
	uint32_t verdict = key->cell % LA_CELL_VERDICTS, rest = key->cell / LA_CELL_VERDICTS;
	uint32_t exempt = rest % LA_EXEMPT_MAX, cls_family = rest / LA_EXEMPT_MAX;
	struct account *a;
	uint16_t row;

	if (exempt != LA_EXEMPT_NONE) {
		if (verdict == LA_VERDICT_COUNTED)
			add(keep ? &m->exempt[exempt] : &m->cell_exempt[exempt], sum);
		return;
	}
	if (verdict == LA_VERDICT_COUNTED)
		return;
	row = row_of(m, cls_family / 2, cls_family % 2, interface, key->scope);
	if (row == NO_ROW)
		return;
	a = &m->accounts[row];
	if (verdict == LA_CELL_LEFT)
		add(keep ? &a->left : &a->cell_left, sum);
	else
		add(keep ? &a->dropped : &a->cell_dropped, sum);
}

void meter_cell(struct meter *m, const struct la_sum_key *key, const struct la_sum *sum,
		const char *interface)
{
	add_cell(m, key, sum, interface, false);
}

void meter_keep_cell(struct meter *m, const struct la_sum_key *key, const struct la_sum *sum,
		     const char *interface)
{
	add_cell(m, key, sum, interface, true);
}

/* --- the result --- */

/* Cells may shrink by what is taken back. */
static void show(struct la_sum *shown, const struct la_sum *flows, const struct la_sum *cells)
{
	shown->packets = MAX(shown->packets, flows->packets + cells->packets);
	shown->bytes = MAX(shown->bytes, flows->bytes + cells->bytes);
}

struct metrics_row *meter_fill(struct meter *m, struct metrics *ret)
{
	size_t i;

	ret->left = ret->dropped = (struct la_sum){ 0 };
	for (i = 0; i < m->n_rows; i++) {
		const struct account *a = &m->accounts[i];

		show(&m->rows[i].left, &a->left, &a->cell_left);
		show(&m->rows[i].dropped, &a->dropped, &a->cell_dropped);
		add(&ret->left, &m->rows[i].left);
		add(&ret->dropped, &m->rows[i].dropped);
	}
	for (i = 0; i < LA_EXEMPT_MAX; i++) {
		ret->exempt[i] = m->exempt[i];
		add(&ret->exempt[i], &m->cell_exempt[i]);
	}
	memcpy(ret->turned, m->turned, sizeof(ret->turned));
	ret->taken_back = m->taken_back;
	ret->flows = m->flows;
	ret->rows = m->rows;
	ret->n_rows = m->n_rows;
	return m->rows;
}
