/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record_tables.h"

#include <errno.h>

#include "record_behalf.h"
#include "record_json.h"
#include "record_lines.h"
#include "record_scope.h"
#include "record_unmatched.h"

/* What a page's rows may have: the rest is its head. */
#define PAGE_ROOM (RECORD_LINE_MAX - 1500)

static const struct {
	const char *name;
	enum record_action of;
	size_t room;
} tables[] = {
#define X(sym, name, of, n, room) [RECORD_TABLE_##sym] = { name, RECORD_##of, room },
	RECORD_TABLES(X)
#undef X
};

const char *record_table_name(enum record_table t)
{
	return t < RECORD_TABLE_MAX ? tables[t].name : NULL;
}

size_t record_table_rows(const struct record *of, enum record_table t)
{
	if (t >= RECORD_TABLE_MAX || tables[t].of != of->action)
		return 0;
	switch (t) {
#define X(sym, name, action, n, room) \
	case RECORD_TABLE_##sym:      \
		return of->n;
		RECORD_TABLES(X)
#undef X
	case RECORD_TABLE_MAX:
		break;
	}
	return 0;
}

void record_put_rows(struct json *j, size_t rows)
{
	if (rows)
		json_u64(j, "rows", rows);
}

static void put_sum(struct json *j, const struct record_sum *s, const char *key, size_t rows)
{
	json_obj(j, NULL);
	json_str(j, "key", key);
	json_u64(j, "packets", s->packets);
	json_u64(j, "bytes", s->bytes);
	record_put_rows(j, rows);
	json_end(j);
}

static void put_row(struct json *j, const struct record *of, enum record_table t, size_t i)
{
	const struct record_summary *s = &of->summary;
	const struct record_ready *r = &of->ready;

	switch (t) {
	case RECORD_TABLE_READY_SCOPES:
		record_put_scope_row(j, &r->scopes[i]);
		break;
	case RECORD_TABLE_READY_INTERFACES:
		record_put_interface(j, NULL, &r->interfaces[i]);
		break;
	case RECORD_TABLE_READY_UNMATCHED:
		record_put_unmatched(j, &r->unmatched[i]);
		break;
	case RECORD_TABLE_READY_RESOLVERS:
		record_put_resolver(j, &r->resolvers[i]);
		break;
	case RECORD_TABLE_BY_INTERFACE:
		put_sum(j, &s->by_interface.v[i], s->by_interface.v[i].key, 0);
		break;
	case RECORD_TABLE_BY_PROCESS:
		put_sum(j, &s->by_process.v[i], s->by_process.v[i].key, 0);
		break;
	case RECORD_TABLE_BY_SCOPE:
		record_put_scope_sums(j, &s->scopes[i], s->scopes[i].path ?: "unknown", 0);
		break;
	case RECORD_TABLE_INTERFACES:
		record_put_line(j, &s->lines[i], 0);
		break;
	case RECORD_TABLE_MAX:
		break;
	}
}

/* --- the sum of the rows that are on pages --- */

static void put_rest_of_sums(struct json *j, const struct record_sums *s, size_t first)
{
	struct record_sum rest = { 0 };

	for (size_t i = first; i < s->n; i++) {
		rest.packets += s->v[i].packets;
		rest.bytes += s->v[i].bytes;
	}
	put_sum(j, &rest, "other", s->n - first);
}

static void put_rest_of_scopes(struct json *j, const struct record_summary *s, size_t first)
{
	struct record_scope_sums rest = { 0 };

	for (size_t i = first; i < s->n_scopes; i++)
		record_add_scope_sums(&rest, &s->scopes[i]);
	record_put_scope_sums(j, &rest, "other", s->n_scopes - first);
}

static void put_rest_of_lines(struct json *j, const struct record_summary *s, size_t first)
{
	struct record_line rest = { .name = "other" };

	for (size_t i = first; i < s->n_lines; i++)
		record_add_line(&rest, &s->lines[i]);
	record_put_line(j, &rest, s->n_lines - first);
}

static void put_rest(struct json *j, const struct record *of, enum record_table t, size_t first)
{
	switch (t) {
	case RECORD_TABLE_BY_INTERFACE:
		put_rest_of_sums(j, &of->summary.by_interface, first);
		break;
	case RECORD_TABLE_BY_PROCESS:
		put_rest_of_sums(j, &of->summary.by_process, first);
		break;
	case RECORD_TABLE_BY_SCOPE:
		put_rest_of_scopes(j, &of->summary, first);
		break;
	case RECORD_TABLE_INTERFACES:
		put_rest_of_lines(j, &of->summary, first);
		break;
	default: /* its rows are no sums */
		break;
	}
}

/* --- lines and pages --- */

void record_put_table(struct json *j, const struct record *of, enum record_table t)
{
	size_t n = record_table_rows(of, t), shown = of->cut ? of->cut->rows[t] : n;

	json_arr(j, record_table_name(t));
	for (size_t i = 0; i < shown; i++)
		put_row(j, of, t, i);
	if (shown < n)
		put_rest(j, of, t, shown);
	json_end(j);
}

void record_put_page(struct json *j, const struct record_page *p)
{
	json_obj(j, "page");
	json_str(j, "of", record_action_name(p->of->action));
	json_str(j, "table", record_table_name(p->table));
	json_u64(j, "number", p->number);
	json_u64(j, "pages", p->pages);
	json_arr(j, "rows");
	for (size_t i = p->first; i < p->end; i++)
		put_row(j, p->of, p->table, i);
	json_end(j);
	json_end(j);
}

void record_say_page(struct text *t, const struct record_page *p)
{
	text_add(t, "page %u of %u of %s: rows %zu to %zu of %s", p->number, p->pages,
		 record_action_name(p->of->action), p->first + 1, p->end,
		 record_table_name(p->table));
}

/* The first row that has no room behind `first`; at least one has. */
static size_t end_of(struct json *j, const struct record *of, enum record_table t, size_t first,
		     size_t room)
{
	size_t n = record_table_rows(of, t), i, before;

	json_reset(j);
	json_arr(j, NULL);
	for (i = first; i < n; i++) {
		before = j->len;
		put_row(j, of, t, i);
		if (j->len > room && before > 1)
			break;
	}
	json_end(j);
	return i;
}

bool record_page_next(struct record_page *page, const struct record *of,
		      const struct record_cut *cut)
{
	struct json scratch = { 0 };

	if (!page->of)
		*page = (struct record_page){ .of = of, .end = cut->rows[0], .pages = cut->pages };
	while (page->end >= record_table_rows(of, page->table)) {
		if (page->table + 1 >= RECORD_TABLE_MAX)
			return false;
		page->end = cut->rows[++page->table];
	}
	page->first = page->end;
	page->end = end_of(&scratch, of, page->table, page->first, PAGE_ROOM);
	page->number++;
	json_free(&scratch);
	return true;
}

int record_cut_fill(struct record_cut *cut, const struct record *of)
{
	struct record_page page = { 0 };
	struct json scratch = { 0 };
	unsigned int t;
	bool failed;

	*cut = (struct record_cut){ 0 };
	for (t = 0; t < RECORD_TABLE_MAX; t++)
		if (record_table_rows(of, t))
			cut->rows[t] = end_of(&scratch, of, t, 0, tables[t].room);
	failed = scratch.failed;
	json_free(&scratch);
	if (failed)
		return -ENOMEM;
	while (record_page_next(&page, of, cut))
		;
	cut->pages = page.number;
	return 0;
}
