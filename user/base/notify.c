/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "notify.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "util.h"

/*
 * Only AF_UNIX is supported: vsock is meant for virtual machines. "@" stands for the NUL of an
 * abstract name (unix(7)).
 */
static int set_address(struct notify *n, const char *name)
{
	size_t len = strlen(name);

	if ((name[0] != '/' && name[0] != '@') || !name[1])
		return -EAFNOSUPPORT;
	if (len >= sizeof(n->to.sun_path))
		return -ENAMETOOLONG;
	n->to.sun_family = AF_UNIX;
	memcpy(n->to.sun_path, name, len + 1);
	if (name[0] == '@')
		n->to.sun_path[0] = '\0';
	n->to_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	return 0;
}

/* WATCHDOG_PID names the process that is meant: the variables may be inherited from another one. */
static uint64_t read_watchdog(void)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	uint64_t n, who;

	if (!usec || parse_u64(usec, 1, UINT64_MAX / 1000, &n))
		return 0;
	if (pid && (parse_u64(pid, 1, INT32_MAX, &who) || (pid_t)who != getpid()))
		return 0;
	return n * 1000;
}

void notify_open(struct notify *n)
{
	const char *name = getenv("NOTIFY_SOCKET");
	int r;

	*n = (struct notify){ .fd = -1 };
	if (!name)
		return;
	r = set_address(n, name);
	if (!r)
		n->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (r || n->fd < 0) {
		log_warn_r(r ?: -errno, "cannot notify the service manager at '%s' (NOTIFY_SOCKET)",
			   name);
		return;
	}
	n->watchdog = read_watchdog();
}

void notify_close(struct notify *n)
{
	closep(&n->fd);
	n->fd = -1;
}

/* Fails silently: a manager that is gone, or whose queue is full, is no reason to stop watching. */
static bool try_send(struct notify *n, const char *lines)
{
	size_t len = strlen(lines);

	return n->fd >= 0 && sendto(n->fd, lines, len, MSG_NOSIGNAL | MSG_DONTWAIT,
				    (struct sockaddr *)&n->to, n->to_len) == (ssize_t)len;
}

/* Retries while the queue is full, since the manager waits for this message. */
static void send_retrying(struct notify *n, const char *lines)
{
	int tries;

	for (tries = 0; n->fd >= 0 && !try_send(n, lines) && errno == EAGAIN && tries < 100;
	     tries++)
		usleep(10000);
}

void notify_ready(struct notify *n)
{
	send_retrying(n, "READY=1");
}

void notify_reloading(struct notify *n)
{
	char lines[64];

	snprintf(lines, sizeof(lines), "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, ktime_now() / 1000);
	send_retrying(n, lines);
}

void notify_stopping(struct notify *n)
{
	send_retrying(n, "STOPPING=1");
}

void notify_alive(struct notify *n)
{
	if (n->watchdog)
		try_send(n, "WATCHDOG=1");
}

void notify_status(struct notify *n, const char *status)
{
	char lines[sizeof("STATUS=") + sizeof(n->status)];

	if (!strcmp(status, n->status))
		return;
	snprintf(lines, sizeof(lines), "STATUS=%s", status);
	if (try_send(n, lines))
		snprintf(n->status, sizeof(n->status), "%s", status);
}
