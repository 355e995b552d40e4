/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifdef HAVE_libmicrohttpd
#include "http_priv.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

/* Without a byte for so long a connection is closed, unless it waits for events. */
#define IDLE_SECONDS 30
/* What a connection has for its request and one piece of its answer. */
#define CONNECTION_MEMORY (32U << 10)
/* The main loop's packets wait so long at most. */
#define RUN_NS (5 * NSEC_PER_SEC / 1000)

#define PLAIN_TEXT "text/plain; charset=utf-8"

/* It shows text, which no page of another site may read, frame or guess a type for. */
#define POLICY "Content-Security-Policy"
static const struct http_header every[] = {
	{ "Cache-Control", "no-store" },
	{ POLICY, "default-src 'none'; frame-ancestors 'none'" },
	{ "Cross-Origin-Resource-Policy", "same-origin" },
	{ "Referrer-Policy", "no-referrer" },
	{ "X-Content-Type-Options", "nosniff" },
	{ "X-Frame-Options", "DENY" },
};

/* The page has its own script and style, and asks only who has sent it. Nothing that it gets can
 * become markup. */
static const struct http_header page_policy = {
	POLICY, "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
		"img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
		"require-trusted-types-for 'script'"
};

static bool has_header(const struct http_header *headers, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (headers[i].value && !strcmp(headers[i].name, name))
			return true;
	return false;
}

enum MHD_Result http_answer(struct http *h, struct MHD_Connection *c, unsigned int code,
			    struct MHD_Response *response, const struct http_header *headers,
			    size_t n)
{
	enum MHD_Result r = MHD_YES;
	size_t i;

	if (!response)
		return MHD_NO; /* out of memory: the connection is closed */
	for (i = 0; i < ARRAY_SIZE(every) && r; i++)
		if (!has_header(headers, n, every[i].name))
			r = h->m->MHD_add_response_header(response, every[i].name, every[i].value);
	for (i = 0; i < n && r; i++)
		if (headers[i].value)
			r = h->m->MHD_add_response_header(response, headers[i].name,
							  headers[i].value);
	if (r)
		r = h->m->MHD_queue_response(c, code, response);
	h->m->MHD_destroy_response(response);
	return r;
}

static enum MHD_Result text(struct http *h, struct MHD_Connection *c, unsigned int code,
			    const char *type, const char *body, size_t len,
			    const struct http_header *more)
{
	const struct http_header headers[] = { { "Content-Type", type },
					       more ? *more : (struct http_header){ 0 } };
	/* it is only read: MUST_COPY */
	struct MHD_Response *response = h->m->MHD_create_response_from_buffer(
		len, (void *)(uintptr_t)body, MHD_RESPMEM_MUST_COPY);

	return http_answer(h, c, code, response, headers, ARRAY_SIZE(headers));
}

static enum MHD_Result refuse(struct http *h, struct MHD_Connection *c, unsigned int code,
			      const char *why, const struct http_header *more)
{
	return text(h, c, code, PLAIN_TEXT, why, strlen(why), more);
}

static const char *header(const struct http *h, struct MHD_Connection *c, const char *name)
{
	return h->m->MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);
}

/* --- what there is --- */

/* page_data.S */
extern const char page_html[], page_html_end[], page_css[], page_css_end[], page_js[],
	page_js_end[];

static enum MHD_Result part(struct http *h, struct MHD_Connection *c, const char *type,
			    const char *from, const char *end)
{
	return text(h, c, MHD_HTTP_OK, type, from, (size_t)(end - from), &page_policy);
}

static enum MHD_Result html(struct http *h, struct MHD_Connection *c, bool head)
{
	(void)head;
	return part(h, c, "text/html; charset=utf-8", page_html, page_html_end);
}

static enum MHD_Result css(struct http *h, struct MHD_Connection *c, bool head)
{
	(void)head;
	return part(h, c, "text/css; charset=utf-8", page_css, page_css_end);
}

static enum MHD_Result js(struct http *h, struct MHD_Connection *c, bool head)
{
	(void)head;
	return part(h, c, "text/javascript; charset=utf-8", page_js, page_js_end);
}

/* OpenMetrics, unless the client names the older format alone. */
static enum MHD_Result metrics(struct http *h, struct MHD_Connection *c, bool head)
{
	const char *accept = header(h, c, "Accept") ?: "";
	bool plain = strstr(accept, "text/plain") &&
		     !strstr(accept, "application/openmetrics-text");
	enum openmetrics_format format = plain ? OPENMETRICS_PLAIN : OPENMETRICS_1_0;

	(void)head;
	/* in the end the run cannot be asked any more */
	if (h->over || !*h->cfg.metrics || metrics_text(&h->text, format, *h->cfg.metrics))
		return refuse(h, c, MHD_HTTP_SERVICE_UNAVAILABLE, "there are none just now\n",
			      NULL);
	return text(h, c, MHD_HTTP_OK,
		    plain ? "text/plain; version=0.0.4; charset=utf-8"
			  : "application/openmetrics-text; version=1.0.0; charset=utf-8",
		    h->text.buf, h->text.len, NULL);
}

/* The state of the run, as it is now. */
static enum MHD_Result state(struct http *h, struct MHD_Connection *c, bool head)
{
	const struct state_source *source = *h->cfg.state;
	const char *line;
	size_t len;

	(void)head;
	if (h->over || !source || source->text(source->arg, &line, &len))
		return refuse(h, c, MHD_HTTP_SERVICE_UNAVAILABLE, "there is none just now\n", NULL);
	return text(h, c, MHD_HTTP_OK, "application/json", line, len, NULL);
}

static const struct {
	const char *path;
	enum MHD_Result (*show)(struct http *h, struct MHD_Connection *c, bool head);
	bool open; /* it tells nothing of this host, and asks for the token by itself */
} pages[] = {
	{ "/", html, true },
	{ "/page.css", css, true },
	{ "/page.js", js, true },
	{ "/metrics", metrics, false },
	{ "/events", http_events, false },
	{ "/state", state, false },
};

/* --- who may have it --- */

/* In the same time for every wrong one of its length. */
static bool is_same(const char *a, const char *b)
{
	size_t n = strlen(a), i;
	unsigned char differs = 0;

	if (n != strlen(b))
		return false;
	for (i = 0; i < n; i++)
		differs |= (unsigned char)a[i] ^ (unsigned char)b[i];
	return !differs;
}

static bool is_admitted(const struct http *h, struct MHD_Connection *c)
{
	static const char bearer[] = "Bearer ";
	const char *sent = header(h, c, "Authorization");

	return !h->cfg.token || (sent && !strncasecmp(sent, bearer, sizeof(bearer) - 1) &&
				 is_same(sent + sizeof(bearer) - 1, h->cfg.token));
}

static enum MHD_Result show(struct http *h, struct MHD_Connection *c, const char *url, bool head)
{
	static const struct http_header bearer = { "WWW-Authenticate", "Bearer" };
	size_t i;

	if (h->place.host[0] && !http_host_ours(header(h, c, "Host"), h->place.host, h->cfg.name))
		return refuse(h, c, MHD_HTTP_FORBIDDEN,
			      "the Host header names neither this address nor localhost\n", NULL);
	for (i = 0; i < ARRAY_SIZE(pages) && strcmp(pages[i].path, url) != 0; i++)
		;
	if (!(i < ARRAY_SIZE(pages) && pages[i].open) && !is_admitted(h, c))
		return refuse(h, c, MHD_HTTP_UNAUTHORIZED, "a token is needed\n", &bearer);
	if (i < ARRAY_SIZE(pages))
		return pages[i].show(h, c, head);
	return refuse(h, c, MHD_HTTP_NOT_FOUND, "there are /, /metrics, /events and /state\n",
		      NULL);
}

/* Until http_run(), after which it is asked for again. */
static enum MHD_Result wait_for_loop(struct http *h, struct MHD_Connection *c)
{
	if (h->n_waiting == ARRAY_SIZE(h->waiting))
		return MHD_NO;
	h->waiting[h->n_waiting++] = c;
	h->m->MHD_suspend_connection(c);
	return MHD_YES;
}

/* An MHD_AccessHandlerCallback: called when the headers are there, and once more without a body. */
static enum MHD_Result on_request(void *arg, struct MHD_Connection *c, const char *url,
				  const char *method, const char *version, const char *body,
				  size_t *body_len, void **own)
{
	static const struct http_header allow = { "Allow", "GET, HEAD" };
	static char begun;
	struct http *h = arg;
	bool head = !strcmp(method, "HEAD");

	(void)version;
	(void)body;
	if (!head && strcmp(method, "GET") != 0)
		return refuse(h, c, MHD_HTTP_METHOD_NOT_ALLOWED, "nothing can be changed here\n",
			      &allow);
	if (!*own) {
		*own = &begun;
		return MHD_YES;
	}
	if (*body_len) { /* nobody asked for it */
		*body_len = 0;
		return MHD_YES;
	}
	return h->within ? wait_for_loop(h, c) : show(h, c, url, head);
}

/* --- the loop --- */

static int watch(struct http *h, int fd)
{
	struct epoll_event e = { .events = EPOLLIN };

	return epoll_ctl(h->epfd, EPOLL_CTL_ADD, fd, &e) ? -errno : 0;
}

static int start(struct http *h, int listener)
{
	const union MHD_DaemonInfo *info;

	h->daemon = h->m->MHD_start_daemon(
		MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, h,
		MHD_OPTION_LISTEN_SOCKET, listener, MHD_OPTION_CONNECTION_LIMIT,
		HTTP_CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY, MHD_OPTION_END);
	if (!h->daemon)
		return -ENOMEM;
	info = h->m->MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	h->epfd = epoll_create1(EPOLL_CLOEXEC);
	h->again = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (!info || h->epfd < 0 || h->again < 0)
		return -errno;
	return watch(h, info->epoll_fd) ?: watch(h, h->again);
}

int http_open(struct http **ret, int listener, const struct http_place *place,
	      const struct http_config *cfg, struct fault *f)
{
	const struct microhttpd *m = microhttpd_load();
	struct http *h = m ? calloc(1, sizeof(*h)) : NULL;
	int r;

	if (!h) {
		close(listener);
		if (m)
			return -ENOMEM;
		fault_say(f, -ENOSYS, "cannot listen: %s is not installed", MICROHTTPD_LIBRARY);
		return fault_help(f, -ENOSYS, "Debian and Ubuntu: apt install libmicrohttpd12");
	}
	h->m = m;
	h->epfd = h->again = -1;
	h->cfg = *cfg;
	h->place = *place;
	h->backlog.first = h->backlog.next = 1; /* as the numbers of events do */
	r = start(h, listener);
	if (r) {
		if (!h->daemon)
			close(listener);
		http_free(h);
		return r;
	}
	*ret = h;
	return 0;
}

void http_free(struct http *h)
{
	if (!h)
		return;
	if (h->daemon) {
		http_end(h);
		http_run(h); /* nobody may be suspended when it stops */
		h->m->MHD_stop_daemon(h->daemon); /* closes the listener */
	}
	closep(&h->epfd);
	closep(&h->again);
	openmetrics_free(&h->text);
	backlog_clear(&h->backlog);
	free(h);
}

int http_fd(const struct http *h)
{
	return h->epfd;
}

/* Whether there is more to do. */
static bool run(struct http *h)
{
	uint64_t until = ktime_now() + RUN_NS;
	MHD_UNSIGNED_LONG_LONG wait;

	h->unsent = 0;
	do {
		h->m->MHD_run(h->daemon);
		if (h->m->MHD_get_timeout(h->daemon, &wait) != MHD_YES || wait)
			return false;
	} while (ktime_now() < until);
	return true;
}

void http_run(struct http *h)
{
	uint64_t count;

	if (read(h->again, &count, sizeof(count)) < 0)
		count = 0; /* it was not set */
	while (h->n_waiting)
		h->m->MHD_resume_connection(h->waiting[--h->n_waiting]);
	http_events_beat(h);
	count = 1;
	if (run(h) && write(h->again, &count, sizeof(count)) < 0)
		return; /* it is set already */
}

int http_event(struct http *h, const char *run_id, const char *line, size_t len)
{
	int r = backlog_add(&h->backlog, run_id, line, len);

	h->run = run_id;
	h->unsent += len;
	http_events_wake(h);
	/* thousands may come before the loop goes round: who is quick enough gets them all */
	if (h->unsent >= BACKLOG_BYTES / 4 && h->listeners) {
		h->within = true;
		run(h);
		h->within = false;
	}
	return r;
}

void http_end(struct http *h)
{
	h->over = true;
	http_events_wake(h);
}

bool http_is_drained(const struct http *h)
{
	return !h->listeners;
}
#endif
