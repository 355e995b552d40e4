/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "markup.h"
#include "page.h"
#include "rows.h"

#define ROWS 15
#define DAYS 31
#define OUTAGES 30
#define RUNS 30

struct table {
	FILE *to;
	uint64_t most; /* bytes that left, of the largest row */
	const char *counted; /* by it, if not packets and bytes */
	bool stopped; /* something was: else no column says so */
};

static uint64_t weight(const struct table *t, const struct ends *e)
{
	return t->counted ? e->left.packets : e->left.bytes;
}

static void on_weight(void *arg, const struct shown_row *row)
{
	struct table *t = arg;

	t->stopped |= row->ends.dropped.packets || row->ends.held.packets;
	if (!row->others)
		t->most = MAX(t->most, weight(t, &row->ends));
}

static void put_cell(FILE *to, uint64_t n)
{
	fputs(n ? "<td>" : "<td class=zero>", to);
	markup_number(to, n);
}

static void put_bar(const struct table *t, const struct shown_row *row)
{
	double part = t->most ? (double)weight(t, &row->ends) * 100 / (double)t->most : 0;

	if (row->others || !t->most)
		return;
	fprintf(t->to,
		"<svg class=bar viewBox=\"0 0 100 1\" preserveAspectRatio=none aria-hidden=true>"
		"<rect class=ipv4 width=%.2f height=1 /></svg>",
		part > 0 && part < 1 ? 1 : part);
}

static void on_row(void *arg, const struct shown_row *row)
{
	const struct table *t = arg;

	fputs(row->others ? "<tr class=zero><td>" : "<tr><td>", t->to);
	markup_text(t->to, row->name);
	if (row->rows) {
		fputs(" (", t->to);
		markup_number(t->to, row->rows);
		fputc(')', t->to);
	}
	if (*row->detail) {
		fputs("<small>", t->to);
		markup_text(t->to, row->detail);
		fputs("</small>", t->to);
	}
	put_bar(t, row);
	fputs("</td>", t->to);
	put_cell(t->to, row->ends.left.packets);
	if (row->at_least)
		fputs(" +", t->to);
	fputs("</td>", t->to);
	if (!t->counted) {
		fputs(row->ends.left.bytes ? "<td>" : "<td class=zero>", t->to);
		markup_bytes(t->to, row->ends.left.bytes);
		fputs("</td>", t->to);
	}
	if (t->stopped) {
		put_cell(t->to, row->ends.dropped.packets + row->ends.held.packets);
		fputs("</td>", t->to);
	}
	fputs("</tr>", t->to);
}

static void put_table(struct digest *d, enum digest_table of, const char *title, FILE *to)
{
	struct table t = { .to = to, .counted = rows_counted(of) };

	if (!rows_are(d, of, 1))
		return;
	rows_each(d, of, ROWS, on_weight, &t);
	fputs("<section class=card><h2>", to);
	markup_text(to, title);
	fputs("</h2><table><thead><tr><th>", to);
	markup_text(to, digest_table_words[of].title);
	if (t.counted)
		fprintf(to, "</th><th class=counted>%s</th>", t.counted);
	else
		fputs("</th><th>Packets</th><th>Bytes</th>", to);
	fputs(t.stopped ? "<th>Stopped</th></tr></thead><tbody>" : "</tr></thead><tbody>", to);
	rows_each(d, of, of == DIGEST_DAYS ? DAYS : ROWS, on_row, &t);
	fputs("</tbody></table></section>", to);
}

void page_tables(struct digest *d, FILE *to)
{
	put_table(d, DIGEST_PROCESSES, "Who", to);
	fputs("<div class=two>", to);
	put_table(d, DIGEST_CLASSES, "What", to);
	put_table(d, DIGEST_CAUSES, "Why", to);
	put_table(d, DIGEST_LINES, "Over which line", to);
	put_table(d, DIGEST_SCOPES, "Of which scope", to);
	put_table(d, DIGEST_DESTINATIONS, "Where to", to);
	put_table(d, DIGEST_QUESTIONS, "DNS names asked outside", to);
	put_table(d, DIGEST_TOLD, "Addresses told through the tunnel", to);
	fputs("</div>", to);
	if (rows_are(d, DIGEST_DAYS, 2))
		put_table(d, DIGEST_DAYS, "By day", to);
}

/* --- lists of words --- */

static void begin_words(FILE *to, const char *title, const char *const *heads, size_t n)
{
	fprintf(to, "<section class=card><h2>%s</h2><table class=words><thead><tr>", title);
	for (size_t i = 0; i < n; i++)
		fprintf(to, "<th>%s</th>", heads[i]);
	fputs("</tr></thead><tbody>", to);
}

static void put_outage(const struct digest *d, const struct outage *o, FILE *to)
{
	fputs("<tr><td>", to);
	markup_time(to, o->since);
	fputs("</td><td>", to);
	markup_text(to, o->tunnel);
	if (d->several_hosts) {
		fputs(" on ", to);
		markup_text(to, o->host);
	}
	fputs("</td><td>", to);
	markup_duration(to, o->ms * 1000000);
	if (o->until == RECORDED_NO_TIME)
		fputs(", and its return is not told", to);
	fputs("</td><td>", to);
	if (o->until != RECORDED_NO_TIME) {
		markup_sum(to, &o->ends.left);
		fputs(" left, ", to);
		markup_number(to, o->ends.dropped.packets + o->ends.held.packets);
		fputs(" stopped", to);
	}
	fputs("</td></tr>", to);
}

static size_t longer_ones(const struct outages *o, uint64_t ms)
{
	size_t n = 0;

	for (size_t i = 0; i < o->n; i++)
		n += o->v[i].ms > ms;
	return n;
}

void page_outages(struct digest *d, FILE *to)
{
	static const char *const heads[] = { "Since", "Tunnel", "For", "Meanwhile" };
	const struct outages *o = &d->outages;

	if (!o->n)
		return;
	begin_words(to, "Tunnel dropouts", heads, ARRAY_SIZE(heads));
	for (size_t i = 0; i < o->n; i++)
		if (longer_ones(o, o->v[i].ms) < OUTAGES)
			put_outage(d, &o->v[i], to);
	fputs("</tbody></table>", to);
	if (o->count > OUTAGES) {
		fputs("<p class=soft>These are the longest of ", to);
		markup_number(to, o->count);
		fputs("; all together: ", to);
		markup_duration(to, o->ms * 1000000);
		fputs(".</p>", to);
	}
	fputs("</section>", to);
}

static void put_other(FILE *to, const char *name, const char *what, const struct la_sum *sum)
{
	if (!sum->packets)
		return;
	fprintf(to, "<tr><td>%s</td><td>", name);
	markup_sum(to, sum);
	fprintf(to, "</td><td>%s</td></tr>", what);
}

void page_others(struct digest *d, FILE *to)
{
	static const char *const exempt[] = {
		"exempt: what keeps the link alive",
		"exempt: stays on the local network",
		"exempt: allowed by the user",
		"exempt: the tunnel's own packets",
	};
	static const char *const heads[] = { "Kind", "How much", "What that is" };
	const struct digest_sums *s = &d->sums;

	begin_words(to, "Counted besides", heads, ARRAY_SIZE(heads));
	put_other(to, "in no event here",
		  "left, by the summaries of runs; no event of these files tells whose it was",
		  &s->untold.left);
	put_other(to, "possible", "resolvers sent it, perhaps for what is watched", &s->possible);
	put_other(to, "inside", "messages through the tunnel that told an exposed address",
		  &s->inside);
	put_other(to, "inbound", "came in on an exposed line", &s->let_in);
	put_other(to, "kept out", "came in on an exposed line, and was dropped", &s->kept_out);
	for (size_t i = 0; i < ARRAY_SIZE(s->exempt); i++)
		put_other(to, recorded_exemptions[i], exempt[i], &s->exempt[i]);
	fputs("<tr><td>lines read</td><td>", to);
	markup_number(to, d->lines);
	fputs("</td><td>", to);
	markup_number(to, d->events);
	fputs(" events, ", to);
	markup_number(to, d->twice);
	fputs(" that came twice, ", to);
	markup_number(to, d->broken.n);
	fputs(" broken lines, ", to);
	markup_number(to, d->foreign.n);
	fputs(" that are of others</td></tr></tbody></table></section>", to);
}

static void put_run(struct digest *d, const struct run *run, FILE *to)
{
	char why[512];

	run_doubt(run, d->now, why, sizeof(why));
	fputs("<tr><td>", to);
	markup_time(to, run->first);
	fputs("</td><td>", to);
	markup_text(to, *run->host ? run->host : "a capture");
	fputs("</td><td>", to);
	markup_duration(to, (uint64_t)(run->last - run->first));
	fputs(", ", to);
	markup_number(to, run->events);
	fputs(run->events == 1 ? " event<small>" : " events<small>", to);
	markup_text(to, *run->guard ? run->guard : run->scope);
	fputs("</small></td><td>", to);
	markup_text(to, *why ? "incomplete: " : "complete");
	markup_text(to, why);
	fputs("</td></tr>", to);
}

/* Those that are in doubt first, since they are what one looks for. */
void page_runs(struct digest *d, FILE *to)
{
	static const char *const heads[] = { "Run of", "Host", "For", "Complete" };
	size_t n, i, shown = 0;
	char why[512];
	struct run *v;

	v = runs_sorted(d->runs, &n);
	if (!n)
		return;
	begin_words(to, "Runs", heads, ARRAY_SIZE(heads));
	for (int whole = 0; whole <= 1; whole++) {
		for (i = 0; i < n && shown < RUNS; i++) {
			run_doubt(&v[i], d->now, why, sizeof(why));
			if ((*why == 0) != whole)
				continue;
			put_run(d, &v[i], to);
			shown++;
		}
	}
	fputs("</tbody></table>", to);
	if (d->sums.runs > shown) {
		fputs("<p class=soft>and ", to);
		markup_number(to, d->sums.runs - shown);
		fputs(" more</p>", to);
	}
	fputs("</section>", to);
}
