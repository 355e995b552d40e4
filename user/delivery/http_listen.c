/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "http_listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define BACKLOG 16

union address {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_un un;
};

static int wrong(const char *where, const char *why, struct fault *f)
{
	fault_say(f, -EINVAL, "'%s' is no place to listen: %s", where, why);
	return fault_help(f, -EINVAL, "PORT, 127.0.0.1:PORT, [::1]:PORT or unix:PATH");
}

/* Splits off the port: behind the last colon, which is not in brackets. */
static int split(const char *where, char *host, size_t size, uint64_t *port)
{
	const char *colon = strrchr(where, ':'), *end;

	if (!colon) {
		snprintf(host, size, "127.0.0.1");
		return parse_u64(where, 1, 65535, port);
	}
	end = colon;
	if (*where == '[' && colon > where && colon[-1] == ']') {
		where++;
		end--;
	}
	if (end <= where || (size_t)(end - where) >= size)
		return -EINVAL;
	memcpy(host, where, (size_t)(end - where));
	host[end - where] = '\0';
	return parse_u64(colon + 1, 1, 65535, port);
}

static bool is_loopback(const union address *a)
{
	return a->sa.sa_family == AF_INET ? ntohl(a->v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET
					  : IN6_IS_ADDR_LOOPBACK(&a->v6.sin6_addr);
}

static int read_address(const char *where, struct http_place *p, union address *a, socklen_t *len,
			struct fault *f)
{
	const char *host = p->host;
	uint64_t port;

	if (split(where, p->host, sizeof(p->host), &port))
		return wrong(where, "it lacks a port from 1 to 65535", f);
	if (!strcasecmp(host, "localhost"))
		host = "127.0.0.1";
	*a = (union address){ 0 };
	if (inet_pton(AF_INET, host, &a->v4.sin_addr) == 1) {
		a->v4.sin_family = AF_INET;
		a->v4.sin_port = htons((uint16_t)port);
		*len = sizeof(a->v4);
	} else if (inet_pton(AF_INET6, host, &a->v6.sin6_addr) == 1) {
		a->v6.sin6_family = AF_INET6;
		a->v6.sin6_port = htons((uint16_t)port);
		*len = sizeof(a->v6);
	} else {
		return wrong(where, "names are not looked up, since that would ask outside", f);
	}
	p->alone = is_loopback(a);
	return 0;
}

static int read_path(const char *path, struct http_place *p, union address *a, socklen_t *len,
		     struct fault *f)
{
	*a = (union address){ .un.sun_family = AF_UNIX };
	if (!*path || strlen(path) >= sizeof(a->un.sun_path))
		return wrong(path, "a socket's path has 1 to 107 bytes", f);
	strcpy(a->un.sun_path, path);
	*len = sizeof(a->un);
	p->path = path;
	p->alone = true;
	return 0;
}

/* What a run has left that did not end in order: nobody answers there. */
static void remove_dead(const union address *a, socklen_t len)
{
	_cleanup_(closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct stat st;

	if (fd >= 0 && !lstat(a->un.sun_path, &st) && S_ISSOCK(st.st_mode) &&
	    connect(fd, &a->sa, len) && errno == ECONNREFUSED)
		unlink(a->un.sun_path);
}

static int say(int r, const char *where, struct fault *f)
{
	fault_say(f, r, "cannot listen at '%s': %s", where, strerror(-r));
	if (r == -EADDRINUSE)
		fault_help(f, r, "another program listens there: end it, or choose another port");
	if (r == -EADDRNOTAVAIL)
		fault_help(f, r, "an address that an interface of this machine has");
	return r;
}

static int bind_to(int fd, const union address *a, socklen_t len)
{
	mode_t mask;
	int on = 1, r;

	if (a->sa.sa_family != AF_UNIX) {
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		return bind(fd, &a->sa, len) ? -errno : 0;
	}
	remove_dead(a, len);
	mask = umask(0117); /* to connect, one has to be able to write */
	r = bind(fd, &a->sa, len) ? -errno : 0;
	umask(mask);
	return r;
}

int http_listen(const char *where, struct http_place *ret, struct fault *f)
{
	_cleanup_(closep) int fd = -1;
	struct http_place p = { 0 };
	union address a;
	socklen_t len;
	int r;

	if (!strncmp(where, "unix:", 5))
		r = read_path(where + 5, &p, &a, &len, f);
	else
		r = read_address(where, &p, &a, &len, f);
	if (r)
		return r;
	fd = socket(a.sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return say(-errno, where, f);
	r = bind_to(fd, &a, len);
	if (!r && listen(fd, BACKLOG))
		r = -errno;
	if (r)
		return say(r, where, f);
	*ret = p;
	return take_fd(&fd);
}

/* Copies the host of a Host header, without port and brackets. */
static bool host_of(const char *header, char *host, size_t size)
{
	const char *end = header + strlen(header), *colon = strrchr(header, ':');

	if (*header == '[') {
		header++;
		end = strchr(header, ']');
		if (!end || (end[1] && end + 1 != colon))
			return false;
	} else if (colon) {
		end = colon;
	}
	if (colon >= end && strspn(colon + 1, "0123456789") != strlen(colon + 1))
		return false;
	if (end == header || (size_t)(end - header) >= size)
		return false;
	memcpy(host, header, (size_t)(end - header));
	host[end - header] = '\0';
	return true;
}

bool http_host_ours(const char *header, const char *asked, const char *named)
{
	struct in6_addr address;
	char host[256];

	if (!header || !host_of(header, host, sizeof(host)))
		return false;
	return inet_pton(AF_INET, host, &address) == 1 ||
	       inet_pton(AF_INET6, host, &address) == 1 || !strcasecmp(host, "localhost") ||
	       (asked && *asked && !strcasecmp(host, asked)) ||
	       (named && *named && !strcasecmp(host, named));
}
