/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "post.h"

#ifdef HAVE_libcurl
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>

#include "base/util.h"
#include "conn_priv.h"
#include "libcurl.h"

#define CONNECT_MS 10000L
#define ANSWER_MS 30000L /* also for a receiver that reads slowly: a request is of some 100 KiB */
#define BODY_MAX 4096
#define TRIED_MOST 32 /* a name has a few */

struct post {
	const struct libcurl *curl;
	CURLM *multi;
	CURL *easy;
	struct curl_slist *headers;
	int epfd, timer;
	bool busy;
	char body[BODY_MAX];
	size_t body_len;
	char details[CURL_ERROR_SIZE], why[CURL_ERROR_SIZE + 128];
	/* addresses of the name: the first n_failed have failed, the others are being tried */
	struct sockaddr_storage tried[TRIED_MOST];
	unsigned int n_tried, n_failed;
	bool passed_over; /* one that has failed, at the last try */
};

static bool has_failed(const struct post *p, const struct curl_sockaddr *a)
{
	for (unsigned int i = 0; i < p->n_failed; i++)
		if (!memcmp(&p->tried[i], &a->addr, a->addrlen))
			return true;
	return false;
}

/*
 * libcurl turns to the next address of a name only where no connection is made. Of TLS, and of what
 * comes after it, we see to that: an address that has failed gets no socket at the next try.
 */
static curl_socket_t on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct post *p = arg;
	struct addrinfo ai = { .ai_family = a->family,
			       .ai_socktype = a->socktype,
			       .ai_protocol = a->protocol };

	(void)purpose;
	if (has_failed(p, a)) {
		p->passed_over = true;
		return CURL_SOCKET_BAD;
	}
	if (p->n_tried == TRIED_MOST || a->addrlen > sizeof(p->tried[0]))
		return CURL_SOCKET_BAD;
	memcpy(&p->tried[p->n_tried++], &a->addr, a->addrlen);
	return conn_socket(&ai);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
	struct post *p = arg;
	struct epoll_event e = { .data.fd = fd };

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		epoll_ctl(p->epfd, EPOLL_CTL_DEL, fd, NULL);
		return 0;
	}
	e.events = (what & CURL_POLL_IN ? EPOLLIN : 0) | (what & CURL_POLL_OUT ? EPOLLOUT : 0);
	(void)known;
	if (epoll_ctl(p->epfd, EPOLL_CTL_MOD, fd, &e) && errno == ENOENT)
		return epoll_ctl(p->epfd, EPOLL_CTL_ADD, fd, &e);
	return 0;
}

static int on_timer(CURLM *multi, long ms, void *arg)
{
	struct post *p = arg;
	struct itimerspec t = { 0 };

	(void)multi;
	if (ms >= 0) {
		t.it_value.tv_sec = ms / 1000;
		t.it_value.tv_nsec = ms % 1000 * 1000000 + 1; /* 0 would stop it */
	}
	return timerfd_settime(p->timer, 0, &t, NULL);
}

static size_t on_body(char *data, size_t size, size_t n, void *arg)
{
	struct post *p = arg;
	size_t len = size * n, room = sizeof(p->body) - 1 - p->body_len;

	memcpy(p->body + p->body_len, data, MIN(len, room));
	p->body_len += MIN(len, room);
	return len;
}

void post_free(struct post *p)
{
	if (!p)
		return;
	if (p->busy)
		p->curl->multi_remove_handle(p->multi, p->easy);
	if (p->easy)
		p->curl->easy_cleanup(p->easy);
	if (p->multi)
		p->curl->multi_cleanup(p->multi);
	if (p->headers)
		p->curl->slist_free_all(p->headers);
	closep(&p->timer);
	closep(&p->epfd);
	free(p);
}

static int set_tls(const struct post *p, const struct tls_files *tls)
{
	const struct libcurl *c = p->curl;
	int wrong = 0;

	if (tls->ca)
		wrong |= c->easy_setopt(p->easy, CURLOPT_CAINFO, tls->ca);
	if (!tls->cert)
		return wrong;
	wrong |= c->easy_setopt(p->easy, CURLOPT_SSLCERT, tls->cert);
	wrong |= c->easy_setopt(p->easy, CURLOPT_SSLKEY, tls->key);
	/* nobody is there to be asked */
	return wrong | (int)c->easy_setopt(p->easy, CURLOPT_KEYPASSWD, "");
}

static int set_up(struct post *p, const char *url, const struct tls_files *tls)
{
	const struct libcurl *c = p->curl;
	struct epoll_event e = { .events = EPOLLIN };
	int wrong = 0;

	p->epfd = epoll_create1(EPOLL_CLOEXEC);
	p->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (p->epfd < 0 || p->timer < 0 || epoll_ctl(p->epfd, EPOLL_CTL_ADD, p->timer, &e))
		return -errno;
	p->multi = c->multi_init();
	p->easy = c->easy_init();
	/* no "Expect: 100-continue", which costs a round trip for each request */
	p->headers = c->slist_append(NULL, "Content-Type: application/json");
	if (!p->multi || !p->easy || !p->headers || !c->slist_append(p->headers, "Expect:"))
		return -ENOMEM;
	c->multi_setopt(p->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	c->multi_setopt(p->multi, CURLMOPT_SOCKETDATA, p);
	c->multi_setopt(p->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	c->multi_setopt(p->multi, CURLMOPT_TIMERDATA, p);
	wrong |= c->easy_setopt(p->easy, CURLOPT_URL, url);
	wrong |= c->easy_setopt(p->easy, CURLOPT_HTTPHEADER, p->headers);
	wrong |= c->easy_setopt(p->easy, CURLOPT_USERAGENT, "leakaudit/" LEAKAUDIT_VERSION);
	wrong |= c->easy_setopt(p->easy, CURLOPT_NOSIGNAL, 1L);
	wrong |= c->easy_setopt(p->easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	wrong |= c->easy_setopt(p->easy, CURLOPT_TIMEOUT_MS, ANSWER_MS);
	wrong |= c->easy_setopt(p->easy, CURLOPT_WRITEFUNCTION, on_body);
	wrong |= c->easy_setopt(p->easy, CURLOPT_WRITEDATA, p);
	wrong |= c->easy_setopt(p->easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
	wrong |= c->easy_setopt(p->easy, CURLOPT_OPENSOCKETDATA, p);
	wrong |= c->easy_setopt(p->easy, CURLOPT_ERRORBUFFER, p->details);
	wrong |= c->easy_setopt(p->easy, CURLOPT_ACCEPT_ENCODING, ""); /* what it can read */
	wrong |= set_tls(p, tls);
	return wrong ? -EINVAL : 0;
}

/* Without this, what is wrong would be told only as events are to be sent, again and again. */
static int check_url(const struct libcurl *c, const char *url, struct fault *f)
{
	CURLU *u = c->url();
	CURLUcode wrong = u ? c->url_set(u, CURLUPART_URL, url, 0) : CURLUE_OUT_OF_MEMORY;

	c->url_cleanup(u);
	if (!wrong)
		return 0;
	if (wrong == CURLUE_OUT_OF_MEMORY)
		return -ENOMEM;
	fault_say(f, -EINVAL, "output otlp: '%s' is no URL: its %s is wrong", url,
		  wrong == CURLUE_BAD_PORT_NUMBER ? "port" : "form");
	return fault_help(f, -EINVAL, "http://HOST:PORT, http://[2001:db8::1]:PORT, or https");
}

int post_new(struct post **ret, const char *url, const struct tls_files *tls, struct fault *f)
{
	struct post *p = calloc(1, sizeof(*p));
	int r;

	if (!p)
		return -ENOMEM;
	p->epfd = p->timer = -1;
	p->curl = libcurl_load();
	if (!p->curl) {
		fault_say(f, -ELIBACC, "cannot load %s", LIBCURL_LIBRARY);
		r = fault_help(f, -ELIBACC, "install libcurl (Debian: libcurl4)");
	} else {
		r = check_url(p->curl, url, f) ?: set_up(p, url, tls);
	}
	if (r) {
		post_free(p);
		return r;
	}
	*ret = p;
	return 0;
}

static int begin(struct post *p)
{
	p->body_len = 0;
	p->details[0] = '\0';
	p->passed_over = false;
	if (p->curl->multi_add_handle(p->multi, p->easy))
		return -ENOMEM;
	p->busy = true;
	return 0;
}

int post_send(struct post *p, const char *body, size_t len)
{
	p->curl->easy_setopt(p->easy, CURLOPT_POSTFIELDS, body);
	p->curl->easy_setopt(p->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)len);
	return begin(p);
}

bool post_is_busy(const struct post *p)
{
	return p->busy;
}

/* What helps where TLS has failed. NULL: it has not, or nothing is known. */
static const char *help_tls(const struct post *p, CURLcode result)
{
	long verified = 0;

	p->curl->easy_getinfo(p->easy, CURLINFO_SSL_VERIFYRESULT, &verified);
	if (result == CURLE_PEER_FAILED_VERIFICATION)
		return tls_help_refused(verified);
	if (result == CURLE_SSL_CERTPROBLEM)
		return "cert=FILE,key=FILE: in PEM, the key's without a password";
	if (strstr(p->details, "certificate required") || strstr(p->details, "handshake failure"))
		return "cert=FILE,key=FILE name what to show it";
	return NULL;
}

/* What helps where no connection was made, or what has ended it. */
static const char *help_connection(const struct post *p, CURLcode result)
{
	double connected = 0;
	long error = 0;

	p->curl->easy_getinfo(p->easy, CURLINFO_OS_ERRNO, &error);
	p->curl->easy_getinfo(p->easy, CURLINFO_CONNECT_TIME, &connected);
	if (error == EPERM || error == ETIMEDOUT ||
	    (result == CURLE_OPERATION_TIMEDOUT && connected <= 0))
		return CONN_FORBIDDEN;
	return error ? strerror((int)error) : NULL;
}

/* Why no answer has come. Only of TLS are there details that do not change with each try. */
static const char *why_not(struct post *p, CURLcode result)
{
	const char *words = p->curl->easy_strerror(result), *help = help_tls(p, result);

	if (*p->details && (help || result == CURLE_SSL_CONNECT_ERROR))
		words = p->details;
	else
		help = help_connection(p, result);
	snprintf(p->why, sizeof(p->why), "%s%s%s", words, help ? ": " : "", help ?: "");
	return p->why;
}

/* Whether the name may have another address, which is tried then. */
static bool try_next(struct post *p)
{
	bool any = p->n_tried > p->n_failed;

	p->n_failed = p->n_tried;
	return any && !begin(p);
}

/* false: it goes on. */
static bool answer(struct post *p, CURLcode result, struct post_answer *ret)
{
	curl_off_t after = 0;

	p->body[p->body_len] = '\0';
	*ret = (struct post_answer){ .body = p->body, .retry_after_ms = -1 };
	if (result) {
		/* where no address is left, the last one's reason is what counts */
		ret->why = p->passed_over && p->n_tried == p->n_failed ? p->why
								       : why_not(p, result);
		if (try_next(p))
			return false;
	}
	p->n_tried = p->n_failed = 0;
	if (result)
		return true;
	p->curl->easy_getinfo(p->easy, CURLINFO_RESPONSE_CODE, &ret->status);
	p->curl->easy_getinfo(p->easy, CURLINFO_RETRY_AFTER, &after);
	if (after > 0)
		ret->retry_after_ms = after * 1000;
	return true;
}

bool post_pump(struct post *p, struct post_answer *ret)
{
	struct epoll_event events[8];
	int n = epoll_wait(p->epfd, events, ARRAY_SIZE(events), 0), running, left;
	CURLMsg *m;

	for (int i = 0; i < n; i++) {
		uint64_t ticks;
		int fd = events[i].data.fd, what = 0;

		if (!fd) { /* the timer */
			if (read(p->timer, &ticks, sizeof(ticks)) < 0)
				continue;
			fd = CURL_SOCKET_TIMEOUT;
		} else {
			what |= events[i].events & EPOLLIN ? CURL_CSELECT_IN : 0;
			what |= events[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0;
			what |= events[i].events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0;
		}
		p->curl->multi_socket_action(p->multi, fd, what, &running);
	}
	while ((m = p->curl->multi_info_read(p->multi, &left))) {
		CURLcode result = m->data.result;

		if (m->msg != CURLMSG_DONE)
			continue;
		p->busy = false;
		p->curl->multi_remove_handle(p->multi, p->easy);
		if (answer(p, result, ret))
			return true;
	}
	return false;
}

int post_fd(const struct post *p)
{
	return p->epfd;
}
#endif
