/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record_lines.h"

#include "record_cause.h"
#include "record_json.h"
#include "record_tables.h"

static const struct {
	const char *name, *words;
} reasons[] = {
#define X(sym, name, words) [RECORD_LINE_##sym] = { name, words },
	RECORD_LINE_REASONS(X)
#undef X
};

const char *record_line_reason_name(enum record_line_reason r)
{
	return r < RECORD_LINE_REASON_MAX ? reasons[r].name : NULL;
}

static void add_sum(struct text *t, const struct la_sum *sum)
{
	text_count(t, sum->packets, "packet", "packets");
	text_add(t, " (");
	text_bytes(t, sum->bytes);
	text_add(t, ")");
}

static void add_unexplained(struct text *t, const struct record_line *l)
{
	if (l->vanished) {
		text_add(t, "its last counters are not known");
		return;
	}
	if (!l->unexplained.packets) {
		text_bytes(t, l->unexplained.bytes);
		text_add(t, l->unseen ? " more than the hook has seen"
				      : " fewer than the hook has seen");
		return;
	}
	add_sum(t, &l->unexplained);
	text_add(t, l->unseen			  ? " that no hook has seen"
		    : l->unexplained.packets == 1 ? " that passed the hook is missing"
						  : " that passed the hook are missing");
}

static bool is_explained(const struct record_line *l)
{
	return !l->vanished && !l->unexplained.packets && !l->unexplained.bytes;
}

bool record_line_why(const struct record_line *l, char *buf, size_t size)
{
	struct text t;

	if (is_explained(l))
		return false;
	text_init(&t, buf, size);
	text_escape(&t, l->name, false);
	record_say_netns(&t, l->netns_name[0] ? l->netns_name : NULL);
	text_add(&t, l->unseen ? " has sent " : ": ");
	add_unexplained(&t, l);
	if (l->suspect[0]) {
		text_add(&t, ": ");
		text_escape(&t, l->suspect, false);
		text_add(&t, " may send past the queueing layer");
	} else if (l->away) {
		text_add(&t, ": its TC hook was away for a while");
	}
	return true;
}

bool record_line_words(const struct record_line *l, char *buf, size_t size)
{
	const char *separator = "";
	struct text t;

	text_init(&t, buf, size);
	for (size_t i = 0; i < RECORD_LINE_REASON_MAX; i++) {
		if (!l->items[i].packets)
			continue;
		text_str(&t, separator);
		add_sum(&t, &l->items[i]);
		text_add(&t, " %s", reasons[i].words);
		separator = ", ";
	}
	if (!is_explained(l)) {
		text_str(&t, separator);
		text_add(&t, "unexplained: ");
		add_unexplained(&t, l);
		separator = ", ";
	}
	return *separator;
}

void record_put_line(struct json *j, const struct record_line *l, size_t rows)
{
	json_obj(j, NULL);
	json_str(j, "name", l->name);
	json_obj(j, "netns");
	if (l->netns_name[0]) {
		json_id(j, "cookie", l->netns);
		json_str(j, "name", l->netns_name);
	}
	json_end(j);
	record_put_sum(j, "counted", l->counted.packets, l->counted.bytes);
	record_put_sum(j, "seen", l->seen.packets, l->seen.bytes);
	json_arr(j, "items");
	for (size_t i = 0; i < RECORD_LINE_REASON_MAX; i++) {
		if (!l->items[i].packets && !l->items[i].bytes)
			continue;
		json_obj(j, NULL);
		json_str(j, "reason", reasons[i].name);
		json_u64(j, "packets", l->items[i].packets);
		json_u64(j, "bytes", l->items[i].bytes);
		json_end(j);
	}
	json_end(j);
	record_put_sum(j, "unexplained", l->unexplained.packets, l->unexplained.bytes);
	if (l->suspect[0])
		json_str(j, "suspect", l->suspect);
	if (l->vanished)
		json_bool(j, "vanished", true);
	record_put_rows(j, rows);
	json_end(j);
}

void record_add_line(struct record_line *to, const struct record_line *l)
{
	record_add(&to->counted, &l->counted);
	record_add(&to->seen, &l->seen);
	record_add(&to->unexplained, &l->unexplained);
	for (size_t i = 0; i < RECORD_LINE_REASON_MAX; i++)
		record_add(&to->items[i], &l->items[i]);
	to->vanished |= l->vanished;
}

/* What is unexplained first: it makes the run incomplete. */
static int by_weight(const void *a, const void *b)
{
	const struct record_line *x = a, *y = b;

	if (is_explained(x) != is_explained(y))
		return is_explained(x) ? 1 : -1;
	return (x->counted.bytes < y->counted.bytes) - (x->counted.bytes > y->counted.bytes);
}

void record_lines_sort(struct record_line *v, size_t n)
{
	if (n)
		qsort(v, n, sizeof(*v), by_weight);
}
