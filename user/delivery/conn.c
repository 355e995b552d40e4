/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conn.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/util.h"
#include "conn_priv.h"
#include "resolve.h"
#include "retry.h"

#define CONNECT_MS 10000
/* A connection that held so long, or brought something, begins with the first pause again. */
#define STEADY_MS 10000
#define SETTLED_MS 1000
/* Whoever takes nothing for so long is said to be away. */
#define STUCK_MS 10000

struct conn {
	enum conn_kind kind;
	char *host, *port;
	enum conn_state state;
	int fd;
	unsigned int generation;
	uint32_t wants; /* of a handshake, or of TLS that is to be read before it is written */
	struct resolve *resolve;
	struct addrinfo *found, *next;
	struct tls *tls;
	int64_t since, again; /* of the state; when to try again */
	int pause; /* retry.h */
	int64_t moved; /* when it has last taken something */
	bool wrote, was_read, blocked, full;
	char why[320];
};

static bool is_stream(const struct conn *c)
{
	return c->kind == CONN_TCP || c->kind == CONN_TLS || c->kind == CONN_UNIX;
}

static bool is_unix(const struct conn *c)
{
	return c->kind == CONN_UNIX || c->kind == CONN_UNIX_DGRAM;
}

int conn_new(struct conn **ret, const struct conn_target *t, struct fault *f)
{
	struct conn *c = calloc(1, sizeof(*c));
	int r = 0;

	if (!c)
		return -ENOMEM;
	c->kind = t->kind;
	c->fd = -1;
	c->host = strdup(t->host);
	c->port = strdup(t->port ?: "");
	if (!c->host || !c->port)
		r = -ENOMEM;
	else if (is_unix(c) && strlen(c->host) >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
		r = fault_say(f, -EINVAL, "the path of a socket has at most %zu bytes: '%s'",
			      sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1, c->host);
	else if (c->kind == CONN_TLS)
		r = tls_new(&c->tls, c->host, t->tls, f);
	if (r) {
		conn_free(c);
		return r;
	}
	*ret = c;
	return 0;
}

static void enter(struct conn *c, enum conn_state state)
{
	c->state = state;
	c->since = ktime_ms();
	c->wants = 0;
}

static void hang_up(struct conn *c)
{
	if (c->tls)
		tls_end(c->tls);
	closep(&c->fd);
	c->fd = -1;
	c->generation++;
}

void conn_free(struct conn *c)
{
	if (!c)
		return;
	hang_up(c);
	tls_free(c->tls);
	resolve_free(c->resolve);
	if (c->found)
		freeaddrinfo(c->found);
	free(c->host);
	free(c->port);
	free(c);
}

static void try_next(struct conn *c, int error);

/*
 * It has ended, or could not be made: tries the name's next address, if this one has never been of
 * use; then all of them again, after a pause.
 */
static void fail(struct conn *c, const char *why)
{
	int64_t now = ktime_ms();
	bool steady = c->state == CONN_UP &&
		      ((c->wrote && c->was_read) || now - c->since >= STEADY_MS);

	snprintf(c->why, sizeof(c->why), "%s", why);
	hang_up(c);
	if (!steady && c->next) {
		try_next(c, 0);
		return;
	}
	resolve_free(take_ptr(c->resolve));
	if (c->found)
		freeaddrinfo(take_ptr(c->found));
	c->next = NULL;
	c->pause = steady ? 0 : c->pause;
	c->again = now + retry_pause(&c->pause);
	enter(c, CONN_IDLE);
}

/* So it ends where a firewall, or the confines of a unit, drop what is sent. */
static bool is_forbidden(const struct conn *c, int error)
{
	return !is_unix(c) && (error == -EPERM || error == -ETIMEDOUT);
}

static void fail_of(struct conn *c, int error)
{
	char why[sizeof(c->why)];

	snprintf(why, sizeof(why), "%s%s",
		 c->tls && error == -EPROTO ? tls_why(c->tls) : strerror(-error),
		 is_forbidden(c, error) ? ": " CONN_FORBIDDEN : "");
	fail(c, why);
}

static void up(struct conn *c)
{
	c->wrote = c->was_read = c->blocked = c->full = false;
	c->why[0] = '\0';
	enter(c, CONN_UP);
}

/* 0: it is connected, or will be. */
static int connect_to(struct conn *c, const struct addrinfo *a)
{
	hang_up(c);
	c->fd = conn_socket(a);
	if (c->fd >= 0 && (!connect(c->fd, a->ai_addr, a->ai_addrlen) || errno == EINPROGRESS)) {
		enter(c, CONN_CONNECTING);
		return 0;
	}
	return -errno;
}

static void try_next(struct conn *c, int error)
{
	while (c->next) {
		const struct addrinfo *a = c->next;

		c->next = a->ai_next;
		error = connect_to(c, a);
		if (!error)
			return;
	}
	fail_of(c, error);
}

static void connect_unix(struct conn *c)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct addrinfo a = { .ai_family = AF_UNIX,
			      .ai_socktype = is_stream(c) ? SOCK_STREAM : SOCK_DGRAM,
			      .ai_addr = (struct sockaddr *)&sun,
			      .ai_addrlen = sizeof(sun) };
	int r;

	strcpy(sun.sun_path, c->host); /* conn_new() has looked at its length */
	r = connect_to(c, &a);
	if (r)
		fail_of(c, r);
}

static void begin(struct conn *c)
{
	int r;

	if (is_unix(c)) {
		connect_unix(c);
		return;
	}
	r = resolve_start(&c->resolve, c->host, c->port, is_stream(c) ? SOCK_STREAM : SOCK_DGRAM);
	if (r) {
		fail_of(c, r);
		return;
	}
	enter(c, CONN_RESOLVING);
}

static void on_resolved(struct conn *c)
{
	char words[sizeof(c->why)];
	const char *why;

	if (!resolve_done(c->resolve, &c->found, &why))
		return;
	resolve_free(take_ptr(c->resolve));
	if (c->found) {
		c->next = c->found;
		try_next(c, -ENOENT);
		return;
	}
	snprintf(words, sizeof(words), "cannot resolve '%s': %s", c->host, why);
	fail(c, words);
}

static void on_connected(struct conn *c)
{
	struct pollfd p = { .fd = c->fd, .events = POLLOUT };
	socklen_t len = sizeof(int);
	int error = 0;

	if (poll(&p, 1, 0) < 1) {
		if (ktime_ms() - c->since > CONNECT_MS)
			try_next(c, -ETIMEDOUT);
		return;
	}
	if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &len) || error) {
		try_next(c, -error);
		return;
	}
	if (!c->tls) {
		up(c);
		return;
	}
	error = tls_begin(c->tls, c->fd);
	if (error)
		fail_of(c, error);
	else
		enter(c, CONN_HANDSHAKE);
}

static void on_handshake(struct conn *c)
{
	int r = tls_handshake(c->tls, &c->wants);

	if (!r)
		up(c);
	else if (r != -EAGAIN)
		fail_of(c, r);
	else if (ktime_ms() - c->since > CONNECT_MS)
		fail(c, "no answer to the TLS handshake");
}

/* Receivers say nothing: what comes is dropped, and its end is what counts. */
static void on_input(struct conn *c)
{
	char drop[512];
	ssize_t n;

	do {
		n = c->tls ? tls_read(c->tls) : recv(c->fd, drop, sizeof(drop), MSG_DONTWAIT);
		if (n < 0 && !c->tls)
			n = -errno;
	} while (n > 0);
	if (n == -EAGAIN || n == -EINTR || (!n && !is_stream(c)))
		return;
	c->was_read = !n && (is_unix(c) || !conn_socket_unacknowledged(c->fd));
	if (n)
		fail_of(c, (int)n);
	else
		fail(c, "its receiver has closed the connection");
}

bool conn_pump(struct conn *c)
{
	enum conn_state before;

	do {
		before = c->state;
		if (before == CONN_IDLE && ktime_ms() >= c->again)
			begin(c);
		else if (before == CONN_RESOLVING)
			on_resolved(c);
		else if (before == CONN_CONNECTING)
			on_connected(c);
		else if (before == CONN_HANDSHAKE)
			on_handshake(c);
		else if (before == CONN_UP)
			on_input(c);
		/* one that has ended is to be noticed, and why, before there is another */
	} while (c->state != before && c->state != CONN_IDLE && before < CONN_HANDSHAKE);
	return c->state == CONN_UP;
}

ssize_t conn_write(struct conn *c, const void *data, size_t len)
{
	ssize_t n;

	if (c->tls)
		n = tls_write(c->tls, data, len, &c->wants);
	else
		n = send(c->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < 0 && !c->tls)
		n = errno == EINTR || errno == ENOBUFS ? -EAGAIN : -errno;
	c->wrote |= n > 0;
	c->blocked = n == -EAGAIN;
	if (n > 0)
		c->moved = ktime_ms();
	if (n >= 0 || n == -EAGAIN || n == -EMSGSIZE)
		return n;
	fail_of(c, (int)n);
	return n;
}

bool conn_is_up(const struct conn *c)
{
	return c->state == CONN_UP;
}

bool conn_is_settled(const struct conn *c)
{
	return c->state == CONN_UP && (!c->tls || ktime_ms() - c->since >= SETTLED_MS);
}

bool conn_is_stuck(const struct conn *c)
{
	return c->state == CONN_UP && c->blocked &&
	       ktime_ms() - MAX(c->moved, c->since) >= STUCK_MS;
}

bool conn_is_datagram(const struct conn *c)
{
	return !is_stream(c);
}

int conn_interest(const struct conn *c, bool waiting, uint32_t *events)
{
	*events = EPOLLIN;
	if (c->state == CONN_RESOLVING)
		return resolve_fd(c->resolve);
	if (c->state == CONN_CONNECTING)
		*events = EPOLLOUT;
	else if (c->state == CONN_HANDSHAKE)
		*events = c->wants;
	else if (waiting)
		*events |= c->wants ?: EPOLLOUT;
	return c->fd;
}

unsigned int conn_generation(const struct conn *c)
{
	return c->generation;
}

const char *conn_why(const struct conn *c)
{
	return c->why;
}

size_t conn_unread(struct conn *c)
{
	size_t under_way;
	bool full;

	if (c->kind == CONN_UDP)
		return 1; /* the answer that nobody is there comes with the next one */
	/* before the window: what is acknowledged between is counted twice */
	under_way = conn_socket_unacknowledged(c->fd);
	if (is_unix(c))
		return under_way;
	under_way += conn_socket_buffered(c->fd, &full);
	if (full != c->full)
		conn_socket_bear(c->fd, full);
	c->full = full;
	return under_way;
}

bool conn_was_read(const struct conn *c)
{
	return c->was_read;
}

/* A receiver that refuses us by TLS says why. */
static void await_settled(struct conn *c)
{
	struct pollfd p = { .fd = c->fd, .events = POLLIN };

	while (c->state == CONN_UP && !conn_is_settled(c)) {
		poll(&p, 1, (int)(c->since + SETTLED_MS - ktime_ms()) + 1);
		on_input(c);
	}
}

bool conn_finish(struct conn *c, unsigned int timeout_ms)
{
	int64_t end, left = timeout_ms;
	struct pollfd p = { .fd = c->fd, .events = POLLIN };

	await_settled(c);
	end = ktime_ms() + timeout_ms;
	if (c->state != CONN_UP)
		return false;
	if (!is_stream(c))
		return true;
	if (c->tls)
		tls_end(c->tls);
	shutdown(c->fd, SHUT_WR);
	while (c->state == CONN_UP && left > 0 && poll(&p, 1, (int)left) > 0) {
		if (c->tls) {
			tls_free(take_ptr(c->tls)); /* what comes yet is of no interest */
			continue;
		}
		on_input(c);
		left = end - ktime_ms();
	}
	return c->state != CONN_UP && c->was_read;
}

bool conn_has_taken(const struct conn *c)
{
	return c->state == CONN_UP && !conn_socket_unacknowledged(c->fd);
}
