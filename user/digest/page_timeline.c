/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The drawings are stretched to the page's width, and so have no words in them: those are beside
 * them, and in the titles that a browser shows to who points at a bar.
 */
#include "markup.h"
#include "page.h"

#define BARS_MAX 120
#define BASE 140 /* bars of what left grow up from here, */
#define BELOW 50 /* and those of what was stopped down, if anything was */
#define LEAST 2 /* what is not nothing is seen */
#define WIDTH 1000.0
#define TICKS 6

struct scale {
	int64_t first; /* the number of the first bin */
	size_t n;
	uint64_t left, stopped; /* the most in a bin */
};

static uint64_t left_of(const struct bin *bin)
{
	uint64_t n = 0;

	for (size_t c = 0; c < LA_CLASS_MAX; c++)
		n += bin->left[c].packets;
	return n;
}

static struct scale scale_of(struct bins *t)
{
	struct scale s = { .n = bins_fit(t, BARS_MAX) };

	s.first = t->n ? t->v[0].number : 0;
	for (size_t i = 0; i < t->n; i++) {
		s.left = MAX(s.left, left_of(&t->v[i]));
		s.stopped = MAX(s.stopped, (uint64_t)t->v[i].stopped.packets);
	}
	return s;
}

static double height(uint64_t n, uint64_t most, double room)
{
	double h = most ? (double)n / (double)most * room : 0;

	return !n ? 0 : h < LEAST ? LEAST : h;
}

static void put_bar(FILE *to, const char *kind, const struct scale *s, int64_t number, double y,
		    double h)
{
	double step = WIDTH / (double)s->n;

	fprintf(to, "<rect class=%s x=%.2f y=%.2f width=%.2f height=%.2f />", kind,
		(double)(number - s->first) * step, y, step > 3 ? step - 1 : step, h);
}

static void put_bin(FILE *to, const struct bins *t, const struct scale *s, const struct bin *bin)
{
	double y = BASE, h;

	fputs("<g><title>", to);
	markup_time(to, bins_begin(t, bin->number) * (int64_t)NSEC_PER_SEC);
	for (unsigned int c = 0; c < LA_CLASS_MAX; c++) {
		if (!bin->left[c].packets)
			continue;
		fprintf(to, ", %s: ", record_class_name(c));
		markup_sum(to, &bin->left[c]);
	}
	if (bin->stopped.packets) {
		fputs(", stopped: ", to);
		markup_sum(to, &bin->stopped);
	}
	fputs("</title>", to);
	for (unsigned int c = 0; c < LA_CLASS_MAX; c++) {
		h = height(bin->left[c].packets, s->left, BASE - 2 * LA_CLASS_MAX);
		if (h > 0)
			put_bar(to, record_class_name(c), s, bin->number, y -= h, h);
	}
	h = height(bin->stopped.packets, s->stopped, BELOW - 2);
	if (h > 0)
		put_bar(to, "stopped", s, bin->number, BASE + 1, h);
	fputs("</g>", to);
}

static void put_chart(FILE *to, const struct bins *t, const struct scale *s)
{
	fprintf(to,
		"<svg class=\"chart%s\" viewBox=\"0 0 %.0f %d\" preserveAspectRatio=none "
		"role=img aria-label=\"packets by time\">",
		s->stopped ? "" : " flat", WIDTH, BASE + 2 + (s->stopped ? BELOW : 0));
	for (size_t i = 0; i < t->n; i++)
		put_bin(to, t, s, &t->v[i]);
	fprintf(to, "<rect class=line x=0 y=%d width=%.0f height=1 /></svg>", BASE, WIDTH);
}

static void put_ticks(FILE *to, const struct bins *t, const struct scale *s)
{
	const char *form = bins_width(t) < 60	      ? "%H:%M:%S"
			   : bins_width(t) < 3600     ? "%d %b %H:%M"
			   : bins_width(t) < 6 * 3600 ? "%d %b %H:%M"
						      : "%d %b %Y";
	size_t ticks = MIN(s->n, (size_t)TICKS) - 1;

	fputs("<div class=axis>", to);
	for (size_t i = 0; i <= ticks; i++) {
		int64_t number = s->first + (int64_t)(ticks ? i * s->n / ticks : 0);
		time_t second = bins_begin(t, number);
		char words[32] = "";
		struct tm tm;

		if (localtime_r(&second, &tm))
			strftime(words, sizeof(words), form, &tm);
		fprintf(to, "<span>%s</span>", words);
	}
	fputs("</div>", to);
}

/* --- strips --- */

struct strip {
	FILE *to;
	double from, to_x; /* what is drawn already, and not written yet */
	const char *kind;
	int64_t begin, end; /* ns */
};

static double place(const struct strip *s, int64_t ns)
{
	double x = (double)(ns - s->begin) / (double)(s->end - s->begin) * WIDTH;

	return x < 0 ? 0 : x > WIDTH ? WIDTH : x;
}

static void flush_strip(struct strip *s)
{
	if (s->to_x > s->from)
		fprintf(s->to, "<rect class=%s x=%.2f width=%.2f height=10 />", s->kind, s->from,
			s->to_x - s->from);
	s->from = s->to_x = 0;
}

/* They come in the order of their beginnings. What touches is one, so that a page stays small. */
static void add_strip(struct strip *s, int64_t from, int64_t until)
{
	double x = place(s, from), end = place(s, until);

	if (end < x + LEAST)
		end = x + LEAST;
	if (s->to_x <= s->from || x > s->to_x + 0.5) {
		flush_strip(s);
		s->from = x;
	}
	s->to_x = MAX(s->to_x, end);
}

static void begin_strip(const struct strip *s, const char *label)
{
	fprintf(s->to,
		"<svg class=strip viewBox=\"0 0 %.0f 10\" preserveAspectRatio=none role=img "
		"aria-label=\"%s\"><rect class=none width=%.0f height=10 />",
		WIDTH, label, WIDTH);
}

static void put_strips(struct digest *d, const struct scale *s, FILE *to)
{
	struct bins *t = &d->bins;
	struct strip strip = { .to = to,
			       .kind = "watched",
			       .begin = bins_begin(t, s->first) * (int64_t)NSEC_PER_SEC,
			       .end = bins_begin(t, s->first + (int64_t)s->n) *
				      (int64_t)NSEC_PER_SEC };
	const struct outages *o = &d->outages;
	struct run *v;
	size_t n, i;

	v = runs_sorted(d->runs, &n);
	begin_strip(&strip, "watched");
	for (i = 0; i < n; i++)
		add_strip(&strip, v[i].first, v[i].last);
	flush_strip(&strip);
	fputs("</svg>", to);
	strip.kind = "down";
	if (o->n)
		begin_strip(&strip, "tunnel down");
	for (i = 0; i < o->n; i++)
		add_strip(&strip, o->v[i].since, o->v[i].since + (int64_t)(o->v[i].ms * 1000000));
	flush_strip(&strip);
	fputs(o->n ? "</svg>" : "", to);
}

static void put_key(FILE *to, const char *kind, const char *words)
{
	fprintf(to,
		"<span><svg viewBox=\"0 0 1 1\"><rect class=%s width=1 height=1 /></svg>%s</span>",
		kind, words);
}

static void put_keys(FILE *to, const struct digest *d, const struct scale *s)
{
	const struct bins *t = &d->bins;
	uint64_t left[LA_CLASS_MAX] = { 0 };

	for (size_t i = 0; i < t->n; i++)
		for (size_t c = 0; c < LA_CLASS_MAX; c++)
			left[c] += t->v[i].left[c].packets;
	fputs("<div class=key>", to);
	for (unsigned int c = 0; c < LA_CLASS_MAX; c++)
		if (left[c])
			put_key(to, record_class_name(c), record_class_name(c));
	if (s->stopped)
		put_key(to, "stopped", "stopped, below the line");
	put_key(to, "watched", "watched");
	if (d->outages.n)
		put_key(to, "down", "tunnel down");
	fputs("</div>", to);
}

void page_timeline(struct digest *d, FILE *to)
{
	struct bins *t = &d->bins;
	struct scale s;

	/* the whole time that was watched is shown, also where nothing left */
	if (d->events) {
		bins_at(t, d->first);
		bins_at(t, d->last);
	}
	s = scale_of(t);
	if (!s.n)
		return;
	fputs("<section class=\"card time\"><h2>Timeline</h2><p class=soft>Each bar is ", to);
	markup_duration(to, (uint64_t)bins_width(t) * NSEC_PER_SEC);
	fputs("; at most ", to);
	markup_number(to, s.left);
	fputs(" packets left in one", to);
	if (s.stopped) {
		fputs(", ", to);
		markup_number(to, s.stopped);
		fputs(" were stopped", to);
	}
	fputs(".</p>", to);
	put_chart(to, t, &s);
	put_strips(d, &s, to);
	put_ticks(to, t, &s);
	put_keys(to, d, &s);
	fputs("</section>", to);
}
