/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unpack_priv.h"

#define INPUT (128U << 10)

struct unpack {
	const struct unpack_format *format;
	void *state;
	uint8_t *in;
	size_t at, n;
	bool ended; /* of the file */
	bool between; /* streams: one has ended, and no other has begun */
};

static const struct unpack_format *format_of(const uint8_t *b, size_t n)
{
	const struct unpack_format *f;

	for (f = unpack_formats; f->name; f++)
		if (n >= f->n && !memcmp(b, f->magic, f->n))
			return f;
	return NULL;
}

bool unpack_begins(const uint8_t *b, size_t n)
{
	return format_of(b, n);
}

static int cannot(const struct unpack_format *format, struct fault *f)
{
	fault_say(f, -EINVAL, "it is compressed by %s, which this program cannot read%s",
		  format->name, format->package && !format->open ? " as it was built" : "");
	if (!format->package)
		return fault_help(f, -EINVAL, "%s FILE | leakaudit replay -", format->cat);
	return fault_help(f, -EINVAL, "%s FILE | leakaudit replay -; or apt install %s",
			  format->cat, format->open ? format->library : format->package);
}

int unpack_open(struct unpack **ret, const uint8_t *b, size_t n, struct fault *f)
{
	_cleanup_(unpack_freep) struct unpack *u = calloc(1, sizeof(*u));
	int r;

	if (!u)
		return -ENOMEM;
	u->format = format_of(b, n);
	r = u->format->open ? u->format->open(&u->state) : -ENOSYS;
	if (r == -ENOSYS)
		return cannot(u->format, f);
	u->in = r ? NULL : malloc(MAX(n, INPUT));
	if (!u->in)
		return -ENOMEM;
	memcpy(u->in, b, n);
	u->n = n;
	*ret = take_ptr(u);
	return 0;
}

void unpack_free(struct unpack *u)
{
	if (!u)
		return;
	if (u->state)
		u->format->close(u->state);
	free(u->in);
	free(u);
}

static int fill(struct unpack *u, int fd)
{
	ssize_t got;

	if (u->at < u->n || u->ended)
		return 0;
	got = read(fd, u->in, INPUT);
	if (got < 0)
		return -errno;
	u->ended = !got;
	u->at = 0;
	u->n = (size_t)got;
	return 0;
}

ssize_t unpack_read(struct unpack *u, int fd, uint8_t *to, size_t size)
{
	struct unpack_step s = { .out = to, .out_left = size };
	bool stuck;
	int r;

	do {
		r = fill(u, fd);
		if (r)
			return r;
		if (u->ended && u->between && u->at == u->n)
			return 0;
		s.in = u->in + u->at;
		s.in_left = u->n - u->at;
		s.last = u->ended;
		r = u->format->step(u->state, &s);
		stuck = u->ended && s.in == u->in + u->at && s.out_left == size;
		u->between = r == 1 || (u->between && s.in == u->in + u->at);
		u->at = (size_t)(s.in - u->in);
		if (r < 0 || (stuck && r != 1))
			return -EBADMSG;
	} while (s.out_left == size);
	return (ssize_t)(size - s.out_left);
}
