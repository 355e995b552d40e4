/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <time.h>

#include "capture_priv.h"

/* Small enough that what read() fills is still in the second level cache when it is parsed. */
#define FIRST_ROOM (256U << 10)
#define FIRST_ROOM_PIPE (64U << 10) /* the capacity of a pipe */
#define FIRST_ROOM_MIN 4096 /* a small file may grow while it is read */

/* --- bytes --- */

/* Not more than a small file needs, with one byte more to find its end. */
static size_t first_room(const struct capture *c)
{
	if (!c->seekable)
		return FIRST_ROOM_PIPE;
	return (size_t)MAX(MIN(c->size + 1, FIRST_ROOM), FIRST_ROOM_MIN);
}

/*
 * Makes room for more bytes: moves those from start on to the front of the buffer, or grows it.
 * Bytes before start are given up, unless they are kept for a rewind.
 */
static int make_room(struct capture *c)
{
	size_t room = c->room ? c->room * 2 : first_room(c);
	uint8_t *grown;

	if (c->start && (!c->keep || c->seekable)) {
		memmove(c->buf, c->buf + c->start, c->end - c->start);
		c->end -= c->start;
		c->start = 0;
	}
	if (c->end < c->room)
		return 0;
	grown = realloc(c->buf, room);
	if (!grown)
		return -ENOMEM;
	c->buf = grown;
	c->room = room;
	return 0;
}

static ssize_t read_on(struct capture *c, uint8_t *to, size_t size)
{
	ssize_t got = c->unpack ? unpack_read(c->unpack, c->fd, to, size) : read(c->fd, to, size);

	return got < 0 && !c->unpack ? -errno : got;
}

/* n may come from the file. The buffer only grows as far as bytes can be read. */
static int fill(struct capture *c, size_t n)
{
	ssize_t got;
	int r;

	while (!c->ended && c->end - c->start < n) {
		r = make_room(c);
		if (r)
			return r;
		got = read_on(c, c->buf + c->end, c->room - c->end);
		if (got < 0)
			return (int)got;
		c->ended = !got;
		c->end += (size_t)got;
	}
	return 0;
}

const uint8_t *capture_need_slow(struct capture *c, size_t n)
{
	int r = fill(c, n);

	if (r) {
		errno = -r;
		return NULL;
	}
	errno = 0;
	return c->end - c->start >= n ? c->buf + c->start : NULL;
}

int capture_damaged(struct capture *c, size_t behind, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fault_vsay(&c->fault, -EBADMSG, fmt, ap);
	va_end(ap);
	return fault_at(&c->fault, -EBADMSG, "byte %llu", (unsigned long long)(c->offset + behind));
}

int capture_ended(struct capture *c, const char *what)
{
	if (errno) {
		int r = -errno;

		capture_damaged(c, c->end - c->start, "cannot be read on: %s", strerror(-r));
		return r;
	}
	if (c->end == c->start)
		return 0;
	return capture_damaged(c, c->end - c->start, "it ends within %s that began at byte %llu",
			       what, (unsigned long long)c->offset);
}

/* --- the file --- */

#define FORMATS "supported formats are pcap and pcapng, as written by tcpdump and Wireshark"

/* Formats that are mistaken for captures. */
static const struct {
	const char *magic;
	size_t n;
	const char *what, *hint;
} others[] = {
	{ "snoop\0\0\0", 8, "it is a capture of snoop", "convert it: editcap -F pcapng FILE NEW" },
	{ "\x34\xcd\xb2\xa1", 4, "it is a modified form of pcap",
	  "convert it: editcap -F pcapng FILE NEW" },
	{ "\xa1\xb2\xcd\x34", 4, "it is a modified form of pcap",
	  "convert it: editcap -F pcapng FILE NEW" },
};

static int no_capture(const uint8_t *b, size_t n, struct fault *f)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(others); i++) {
		if (n >= others[i].n && !memcmp(b, others[i].magic, others[i].n)) {
			fault_say(f, -EINVAL, "%s", others[i].what);
			return fault_help(f, -EINVAL, "%s", others[i].hint);
		}
	}
	fault_say(f, -EINVAL, n ? "it is no capture" : "it is empty");
	return fault_help(f, -EINVAL, FORMATS);
}

/* What was read becomes what is unpacked, and is read on as that. */
static int begin_unpacking(struct capture *c, struct fault *f)
{
	int r;

	if (c->unpack || !unpack_begins(c->buf + c->start, c->end - c->start))
		return 0;
	r = unpack_open(&c->unpack, c->buf + c->start, c->end - c->start, f);
	if (r)
		return r;
	c->end = c->start;
	c->ended = false;
	c->size = 0;
	r = fill(c, 24);
	return r == -EBADMSG ? fault_say(f, -EINVAL, "what is compressed in it is damaged") : r;
}

static int begin(struct capture *c, struct fault *f)
{
	size_t n;
	int r = fill(c, 24);

	if (!r)
		r = begin_unpacking(c, f);
	if (r)
		return r;
	n = c->end - c->start;
	if (capture_ng_begins(c, c->buf + c->start, n))
		return 0;
	if (!capture_pcap_begins(c, c->buf + c->start, n))
		return no_capture(c->buf + c->start, n, f);
	r = capture_pcap_header(c);
	if (!r)
		return 0;
	r = r == -EBADMSG ? -EINVAL : r;
	fault_say(f, r, "%s", c->fault.reason);
	return fault_help(f, r, FORMATS);
}

static int open_path(const char *path)
{
	int fd;

	if (!strcmp(path, "-"))
		fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	else
		fd = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int capture_open(struct capture **ret, const char *path, struct fault *f)
{
	_cleanup_(capture_freep) struct capture *c = calloc(1, sizeof(*c));
	struct timespec written;
	struct stat st;
	off_t at;
	int r;

	if (!c)
		return -ENOMEM;
	c->keep = true;
	c->fd = open_path(path);
	if (c->fd < 0)
		return c->fd;
	if (fstat(c->fd, &st) < 0)
		return -errno;
	clock_gettime(CLOCK_REALTIME, &written);
	at = lseek(c->fd, 0, SEEK_CUR);
	if (S_ISREG(st.st_mode) && at >= 0) {
		c->seekable = true;
		c->first = (uint64_t)at;
		c->size = st.st_size > at ? (uint64_t)(st.st_size - at) : 0;
		written = st.st_mtim;
		posix_fadvise(c->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	}
	c->written = (uint64_t)written.tv_sec * NSEC_PER_SEC + (uint64_t)written.tv_nsec;
	r = begin(c, f);
	if (r)
		return r;
	*ret = take_ptr(c);
	return 0;
}

void capture_free(struct capture *c)
{
	if (!c)
		return;
	capture_ng_clear(c);
	unpack_free(c->unpack);
	free(c->interfaces);
	free(c->buf);
	closep(&c->fd);
	free(c);
}

int capture_next(struct capture *c, struct capture_packet *ret)
{
	return c->next(c, ret);
}

bool capture_has_next(const struct capture *c)
{
	return c->has_next(c, c->buf + c->start, c->end - c->start);
}

const char *capture_fault(const struct capture *c)
{
	return c->fault.reason;
}

int capture_rewind(struct capture *c)
{
	struct fault f;

	if (c->seekable) {
		if (lseek(c->fd, (off_t)c->first, SEEK_SET) < 0)
			return -errno;
		c->end = 0;
		c->ended = false;
		unpack_free(take_ptr(c->unpack));
	} else if (c->offset != c->start) {
		return -ESPIPE; /* its first bytes were given up */
	}
	c->start = 0;
	c->offset = 0;
	c->time = 0;
	capture_ng_clear(c);
	return begin(c, &f);
}

void capture_allow_rewind(struct capture *c, bool keep)
{
	c->keep = keep;
}

uint64_t capture_offset(const struct capture *c)
{
	return c->offset;
}

uint64_t capture_size(const struct capture *c)
{
	return c->size;
}

bool capture_can_reread(const struct capture *c)
{
	return c->seekable;
}

uint64_t capture_time(const struct capture *c)
{
	return c->written;
}
