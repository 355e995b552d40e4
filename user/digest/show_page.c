/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "markup.h"
#include "page.h"
#include "show.h"

/* Were a name to become markup all the same, it could neither run nor load anything. */
#define POLICY "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

static void on_doubt(void *arg, const char *words)
{
	FILE *to = arg;

	fputs("<li>", to);
	markup_text(to, words);
	fputs("</li>", to);
}

static void put_verdict(struct digest *d, FILE *to)
{
	static const char *const kinds[] = { "ok", "warn", "warn", "bad", "bad" };
	char words[2048];
	enum conclusion c;
	struct text t;

	text_init(&t, words, sizeof(words));
	c = conclusion_say(d, &t);
	fprintf(to, "<section class=\"card verdict %s\"><b>%s</b><p>", kinds[c],
		conclusion_name(c));
	markup_text(to, words);
	fputs("</p></section>", to);
	if (!conclusion_doubts(d, NULL, NULL))
		return;
	fputs("<section class=card><h2>In doubt</h2><ul>", to);
	conclusion_doubts(d, on_doubt, to);
	fputs("</ul></section>", to);
}

static void put_figure(FILE *to, const char *name, uint64_t n)
{
	fputs("<div><strong>", to);
	markup_number(to, n);
	fprintf(to, "</strong><span>%s</span></div>", name);
}

static void put_figures(struct digest *d, FILE *to)
{
	const struct digest_sums *s = &d->sums;

	fputs("<div class=figures>", to);
	put_figure(to, "packets left", s->ends.left.packets);
	fputs("<div><strong>", to);
	markup_bytes(to, s->ends.left.bytes);
	fputs("</strong><span>left</span></div>", to);
	if (s->inside.packets)
		put_figure(to, "told an address", s->inside.packets);
	put_figure(to, "packets stopped", s->ends.dropped.packets + s->ends.held.packets);
	put_figure(to, "refused", s->refused);
	fputs("<div><strong>", to);
	markup_duration(to, (uint64_t)MAX(s->watched, 0));
	fputs("</strong><span>watched, in ", to);
	markup_number(to, s->runs);
	fputs(s->runs == 1 ? " run</span></div></div>" : " runs</span></div></div>", to);
}

static void put_heading(const struct digest *d, FILE *to)
{
	char words[96];
	struct text t;

	text_init(&t, words, sizeof(words));
	conclusion_period(d, &t);
	fputs("<h1>leakaudit report", to);
	if (d->host[0]) {
		fputs(" &middot; ", to);
		markup_text(to, d->host);
		fputs(d->several_hosts ? " and others" : "", to);
	}
	if (*words) {
		fputs(" &middot; ", to);
		markup_text(to, words);
	}
	fputs("</h1>", to);
}

static void put_footer(const struct digest *d, FILE *to)
{
	char zone[16] = "";
	time_t now = d->now / (int64_t)NSEC_PER_SEC;
	struct tm tm;

	if (localtime_r(&now, &tm))
		strftime(zone, sizeof(zone), "%Z", &tm);
	fputs("<footer>Left: it went out past the tunnel. Stopped: dropped by leakaudit, or held "
	      "by something else. Packets are those on the wire, bytes are IP bytes. Times are ",
	      to);
	markup_text(to, *zone ? zone : "local");
	fputs(". Made by leakaudit " LEAKAUDIT_VERSION " at ", to);
	markup_time(to, d->now);
	fputs(".</footer>", to);
}

void show_page(struct digest *d, FILE *to)
{
	fputs("<!DOCTYPE html><html lang=en><head><meta charset=utf-8>"
	      "<meta http-equiv=Content-Security-Policy content=\"" POLICY "\">"
	      "<meta name=viewport content=\"width=device-width,initial-scale=1\">"
	      "<title>leakaudit report</title><style>",
	      to);
	fputs(page_style, to);
	fputs("</style></head><body><main>", to);
	put_heading(d, to);
	put_verdict(d, to);
	put_figures(d, to);
	page_timeline(d, to);
	page_tables(d, to);
	page_outages(d, to);
	page_runs(d, to);
	page_others(d, to);
	put_footer(d, to);
	fputs("</main></body></html>\n", to);
}
