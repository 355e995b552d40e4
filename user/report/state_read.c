/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state_read.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* A state has some ten kilobytes. */
#define STATE_MAX (8U << 20)

const char *state_dir(void)
{
	const char *dir = getenv("LEAKAUDIT_RUN");

	return dir && *dir ? dir : STATE_ROOT "/state";
}

int state_address(struct sockaddr_un *a, const char *name)
{
	int n;

	*a = (struct sockaddr_un){ .sun_family = AF_UNIX };
	n = snprintf(a->sun_path, sizeof(a->sun_path), "%s/%s", state_dir(), name);
	return n < (int)sizeof(a->sun_path) ? 0 : -ENAMETOOLONG;
}

int state_connect(const char *name)
{
	_cleanup_(closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct sockaddr_un a;
	int r = state_address(&a, name);

	if (r)
		return r;
	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)))
		return -errno;
	return take_fd(&fd);
}

struct reading {
	char *text;
	size_t len, room;
};

/* 1: there may be more; 0: it is all. */
static int read_some(int fd, struct reading *r)
{
	ssize_t n;

	if (r->len + 1 >= r->room) {
		size_t room = r->room ? 2 * r->room : 64U << 10;
		char *grown = room > STATE_MAX ? NULL : realloc(r->text, room);

		if (!grown)
			return -ENOMEM;
		r->text = grown;
		r->room = room;
	}
	n = read(fd, r->text + r->len, r->room - r->len - 1);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 1 : -errno;
	r->len += (size_t)n;
	r->text[r->len] = '\0';
	return n > 0;
}

int state_read(const char *name, unsigned int timeout_ms, char **text, size_t *len)
{
	_cleanup_(closep) int fd = state_connect(name);
	int64_t end = ktime_ms() + timeout_ms, left;
	struct reading reading = { 0 };
	int r = fd < 0 ? fd : 1;

	while (r > 0) {
		struct pollfd p = { .fd = fd, .events = POLLIN };

		left = end - ktime_ms();
		r = left <= 0 || !poll(&p, 1, (int)left) ? -ETIMEDOUT : read_some(fd, &reading);
	}
	if (!r && !reading.len) /* it ended just then */
		r = -ECONNRESET;
	if (r) {
		free(reading.text);
		return r;
	}
	*text = reading.text;
	*len = reading.len;
	return 0;
}

static int is_socket(const struct dirent *e)
{
	const char *end = strrchr(e->d_name, '.');

	return end && !strcmp(end, ".sock");
}

int state_each(state_fn *fn, void *arg, struct fault *f)
{
	struct dirent **v;
	int n = scandir(state_dir(), &v, is_socket, versionsort), i, r = 0;

	if (n < 0) {
		r = -errno;
		if (r == -ENOENT)
			return 0;
		fault_say(f, r, "cannot read %s: %s", state_dir(), strerror(-r));
		return r == -EACCES ? fault_help(f, r, "run it as root (sudo)") : r;
	}
	for (i = 0; i < n; i++) {
		if (!r)
			r = fn(arg, v[i]->d_name);
		free(v[i]);
	}
	free(v);
	return r;
}
