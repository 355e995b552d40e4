/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "outq.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>

#include "base/util.h"
#include "outq_tail.h"
#include "output_file.h"

#define OUTQ_FIRST (16U << 10)
#define OUTQ_IOV 256 /* lines in a write: 4 KiB of stack */

/*
 * A write to a file costs as much as ten events, and each of its pages less the more of them are
 * written at once: a line of 1.7 kB took 600 ns of 32 KiB, 410 ns of 256 KiB (ext4, Linux 6.18).
 */
#define OUTQ_GATHER (256U << 10)

/*
 * The size of writes to a description that is shared with other processes. After poll() has
 * reported room, a pipe has a free page and a terminal takes 256 bytes (WAKEUP_CHARS) at once.
 */
#define OUTQ_TTY_ROOM 256

static int outq_adopt(struct outq *q, int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	q->fd = fd;
	q->generation++;
	q->kind = S_ISREG(st.st_mode)	 ? OUTQ_REGULAR
		  : S_ISSOCK(st.st_mode) ? OUTQ_SOCKET
					 : OUTQ_STREAM;
	q->pollable = S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode) || isatty(fd);
	q->appends = fcntl(fd, F_GETFL) & O_APPEND;
	return 0;
}

/*
 * O_NONBLOCK is a property of the open file description. Standard output shares its description
 * with others: the shell, the other commands of a `{ ...; } | reader`, for a terminal even standard
 * input. If we set it, their writes would fail. So a pipe or a terminal is reopened through /proc,
 * which makes a description of our own. That may fail: no /proc, another user's terminal, no reader
 * left. Then the inherited description is used, with poll() before each write and writes that are
 * small enough not to block.
 *
 * Regular files are not reopened: they never block, and their offset must stay shared (`{
 * leakaudit; date; } > file`). Sockets cannot be reopened, but take MSG_DONTWAIT.
 */
int outq_open_stream(struct outq *q, int stream)
{
	_cleanup_(closep) int fd = fcntl(stream, F_DUPFD_CLOEXEC, 3);
	char path[32];
	int r, own;

	*q = (struct outq){ .fd = -1 };
	if (fd < 0)
		return -errno;
	/* reopening makes it writable: never write into what is someone's input */
	if ((fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY)
		return -EBADF;
	r = outq_adopt(q, fd);
	if (r < 0)
		return r;
	if (q->kind == OUTQ_STREAM) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", stream);
		own = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		if (own >= 0) {
			q->fd = own;
			q->nonblocking = true;
			return 0;
		}
	}
	take_fd(&fd);
	return 0;
}

int outq_attach(struct outq *q, int fd)
{
	int r = outq_adopt(q, fd);

	if (r < 0)
		return r;
	q->nonblocking = true;
	q->dead = false;
	q->error = 0;
	return 0;
}

static int outq_open_path(struct outq *q, const char *path, struct fault *f)
{
	_cleanup_(closep) int fd = output_file_open(path, 0640, f);
	int r;

	if (fd < 0)
		return fd;
	r = outq_attach(q, fd);
	if (r < 0)
		return r;
	take_fd(&fd);
	if (q->kind == OUTQ_REGULAR)
		outq_tail_end_line(q);
	return 0;
}

int outq_open_file(struct outq *q, const char *path, struct fault *f)
{
	*q = (struct outq){ .fd = -1 };
	return outq_open_path(q, path, f);
}

static void outq_pop(struct outq *q)
{
	q->start += sizeof(uint32_t) + outq_line_len(q, q->start);
	q->begun = 0;
	q->lines--;
	if (!q->retain)
		q->kept = q->start;
	while (q->start - q->kept > q->retain)
		q->kept += sizeof(uint32_t) + outq_line_len(q, q->kept);
	if (q->kept == q->end)
		q->kept = q->start = q->end = 0;
}

/* Bytes that were written, and that nobody has taken yet. */
static size_t outq_unread(const struct outq *q)
{
	int n = 0;

	if (ioctl(q->fd, q->kind == OUTQ_SOCKET ? TIOCOUTQ : FIONREAD, &n) < 0 || n < 0)
		return 0;
	return (size_t)n > q->begun ? (size_t)n - q->begun : 0;
}

/* Takes back the last lines that were written, until so many bytes are among them. */
static void outq_take_back(struct outq *q, size_t unread)
{
	size_t at, bytes = 0;

	for (at = q->kept; at < q->start; at += sizeof(uint32_t) + outq_line_len(q, at)) {
		bytes += outq_line_len(q, at);
		q->lines++;
		q->written--;
	}
	for (; q->kept < q->start; q->kept += sizeof(uint32_t) + outq_line_len(q, q->kept)) {
		if (bytes - outq_line_len(q, q->kept) < unread)
			break;
		bytes -= outq_line_len(q, q->kept);
		q->lines--;
		q->written++;
	}
	q->start = q->kept;
}

/*
 * The reader has gone. Lines are kept, each from its beginning. Those that are retained, and that
 * the pipe or the connection still holds in part, are to be written again: the next reader gets
 * each line that this one may lack, and some twice.
 */
static void detach(struct outq *q)
{
	if (q->fd >= 0 && q->retain)
		outq_take_back(q, outq_unread(q));
	closep(&q->fd);
	q->fd = -1;
	q->begun = 0;
}

int outq_reopen_file(struct outq *q, const char *path, struct fault *f)
{
	struct outq fresh = { .fd = -1 };
	int r;

	outq_pump(q);
	r = outq_open_path(&fresh, path, f);
	if (r < 0)
		return r;
	if (q->begun && !outq_tail_cut(q)) {
		/* the beginning of the line stays in the old file */
		outq_pop(q);
		q->lost++;
	}
	q->begun = 0;
	detach(q);
	r = outq_attach(q, fresh.fd);
	outq_pump(q);
	return r;
}

void outq_close(struct outq *q)
{
	if (q->fd >= 0) {
		if (q->begun)
			outq_tail_cut(q);
		close(q->fd);
	}
	q->fd = -1;
	q->lost += q->lines;
	q->lines = 0;
	q->kept = q->start = q->end = q->begun = 0;
	free(q->buf);
	q->buf = NULL;
	q->size = 0;
}

static void outq_die(struct outq *q)
{
	if (q->lasting) {
		detach(q);
		return;
	}
	q->dead = true;
	q->lost += q->lines;
	q->lines = 0;
	q->kept = q->start = q->end = q->begun = 0;
}

static int outq_room(struct outq *q, size_t need)
{
	size_t used = q->end - q->kept, size = MAX(q->size, (size_t)OUTQ_FIRST);
	char *buf;

	if (q->size - q->end >= need)
		return 0;
	if (q->kept) {
		memmove(q->buf, q->buf + q->kept, used);
		q->start -= q->kept;
		q->kept = 0;
		q->end = used;
	}
	if (q->size - q->end >= need && used < size / 4 * 3)
		return 0;
	while (size - used < need || used >= size / 4 * 3) /* else each line would move all */
		size *= 2;
	buf = realloc(q->buf, size);
	if (!buf)
		return -ENOMEM;
	q->buf = buf;
	q->size = size;
	return 0;
}

static int outq_add(struct outq *q, const char *prefix, const char *line, size_t line_len,
		    bool important)
{
	size_t limit = important ? OUTQ_LIMIT : OUTQ_LIMIT - OUTQ_RESERVE;
	size_t prefix_len = strlen(prefix), len = prefix_len + line_len;
	uint32_t n = (uint32_t)len;
	int r;

	if (q->dead)
		return -EPIPE;
	if (len + sizeof(n) > limit || q->end - q->start > limit - len - sizeof(n))
		return -ENOBUFS;
	r = outq_room(q, len + sizeof(n));
	if (r < 0)
		return r;
	memcpy(q->buf + q->end, &n, sizeof(n));
	memcpy(q->buf + q->end + sizeof(n), prefix, prefix_len);
	memcpy(q->buf + q->end + sizeof(n) + prefix_len, line, line_len);
	q->end += len + sizeof(n);
	q->lines++;
	return 0;
}

/*
 * Bytes that one write may have. A pipe takes up to PIPE_BUF bytes in one piece or not at all, so
 * lines of several writers do not mix (pipe(7)).
 */
static size_t outq_chunk(const struct outq *q)
{
	if (q->kind == OUTQ_REGULAR)
		return OUTQ_GATHER;
	if (q->kind == OUTQ_SOCKET)
		return 0; /* a datagram has one line */
	if (!q->nonblocking && isatty(q->fd))
		return OUTQ_TTY_ROOM;
	return PIPE_BUF;
}

/* Gathers as many whole lines as fit. A line larger than that is written alone. */
static int outq_gather(const struct outq *q, struct iovec *iov)
{
	size_t room = outq_chunk(q), skip = q->begun, at, len;
	int n = 0;

	for (at = q->start; at < q->end && n < OUTQ_IOV; at += sizeof(uint32_t) + len) {
		len = outq_line_len(q, at);
		if (n && len > room)
			break;
		iov[n].iov_base = q->buf + at + sizeof(uint32_t) + skip;
		iov[n].iov_len = len - skip;
		if (!q->nonblocking && q->kind == OUTQ_STREAM)
			iov[n].iov_len = MIN(iov[n].iov_len, room);
		room -= MIN(iov[n].iov_len, room);
		n++;
		if (iov[n - 1].iov_len < len - skip)
			break;
		skip = 0;
	}
	return n;
}

static ssize_t outq_write(const struct outq *q, struct iovec *iov, int n)
{
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = n };
	struct pollfd p = { .fd = q->fd, .events = POLLOUT };

	if (q->kind == OUTQ_SOCKET)
		return sendmsg(q->fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (q->kind == OUTQ_STREAM && !q->nonblocking && poll(&p, 1, 0) != 1) {
		errno = EAGAIN;
		return -1;
	}
	return writev(q->fd, iov, n);
}

static void outq_advance(struct outq *q, size_t written)
{
	while (written) {
		size_t left = outq_line_len(q, q->start) - q->begun;

		if (written < left) {
			q->begun += written;
			return;
		}
		written -= left;
		outq_pop(q);
		q->written++;
	}
}

void outq_pump(struct outq *q)
{
	struct iovec iov[OUTQ_IOV];
	ssize_t n;

	while (!q->dead && q->fd >= 0 && q->lines) {
		outq_tail_follow(q);
		n = outq_write(q, iov, outq_gather(q, iov));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0) {
			q->error = -errno;
			/*
			 * A full disk may be emptied and a bad sector passed. A reader that has
			 * closed its end does not come back.
			 */
			if (q->kind != OUTQ_REGULAR && q->error != -ENOSPC)
				outq_die(q);
			return;
		}
		q->error = 0;
		outq_advance(q, n);
	}
}

void outq_check(struct outq *q)
{
	struct pollfd p = { .fd = outq_pollable(q) };

	if (p.fd < 0 || poll(&p, 1, 0) != 1 || !(p.revents & (POLLERR | POLLHUP)))
		return;
	q->error = -EPIPE;
	outq_die(q);
}

/* A datagram has one line. */
static bool outq_may_wait(const struct outq *q, bool important)
{
	return q->gathers && !important && q->kind != OUTQ_SOCKET &&
	       q->end - q->start < OUTQ_GATHER;
}

int outq_put(struct outq *q, const char *prefix, const char *line, size_t len, bool important)
{
	int r;

	r = outq_add(q, prefix, line, len, important);
	if (r == -ENOBUFS) {
		outq_pump(q);
		r = outq_add(q, prefix, line, len, important);
	}
	if (r < 0) {
		q->lost++;
		return r;
	}
	if (outq_may_wait(q, important))
		return 0;
	outq_pump(q);
	return q->dead ? q->error : 0;
}

int outq_flush(struct outq *q, unsigned int timeout_ms)
{
	int64_t end = ktime_ms() + timeout_ms, left;
	struct pollfd p = { .fd = q->fd, .events = POLLOUT };

	for (;;) {
		outq_pump(q);
		left = end - ktime_ms();
		if (q->dead)
			return q->error;
		if (!q->lines)
			return 0;
		if (q->fd < 0)
			return q->error ?: -ENXIO;
		/* poll() reports a full disk as writable: do not wait for it */
		if (q->error)
			return q->error;
		if (left <= 0)
			return -EAGAIN;
		if (poll(&p, 1, left) < 0 && errno != EINTR)
			return -errno;
	}
}
