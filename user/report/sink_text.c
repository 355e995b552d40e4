/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes a line per event for people, and a table at the end. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "record/record_lines.h"
#include "sink_ops.h"
#include "base/screen.h"
#include "base/text_wrap.h"

#define LINE_MAX_BYTES (16U << 10)

/* Width of "11:09:11 leak  torrent ", which precedes the message. */
#define MESSAGE_COLUMN 23
/* A narrower terminal has no room for words after the hanging indent. */
#define WRAP_LEAST 50

/* Rows of a breakdown. The rest is one row; JSON has all rows. */
#define ROWS_MAX 12

struct screen {
	struct text t;
	bool coloured;
	size_t width; /* columns; 0: lines are not wrapped */
};

struct tag {
	const char *word, *colour;
};

static struct tag tag_of(const struct record *r)
{
	switch (r->action) {
	case RECORD_LEAK:
		if (r->leak.outcome == RECORD_OUTCOME_DROPPED)
			return (struct tag){ "drop", YELLOW };
		if (r->leak.outcome == RECORD_OUTCOME_HELD)
			return (struct tag){ "held", YELLOW };
		return (struct tag){ "leak", r->leak.state == RECORD_FLOW_OPEN ? BOLD RED : RED };
	case RECORD_POSSIBLE:
		return (struct tag){ "maybe", YELLOW };
	case RECORD_READY:
		return (struct tag){ "ready", GREEN };
	case RECORD_TUNNEL_UP:
		return (struct tag){ "up", GREEN };
	case RECORD_TUNNEL_DOWN:
		return (struct tag){ "down", BOLD YELLOW };
	case RECORD_INTERFACE:
		return (struct tag){ "iface", BLUE };
	case RECORD_BYPASS:
		return (struct tag){ r->bypass.refused ? "drop" : "leak", BOLD RED };
	case RECORD_SCOPE_GONE:
	case RECORD_SCOPE_BACK:
		return (struct tag){ "scope", r->scope.unwatched_ns || r->scope.missed ? BOLD YELLOW
										       : BLUE };
	case RECORD_SCOPE_LEFT:
		return (struct tag){ "scope", BOLD YELLOW };
	case RECORD_HEARTBEAT:
	case RECORD_PAGE:
	case RECORD_LOST:
		return (struct tag){ "lost", BOLD YELLOW };
	case RECORD_SUMMARY:
		return (struct tag){ "end", BOLD };
	case RECORD_ACTION_MAX:
		break;
	}
	return (struct tag){ "", "" };
}

static struct tag class_of(const struct record *r)
{
	static const char *const colours[LA_CLASS_MAX] = {
		[LA_CLASS_DNS] = CYAN,
		[LA_CLASS_STUN] = BLUE,
		[LA_CLASS_TORRENT] = MAGENTA,
		[LA_CLASS_IPV6] = GREEN,
	};
	const char *name;

	if (r->action != RECORD_LEAK && r->action != RECORD_POSSIBLE)
		return (struct tag){ "", NULL };
	name = record_class_name(r->leak.flow.cls);
	return name ? (struct tag){ name, colours[r->leak.flow.cls] } : (struct tag){ "", NULL };
}

static void add_tag(struct screen *s, struct tag tag, int width)
{
	if (s->coloured && tag.colour && *tag.word)
		text_add(&s->t, "%s%-*s" PLAIN " ", tag.colour, width, tag.word);
	else
		text_add(&s->t, "%-*s ", width, tag.word);
}

static void add_line(struct screen *s, const struct record *r)
{
	char message[2048], clock[16] = "";
	struct tm tm;

	if (localtime_r(&r->time.tv_sec, &tm))
		strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	add_tag(s, (struct tag){ clock, DIM }, 8);
	add_tag(s, tag_of(r), 5);
	add_tag(s, class_of(r), 7);
	record_message(r, message, sizeof(message));
	text_add_wrapped(&s->t, message, MESSAGE_COLUMN, s->width);
	text_add(&s->t, "\n");
}

/* The layout of the table: "  label         key    packets     bytes". */
#define LABEL_WIDTH 13
#define NUMBERS_WIDTH (2 + 12 + 2 + 10)

#define KEY_MAX 256

static size_t safe_key(char *safe, const char *key)
{
	struct text t;

	text_init(&t, safe, KEY_MAX);
	text_escape(&t, key ? key : "unknown", false);
	return text_columns(safe);
}

static void add_key(struct screen *s, const char *key, size_t width)
{
	char safe[KEY_MAX];

	safe_key(safe, key);
	text_add_cell(&s->t, safe, width);
}

static void add_row(struct screen *s, const char *label, size_t width, const struct record_sum *sum)
{
	char bytes[16];
	struct text t;

	text_init(&t, bytes, sizeof(bytes));
	text_bytes(&t, sum->bytes);
	text_add(&s->t, "  ");
	add_tag(s, (struct tag){ label, DIM }, LABEL_WIDTH - 1);
	add_key(s, sum->key, width);
	text_add(&s->t, "  %12" PRIu64 "  %10s\n", sum->packets, bytes);
}

static int by_volume(const void *a, const void *b)
{
	const struct record_sum *x = a, *y = b;

	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? 1 : -1;
	return x->packets < y->packets ? 1 : x->packets > y->packets ? -1 : 0;
}

/* Adds rows, largest first, without those of 0 packets. */
static int add_rows(struct screen *s, const char *label, size_t width,
		    const struct record_sums *sums)
{
	struct record_sum rest = { .key = "all others" };
	_cleanup_(freep) struct record_sum *v = NULL;

	if (!sums->n)
		return 0;
	v = reallocarray(NULL, sums->n, sizeof(*v));
	if (!v)
		return -ENOMEM;
	memcpy(v, sums->v, sums->n * sizeof(*v));
	qsort(v, sums->n, sizeof(*v), by_volume);
	for (size_t i = 0; i < sums->n && v[i].packets; i++) {
		if (i < ROWS_MAX || sums->n == ROWS_MAX + 1) {
			add_row(s, i ? "" : label, width, &v[i]);
			continue;
		}
		rest.packets += v[i].packets;
		rest.bytes += v[i].bytes;
	}
	if (rest.packets)
		add_row(s, "", width, &rest);
	return 0;
}

static size_t widest(const struct record_sums *sums, size_t width)
{
	char safe[KEY_MAX];
	size_t columns;

	for (size_t i = 0; i < sums->n; i++) {
		columns = safe_key(safe, sums->v[i].key);
		width = MAX(width, columns);
	}
	return width;
}

static size_t key_width(const struct screen *s, const struct record_summary *r)
{
	size_t width = widest(&r->by_scope, widest(&r->by_process, 20)), most;

	most = s->width ? s->width - 2 - LABEL_WIDTH - NUMBERS_WIDTH : 50;
	return MIN(MIN(width, most), 50);
}

/* Adds "  label        tag words ...", with the words wrapped. */
static void add_note(struct screen *s, const char *label, struct tag tag, const char *words)
{
	bool coloured = s->coloured && tag.colour;

	text_add(&s->t, "  ");
	add_tag(s, (struct tag){ label, DIM }, LABEL_WIDTH - 1);
	text_add(&s->t, "%s%s%s%s", coloured ? tag.colour : "", tag.word, coloured ? PLAIN : "",
		 *tag.word && *words ? " " : "");
	text_add_wrapped(&s->t, words, 2 + LABEL_WIDTH + strlen(tag.word) + !!*tag.word, s->width);
	text_add(&s->t, "\n");
}

static void add_lost(struct screen *s, const struct record_summary *r)
{
	const struct record_lost *l = &r->lost;
	char lost[160], why[512];
	struct text t;

	text_init(&t, lost, sizeof(lost));
	text_count(&t, l->events, "event, ", "events, ");
	text_count(&t, l->flows, "packet without a flow, ", "packets without a flow, ");
	text_count(&t, l->output, "line of output", "lines of output");
	if (l->evidence) {
		text_add(&t, ", ");
		text_count(&t, l->evidence, "packet of the evidence", "packets of the evidence");
	}
	if (l->events || l->flows || l->output || l->evidence)
		add_note(s, "lost", (struct tag){ "", NULL }, lost);
	else
		add_note(s, "lost", (struct tag){ "nothing", GREEN }, "");

	text_init(&t, why, sizeof(why));
	if (!r->complete && r->incomplete)
		text_escape(&t, r->incomplete, false);
	add_note(s, "complete",
		 r->complete ? (struct tag){ "yes", GREEN }
			     : (struct tag){ *why ? "no:" : "no", BOLD YELLOW },
		 why);
}

static void add_dropouts(struct screen *s, const struct record_dropouts *d)
{
	char words[96];
	struct text t;

	text_init(&t, words, sizeof(words));
	text_count(&t, d->count, "dropout", "dropouts");
	text_add(&t, ", ");
	text_duration(&t, d->ns);
	if (d->count > 1) {
		text_add(&t, " in all, the longest ");
		text_duration(&t, d->longest);
	}
	add_note(s, "tunnel",
		 d->down ? (struct tag){ "down:", BOLD YELLOW } : (struct tag){ "", NULL }, words);
}

static void add_lines(struct screen *s, const struct record_summary *r)
{
	char words[512], name[KEY_MAX];
	const char *label = "accounts";
	struct text t;

	for (size_t i = 0; i < r->n_lines; i++) {
		if (!record_line_words(&r->lines[i], words, sizeof(words)))
			continue;
		text_init(&t, name, sizeof(name));
		text_escape(&t, r->lines[i].name, false);
		text_add(&t, ":");
		add_note(s, label, (struct tag){ name, NULL }, words);
		label = "";
	}
}

static int add_summary(struct screen *s, const struct record_summary *r)
{
	struct record_sum leaked = r->leaks, dropped = r->dropped, inside = r->inside;
	struct record_sum inbound = r->inbound, shut_out = r->inbound_dropped;
	struct record_sum possible = r->possible;
	size_t width = key_width(s, r);
	const struct {
		const char *label;
		const struct record_sums *totals;
	} parts[] = {
		{ "by scope", &r->by_scope },	  { "by class", &r->by_class },
		{ "by family", &r->by_family },	  { "by interface", &r->by_interface },
		{ "by process", &r->by_process }, { "exempt", &r->exempt },
	};
	int ret = 0;

	leaked.key = dropped.key = "";
	text_add(&s->t, "\n%*s", 2 + LABEL_WIDTH, "");
	text_add(&s->t, "%*s%s  %12s  %10s%s\n", (int)width, "", s->coloured ? DIM : "", "packets",
		 "bytes", s->coloured ? PLAIN : "");
	add_row(s, "leaked", width, &leaked);
	add_row(s, "stopped", width, &dropped);
	possible.key = "by a resolver";
	if (possible.packets)
		add_row(s, "possible", width, &possible);
	inside.key = "address revealed";
	if (inside.packets)
		add_row(s, "inside", width, &inside);
	inbound.key = "let in";
	if (inbound.packets)
		add_row(s, "inbound", width, &inbound);
	shut_out.key = "kept out";
	if (shut_out.packets)
		add_row(s, "inbound", width, &shut_out);
	for (size_t i = 0; i < ARRAY_SIZE(parts) && ret >= 0; i++)
		ret = add_rows(s, parts[i].label, width, parts[i].totals);
	if (r->dropouts && r->dropouts->count)
		add_dropouts(s, r->dropouts);
	add_lines(s, r);
	add_lost(s, r);
	return ret;
}

static int text_open_sink(struct sink *s, const char *arg, struct fault *f)
{
	s->own = malloc(LINE_MAX_BYTES);
	if (!s->own)
		return -ENOMEM;
	return sink_open_lines(s, arg, f);
}

static int text_write(struct sink *s, const struct record *r)
{
	size_t columns = screen_columns(s->out.fd);
	struct screen screen = {
		.coloured = screen_coloured(s->out.fd),
		.width = columns >= WRAP_LEAST ? columns : 0,
	};
	int ret = 0;

	/* for programs: people have the table of the summary, and see that we are alive */
	if (r->action == RECORD_PAGE || r->action == RECORD_HEARTBEAT)
		return 0;
	text_init(&screen.t, s->own, LINE_MAX_BYTES);
	add_line(&screen, r);
	if (r->action == RECORD_SUMMARY)
		ret = add_summary(&screen, &r->summary);
	if (ret < 0) {
		s->out.lost++;
		return ret;
	}
	return sink_put(s, r, screen.t.buf, screen.t.len);
}

static void text_close(struct sink *s)
{
	free(s->own);
}

const struct sink_ops sink_text = {
	.name = "text",
	.target = SINK_TARGET_OPTIONAL,
	.open = text_open_sink,
	.write = text_write,
	.pump = sink_lines_pump,
	.flush = sink_lasting_flush,
	.reopen = sink_lines_reopen,
	.close = text_close,
};
