/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <string.h>

#include "base/screen.h"
#include "base/text_wrap.h"
#include "rows.h"
#include "show.h"

#define ROWS 8
#define DAYS 14
#define OUTAGES 8

struct screen {
	FILE *to;
	size_t width;
	bool coloured;
	const char *title; /* of the table whose first row is next */
	const char *counted; /* by it, if not packets and bytes */
};

static void paint(const struct screen *s, const char *colour, const char *words)
{
	if (s->coloured)
		fprintf(s->to, "%s%s%s", colour, words, PLAIN);
	else
		fputs(words, s->to);
}

/* Words in so many columns. */
static void put_cell(const struct screen *s, const char *raw, size_t width)
{
	char safe[4 * TOP_KEY_MAX], cell[sizeof(safe)];
	struct text t;

	text_init(&t, safe, sizeof(safe));
	text_escape(&t, raw, false);
	text_init(&t, cell, sizeof(cell));
	text_add_cell(&t, safe, width);
	fputs(cell, s->to);
}

/* Columns behind the name: "  packets    bytes   stopped". */
#define LEFT_WIDTH 11
#define BYTES_WIDTH 10
#define STOPPED_WIDTH 10
#define NUMBERS (2 + LEFT_WIDTH + BYTES_WIDTH + STOPPED_WIDTH)

static void put_title(struct screen *s)
{
	char heads[64];

	fputc('\n', s->to);
	if (s->coloured)
		fputs(BOLD, s->to);
	put_cell(s, s->title, s->width - NUMBERS);
	snprintf(heads, sizeof(heads), "  %*s%*s%*s", LEFT_WIDTH, s->counted ?: "packets left",
		 BYTES_WIDTH, s->counted ? "" : "bytes", STOPPED_WIDTH, "stopped");
	fprintf(s->to, "%s%s\n", heads + (s->counted ? 0 : 1), s->coloured ? PLAIN : "");
	s->title = NULL;
}

static void put_numbers(const struct screen *s, const struct ends *e)
{
	char bytes[24] = "";
	struct text t;

	text_init(&t, bytes, sizeof(bytes));
	if (!s->counted)
		text_bytes(&t, e->left.bytes);
	fprintf(s->to, "  %*" PRIu64 "%*s%*" PRIu64 "\n", LEFT_WIDTH, (uint64_t)e->left.packets,
		BYTES_WIDTH, bytes, STOPPED_WIDTH,
		(uint64_t)(e->dropped.packets + e->held.packets));
}

static void on_row(void *arg, const struct shown_row *row)
{
	char name[2 * TOP_KEY_MAX];
	struct screen *s = arg;
	struct text t;

	if (s->title)
		put_title(s);
	text_init(&t, name, sizeof(name));
	text_add(&t, "  %s", row->name);
	if (row->rows)
		text_add(&t, " (%" PRIu64 ")", row->rows);
	else if (row->others)
		text_str(&t, " (those above: at least)");
	if (*row->detail)
		text_add(&t, " (%s)", row->detail);
	put_cell(s, name, s->width - NUMBERS);
	put_numbers(s, &row->ends);
}

static void put_tables(struct screen *s, struct digest *d)
{
	static const enum digest_table order[] = {
		DIGEST_PROCESSES,    DIGEST_CLASSES,   DIGEST_LINES, DIGEST_CAUSES, DIGEST_SCOPES,
		DIGEST_DESTINATIONS, DIGEST_QUESTIONS, DIGEST_TOLD,  DIGEST_DAYS
	};

	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		enum digest_table t = order[i];

		/* one day is in the headline */
		if (t == DIGEST_DAYS && !rows_are(d, t, 2))
			continue;
		s->title = t == DIGEST_QUESTIONS ? "DNS names asked outside"
			   : t == DIGEST_TOLD	 ? "Addresses told through the tunnel"
						 : digest_table_words[t].title;
		s->counted = rows_counted(t);
		rows_each(d, t, t == DIGEST_DAYS ? DAYS : ROWS, on_row, s);
	}
}

static void put_outages(const struct screen *s, const struct digest *d)
{
	const struct outages *o = &d->outages;
	char words[512];
	struct text t;

	if (!o->n)
		return;
	fputc('\n', s->to);
	paint(s, BOLD, "Tunnel dropouts");
	fputc('\n', s->to);
	for (size_t i = 0; i < MIN(o->n, (size_t)OUTAGES); i++) {
		text_init(&t, words, sizeof(words));
		conclusion_time(&t, o->v[i].since);
		text_add(&t, "  %s was down for ", o->v[i].tunnel);
		text_duration(&t, o->v[i].ms * 1000000);
		if (o->v[i].until == RECORDED_NO_TIME)
			text_str(&t, ", and its return is not told");
		if (d->several_hosts)
			text_add(&t, ", on %s", o->v[i].host);
		if (o->v[i].until != RECORDED_NO_TIME) {
			text_str(&t, "; left: ");
			conclusion_sum(&t, &o->v[i].ends.left);
		}
		fputs("  ", s->to);
		text_wrap_to(s->to, words, 2, s->width);
	}
	if (o->count > OUTAGES)
		fprintf(s->to, "  and %" PRIu64 " more\n", o->count - OUTAGES);
}

static void put_also(struct screen *s, const char *name, const struct la_sum *sum)
{
	char words[96];
	struct text t;

	if (!sum->packets)
		return;
	if (s->title) {
		fputc('\n', s->to);
		paint(s, BOLD, s->title);
		fputc('\n', s->to);
		s->title = NULL;
	}
	text_init(&t, words, sizeof(words));
	conclusion_sum(&t, sum);
	fprintf(s->to, "  %-30s %s\n", name, words);
}

static void put_others(struct screen *s, const struct digest *d)
{
	const struct digest_sums *sums = &d->sums;
	char name[64];

	s->title = "Also counted";
	put_also(s, "left, in no event here", &sums->untold.left);
	put_also(s, "perhaps left, by resolvers", &sums->possible);
	put_also(s, "told an address, in the tunnel", &sums->inside);
	put_also(s, "came in on an exposed line", &sums->let_in);
	put_also(s, "was kept out there", &sums->kept_out);
	for (size_t i = 0; i < ARRAY_SIZE(sums->exempt); i++) {
		if (!sums->exempt[i].packets)
			continue;
		snprintf(name, sizeof(name), "exempt: %s", recorded_exemptions[i]);
		put_also(s, name, &sums->exempt[i]);
	}
}

static void on_doubt(void *arg, const char *words)
{
	const struct screen *s = arg;

	fputs("  - ", s->to);
	text_wrap_to(s->to, words, 4, s->width);
}

static void put_head(const struct screen *s, struct digest *d)
{
	char words[2048], all[2112];
	enum conclusion c;
	struct text t;

	text_init(&t, words, sizeof(words));
	c = conclusion_say(d, &t);
	snprintf(all, sizeof(all), "%s. %s", conclusion_name(c), words);
	fputs(!s->coloured	      ? ""
	      : c >= CONCLUSION_TOLD  ? BOLD RED
	      : c == CONCLUSION_CLEAN ? GREEN
				      : YELLOW,
	      s->to);
	text_wrap_to(s->to, all, 0, s->width);
	fputs(s->coloured ? PLAIN : "", s->to);
	conclusion_doubts(d, on_doubt, (void *)s);
	text_init(&t, words, sizeof(words));
	conclusion_period(d, &t);
	text_str(&t, t.len ? "; watched for " : "");
	if (d->events) {
		text_duration(&t, (uint64_t)MAX(d->sums.watched, 0));
		text_str(&t, " in ");
		text_count(&t, d->sums.runs, "run, ", "runs, ");
	}
	text_count(&t, d->events, "event", "events");
	if (d->twice)
		text_add(&t, ", %" PRIu64 " more came twice", d->twice);
	if (d->foreign.n)
		text_add(&t, ", %" PRIu64 " lines are of others", d->foreign.n);
	text_wrap_to(s->to, words, 0, s->width);
}

void show_text(struct digest *d, size_t width, bool coloured, FILE *to)
{
	struct screen s = { .to = to, .width = MAX(width, 60U), .coloured = coloured };

	put_head(&s, d);
	put_tables(&s, d);
	put_outages(&s, d);
	put_others(&s, d);
}
