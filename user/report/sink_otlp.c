/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes log records of OpenTelemetry to a collector: OTLP over HTTP, as JSON. One request at a
 * time keeps the order; what comes meanwhile is in the next one.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/log.h"
#include "depot.h"
#include "otlp_record.h"
#include "delivery/post.h"
#include "record/record_json.h"
#include "delivery/retry.h"
#include "record/speaker.h"

#define USAGE "otlp:http://HOST:4318" TLS_USAGE DEPOT_USAGE

#ifdef HAVE_libcurl
#define BUILT true

#define BATCH_RECORDS 512 /* what OpenTelemetry's own exporters send at once */
#define BATCH_BYTES (512U << 10)
#define PAUSE_TOLD_MS 2000
#define PAUSE_ASKED_MOST_MS 600000 /* whatever Retry-After says */

struct otlp {
	struct depot depot;
	struct post *post;
	struct json json;
	struct tls_files tls;
	char host[65];
	uint64_t records; /* of the request that goes on */
	uint64_t most; /* in one */
	int64_t again; /* when to try again */
	int pause; /* retry.h */
	long status, said; /* of the last answer; of the one that was told */
	char record[OTLP_RECORD_MAX];
	char body[BATCH_BYTES + OTLP_RECORD_MAX + 1024];
};

/* A URL without a path is that of the collector: its path for logs is in the specification. */
static char *with_path(const char *url)
{
	const char *host = strstr(url, "://");
	char *whole = NULL;

	if (!host || (strncmp(url, "http://", 7) && strncmp(url, "https://", 8)) || !host[3])
		return NULL;
	host += 3;
	if (asprintf(&whole, "%s%s", url, strchr(host, '/') ? "" : "/v1/logs") < 0)
		return NULL;
	return whole;
}

static int otlp_open(struct sink *s, const char *arg, struct fault *f)
{
	_cleanup_(freep) char *url = NULL;
	struct otlp *o = s->own = calloc(1, sizeof(*o));
	int r;

	if (!o)
		return -ENOMEM;
	o->most = BATCH_RECORDS;
	r = output_option_parse(
		"otlp", arg ?: "",
		(struct output_option[]){ DEPOT_OPTIONS(&o->depot), TLS_OPTIONS(&o->tls), { 0 } },
		USAGE, &s->path, f);
	if (r)
		return r;
	url = with_path(s->path);
	if (!url) {
		fault_say(f, -EINVAL, "output otlp: '%s' is no URL of http or https", s->path);
		return fault_help(f, -EINVAL, USAGE);
	}
	r = tls_files_check(&o->tls, f);
	if (!r)
		r = post_new(&o->post, url, &o->tls, f);
	return r ?: depot_open(&o->depot, "otlp records", f);
}

/* Fills the body with what waits. */
static bool fill(struct otlp *o, size_t *len)
{
	struct spool_message m;
	struct text t;

	text_init(&t, o->body, sizeof(o->body));
	otlp_begin(&t, o->host);
	for (o->records = 0; o->records < o->most && t.len < BATCH_BYTES; o->records++) {
		if (!spool_next(o->depot.spool, &m))
			break;
		text_put(&t, ",", o->records ? 1 : 0);
		text_put(&t, m.data, m.len);
		spool_take(o->depot.spool);
	}
	otlp_end(&t);
	*len = t.len;
	return o->records;
}

/* news: it is told at once. */
static void try_again(struct sink *s, struct otlp *o, const char *why, int64_t after_ms, bool news)
{
	int64_t pause = retry_pause(&o->pause);

	spool_back(o->depot.spool);
	if (after_ms >= 0)
		pause = MIN(after_ms, (int64_t)PAUSE_ASKED_MOST_MS);
	o->again = ktime_ms() + pause;
	/* a collector that is busy says so, and takes it a little later: that is no news */
	if (news || pause >= PAUSE_TOLD_MS)
		depot_away(s, &o->depot, why);
}

/* The number of records that a collector says it has not taken, and never will. */
static uint64_t rejected(const char *body)
{
	const char *at = strstr(body, "\"rejectedLogRecords\"");

	if (!at)
		return 0;
	at += strcspn(at, ":");
	at += strspn(at, ": \"\t\r\n");
	return isdigit((unsigned char)*at) ? strtoull(at, NULL, 10) : 0;
}

static void done(struct sink *s, struct otlp *o, uint64_t lost, const char *why)
{
	if (lost && o->said != o->status)
		log_warn("output %s: %s: %" PRIu64 " events are lost", s->spec, why, lost);
	for (uint64_t i = 0; i < o->records; i++)
		if (i < lost)
			depot_refused(s, &o->depot);
		else
			depot_arrived(s, &o->depot);
	o->said = lost ? o->status : 0; /* of a million events, one line */
	o->pause = 0;
	depot_back(s, &o->depot);
}

/* More than this collector, or a proxy before it, takes in one request. */
static void split(struct otlp *o)
{
	spool_back(o->depot.spool);
	o->most = o->records / 2;
}

/*
 * Statuses that tell where we send, or who we are, and nothing of the events: these wait until that
 * is mended. What helps.
 */
static const struct {
	long from, to;
	const char *help;
} places[] = {
	{ 300, 399, "name the URL that it leads to" },
	{ 401, 403, "its collector, or a proxy before it, does not let us in" },
	{ 404, 404, "no collector listens at this path" },
	{ 405, 406, "what listens at this path is no collector" },
	{ 407, 407, "a proxy before its collector does not let us in" },
	{ 410, 410, "no collector listens at this path any more" },
	{ 415, 415, "what listens at this path takes no OTLP as JSON" },
	{ 421, 421, "name the host as its collector does" },
	{ 426, 426, "what listens there wants another protocol" },
	{ 451, 451, "a proxy before its collector does not let us in" },
	{ 501, 501, "what listens there is no collector" },
	{ 505, 505, "what listens there wants another protocol" },
	{ 511, 511, "the network asks for a login first" },
};

/*
 * A collector answers in JSON, or with nothing. A page is of somebody else, whatever its status
 * says, and so are the words of a server in Go that wants TLS.
 */
static const char *help_answer(const char *body)
{
	body += strspn(body, "\xef\xbb\xbf \t\r\n");
	if (!strncmp(body, "Client sent an HTTP request to an HTTPS server", 46))
		return "it wants https://";
	return *body == '<' ? "a page came and no collector's answer: the network may ask for a "
			      "login, or this port want https://"
			    : NULL;
}

/* NULL: the answer tells of the events. */
static const char *help_place(const struct post_answer *a)
{
	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (a->status >= places[i].from && a->status <= places[i].to)
			return places[i].help;
	return help_answer(a->body);
}

/* OTLP specification, "Retryable Response Codes"; what RFC 9110 and 8470 say of 408 and 425. */
static bool is_for_later(long status)
{
	return status == 429 || (status >= 502 && status <= 504) || status == 408 || status == 425;
}

static void on_answer(struct sink *s, struct otlp *o, const struct post_answer *a)
{
	const char *help = a->status ? help_place(a) : NULL;
	char why[192];

	o->status = a->status;
	snprintf(why, sizeof(why), "HTTP status %ld%s%s", a->status, help ? ": " : "", help ?: "");
	if (!a->status)
		try_again(s, o, a->why, -1, true);
	else if (is_for_later(a->status))
		try_again(s, o, why, a->retry_after_ms, false);
	else if (a->status == 413 && o->records > 1)
		split(o);
	else if (help && a->status != 413)
		try_again(s, o, why, a->retry_after_ms, true);
	else if (a->status >= 200 && a->status < 300)
		done(s, o, MIN(rejected(a->body), o->records), "its collector has refused some");
	else
		done(s, o, o->records, why);
	o->records = 0;
}

static void otlp_pump(struct sink *s)
{
	struct otlp *o = s->own;
	struct post_answer a;
	size_t len;

	do {
		if (post_is_busy(o->post)) {
			if (!post_pump(o->post, &a))
				break;
			on_answer(s, o, &a);
		}
		if (ktime_ms() < o->again || !fill(o, &len))
			break;
		if (post_send(o->post, o->body, len)) {
			try_again(s, o, strerror(ENOMEM), -1, true);
			break;
		}
	} while (true);
	depot_tick(s, &o->depot);
}

static int otlp_write(struct sink *s, const struct record *r)
{
	struct otlp *o = s->own;
	const char *line;
	struct text t;
	size_t len;
	int ret = record_json_line(&o->json, r, &line, &len);

	if (r->speaker && !*o->host)
		snprintf(o->host, sizeof(o->host), "%s", r->speaker->host);
	text_init(&t, o->record, sizeof(o->record));
	if (!ret)
		ret = otlp_record(&t, r, line, len);
	if (ret) {
		s->lost++;
		return ret;
	}
	ret = depot_put(s, &o->depot, r, o->record, t.len);
	otlp_pump(s);
	return ret;
}

static int otlp_interest(const struct sink *s, uint32_t *events)
{
	const struct otlp *o = s->own;

	*events = EPOLLIN;
	return post_fd(o->post);
}

static bool is_done(const struct sink *s)
{
	const struct otlp *o = s->own;

	return !spool_held(o->depot.spool);
}

static int otlp_flush(struct sink *s, unsigned int timeout_ms)
{
	struct otlp *o = s->own;

	return depot_flush(s, &o->depot, timeout_ms, is_done);
}

static int otlp_pace(struct sink *s, unsigned int timeout_ms)
{
	struct otlp *o = s->own;

	return depot_pace(s, &o->depot, timeout_ms);
}

static uint64_t otlp_waiting(const struct sink *s)
{
	const struct otlp *o = s->own;

	return spool_unsaved(o->depot.spool);
}

static void otlp_close(struct sink *s)
{
	struct otlp *o = s->own;

	if (!o)
		return;
	post_free(o->post);
	depot_close(s, &o->depot);
	json_free(&o->json);
	tls_files_clear(&o->tls);
	free(o);
}
#else
#define BUILT false

static int otlp_open(struct sink *s, const char *arg, struct fault *f)
{
	(void)arg;
	return sink_not_built(s, "libcurl4-openssl-dev (Fedora: libcurl-devel)", f);
}
#define otlp_write sink_write_not_built
#define otlp_pump NULL
#define otlp_interest NULL
#define otlp_flush NULL
#define otlp_pace NULL
#define otlp_waiting NULL
#define otlp_close NULL
#endif

const struct sink_ops sink_otlp = {
	.name = "otlp",
	.library = "libcurl",
	.built = BUILT,
	.open = otlp_open,
	.write = otlp_write,
	.pump = otlp_pump,
	.interest = otlp_interest,
	.flush = otlp_flush,
	.pace = otlp_pace,
	.waiting = otlp_waiting,
	.close = otlp_close,
};
