/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/record_json.h"
#include "rows.h"
#include "show.h"

#define ROWS 1000

static void put_sum(struct json *j, const char *key, const struct la_sum *sum)
{
	record_put_sum(j, key, sum->packets, sum->bytes);
}

static void put_ends(struct json *j, const struct ends *e)
{
	put_sum(j, "left", &e->left);
	put_sum(j, "dropped", &e->dropped);
	put_sum(j, "held", &e->held);
}

static void put_time(struct json *j, const char *key, int64_t ns)
{
	if (ns != RECORDED_NO_TIME)
		json_time(j, key,
			  &(struct timespec){ ns / (int64_t)NSEC_PER_SEC,
					      ns % (int64_t)NSEC_PER_SEC });
}

static void put_some(struct json *j, const char *key, const char *s)
{
	json_str(j, key, *s ? s : NULL);
}

static void on_doubt(void *arg, const char *words)
{
	json_str(arg, NULL, words);
}

static void put_head(struct json *j, struct digest *d)
{
	char words[2048], name[32];
	enum conclusion c;
	struct text t;

	text_init(&t, words, sizeof(words));
	c = conclusion_say(d, &t);
	snprintf(name, sizeof(name), "%s",
		 c == CONCLUSION_LEAKED	   ? "leaked"
		 : c == CONCLUSION_TOLD	   ? "address-told"
		 : c == CONCLUSION_UNSURE  ? "unsure"
		 : c == CONCLUSION_GOES_ON ? "goes-on"
					   : "clean");
	json_str(j, "version", LEAKAUDIT_VERSION);
	json_str(j, "conclusion", name);
	json_str(j, "message", words);
	json_arr(j, "doubts");
	conclusion_doubts(d, on_doubt, j);
	json_end(j);
	if (d->events) {
		put_time(j, "from", d->first);
		put_time(j, "to", d->last);
	}
	json_obj(j, "lines");
	json_u64(j, "read", d->lines);
	json_u64(j, "events", d->events);
	json_u64(j, "twice", d->twice);
	json_u64(j, "broken", d->broken.n);
	put_some(j, "first_broken", d->broken.first);
	json_u64(j, "of_others", d->foreign.n);
	json_end(j);
}

static void put_totals(struct json *j, const struct digest_sums *s)
{
	json_obj(j, "totals");
	put_ends(j, &s->ends);
	json_obj(j, "in_no_event");
	put_ends(j, &s->untold);
	json_end(j);
	put_sum(j, "possible", &s->possible);
	put_sum(j, "inside", &s->inside);
	json_obj(j, "inbound");
	put_sum(j, "counted", &s->let_in);
	put_sum(j, "dropped", &s->kept_out);
	json_end(j);
	json_u64(j, "refused", s->refused);
	json_obj(j, "exempt");
	for (size_t i = 0; i < ARRAY_SIZE(s->exempt); i++)
		put_sum(j, recorded_exemptions[i], &s->exempt[i]);
	json_end(j);
	json_end(j);
}

struct rows {
	struct json *j;
	enum digest_table table;
};

static void on_row(void *arg, const struct shown_row *row)
{
	const struct rows *r = arg;

	json_obj(r->j, NULL);
	for (size_t i = 0; i < TOP_PARTS && digest_table_words[r->table].parts[i]; i++)
		put_some(r->j, digest_table_words[r->table].parts[i], row->parts[i]);
	if (row->others)
		json_bool(r->j, "others", true);
	if (row->rows)
		json_u64(r->j, "rows", row->rows);
	put_ends(r->j, &row->ends);
	json_u64(r->j, "events", row->events);
	if (row->at_least)
		json_bool(r->j, "at_least", true);
	json_end(r->j);
}

static void put_tables(struct json *j, struct digest *d)
{
	for (unsigned int t = 0; t < DIGEST_TABLE_MAX; t++) {
		json_arr(j, digest_table_words[t].name);
		rows_each(d, t, ROWS, on_row, &(struct rows){ j, t });
		json_end(j);
	}
}

static void put_timeline(struct json *j, struct digest *d)
{
	struct bins *t = &d->bins;

	json_obj(j, "timeline");
	json_u64(j, "seconds", (uint64_t)bins_width(t));
	json_arr(j, "bins");
	for (size_t i = 0; i < t->n; i++) {
		const struct bin *bin = &t->v[i];

		json_obj(j, NULL);
		put_time(j, "begin", bins_begin(t, bin->number) * (int64_t)NSEC_PER_SEC);
		for (unsigned int c = 0; c < LA_CLASS_MAX; c++)
			if (bin->left[c].packets)
				put_sum(j, record_class_name(c), &bin->left[c]);
		if (bin->stopped.packets)
			put_sum(j, "stopped", &bin->stopped);
		json_end(j);
	}
	json_end(j);
	json_end(j);
}

static void put_outages(struct json *j, const struct outages *o)
{
	json_obj(j, "dropouts");
	json_u64(j, "count", o->count);
	json_seconds(j, "seconds", o->ms * 1000000);
	json_seconds(j, "longest", o->longest_ms * 1000000);
	json_u64(j, "without_end", o->open);
	json_arr(j, "list");
	for (size_t i = 0; i < o->n; i++) {
		json_obj(j, NULL);
		put_some(j, "tunnel", o->v[i].tunnel);
		put_some(j, "host", o->v[i].host);
		put_time(j, "since", o->v[i].since);
		put_time(j, "until", o->v[i].until);
		json_seconds(j, "seconds", o->v[i].ms * 1000000);
		put_ends(j, &o->v[i].ends);
		json_u64(j, "refused", o->v[i].refused);
		json_end(j);
	}
	json_end(j);
	json_end(j);
}

static void put_runs(struct json *j, struct digest *d)
{
	char why[512];
	struct run *v;
	size_t n;

	v = runs_sorted(d->runs, &n);
	json_arr(j, "runs");
	for (size_t i = 0; i < n; i++) {
		run_doubt(&v[i], d->now, why, sizeof(why));
		json_obj(j, NULL);
		put_some(j, "id", v[i].agent);
		put_some(j, "host", v[i].host);
		put_some(j, "boot", v[i].boot);
		put_some(j, "version", v[i].version);
		put_some(j, "scope", v[i].scope);
		put_some(j, "guard", v[i].guard);
		put_time(j, "from", v[i].first);
		put_time(j, "to", v[i].last);
		json_u64(j, "events", v[i].events);
		json_bool(j, "complete", !*why);
		put_some(j, "incomplete", why);
		json_end(j);
	}
	json_end(j);
	json_u64(j, "runs_in_all", d->sums.runs);
}

void show_json(struct digest *d, struct json *j)
{
	json_obj(j, NULL);
	put_head(j, d);
	put_totals(j, &d->sums);
	put_tables(j, d);
	put_timeline(j, d);
	put_outages(j, &d->outages);
	put_runs(j, d);
	json_end(j);
}
