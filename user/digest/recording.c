/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recording.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define ROOM (4U * RECORDING_LINE_MAX)

struct recording {
	gzFile file; /* reads what is not compressed, too */
	char *buf; /* ROOM bytes and one */
	size_t at, end; /* what is left of it */
	uint64_t number;
	bool over; /* the file is at its end */
};

static int open_path(const char *path, struct fault *f)
{
	struct stat st;
	int fd;

	if (!strcmp(path, "-"))
		return dup(STDIN_FILENO);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fault_at(f, -errno, "cannot open '%s'", path);
	if (!fstat(fd, &st) && S_ISDIR(st.st_mode)) {
		close(fd);
		fault_say(f, -EISDIR, "'%s' is a directory", path);
		return fault_help(f, -EISDIR, "name the files in it: %s/*", path);
	}
	return fd;
}

/* A capture has packets, and no events: pcapng, and pcap of either byte order and time. */
static bool is_capture(const char *head)
{
	static const char *const magics[] = { "\n\r\r\n", "\xa1\xb2\xc3\xd4", "\xd4\xc3\xb2\xa1",
					      "\xa1\xb2\x3c\x4d", "\x4d\x3c\xb2\xa1" };

	for (size_t i = 0; i < ARRAY_SIZE(magics); i++)
		if (!memcmp(head, magics[i], 4))
			return true;
	return false;
}

static int refuse_capture(const char *path, struct fault *f)
{
	fault_say(f, -EBADMSG, "%s is a capture of packets, and no recording of events",
		  strcmp(path, "-") ? path : "standard input");
	return fault_help(f, -EBADMSG, "leakaudit replay -o json %s | leakaudit report -", path);
}

/* Of bytes that are not compressed any more. */
static int check_content(struct recording *r, const char *path, struct fault *f)
{
	int n = gzread(r->file, r->buf, 4);

	r->end = n > 0 ? (size_t)n : 0; /* what is wrong is told as the next bytes are read */
	return n == 4 && is_capture(r->buf) ? refuse_capture(path, f) : 0;
}

/* What is compressed by something else than gzip, which zlib would take for text as it is. */
static int check_kind(int fd, const char *path, struct fault *f)
{
	static const struct {
		const char *magic, *kind, *program;
	} kinds[] = {
		{ "\xfd"
		  "7zXZ",
		  "xz", "xz -dc" },
		{ "\x28\xb5\x2f\xfd", "zstd", "zstd -dc" },
		{ "\x04\x22\x4d\x18", "lz4", "lz4 -dc" },
		{ "BZh", "bzip2", "bzip2 -dc" },
	};
	char head[8] = "";

	if (pread(fd, head, sizeof(head), 0) <= 0)
		return 0; /* empty, or a pipe */
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (memcmp(head, kinds[i].magic, strlen(kinds[i].magic)) != 0)
			continue;
		fault_say(f, -EBADMSG, "'%s' is compressed by %s, which is not read here", path,
			  kinds[i].kind);
		return fault_help(f, -EBADMSG, "%s %s | leakaudit report -", kinds[i].program,
				  path);
	}
	return 0;
}

int recording_open(const char *path, struct recording **ret, struct fault *f)
{
	_cleanup_(recording_freep) struct recording *r = calloc(1, sizeof(*r));
	_cleanup_(closep) int fd = -1;
	int error;

	if (!r)
		return -ENOMEM;
	r->buf = malloc(ROOM + 1);
	if (!r->buf)
		return -ENOMEM;
	fd = open_path(path, f);
	if (fd < 0)
		return fd == -1 ? fault_at(f, -errno, "cannot read standard input") : fd;
	error = check_kind(fd, path, f);
	if (error)
		return error;
	r->file = gzdopen(fd, "rb");
	if (!r->file)
		return -ENOMEM;
	take_fd(&fd);
	gzbuffer(r->file, 128U << 10);
	error = check_content(r, path, f);
	if (error)
		return error;
	*ret = take_ptr(r);
	return 0;
}

void recording_free(struct recording *r)
{
	if (!r)
		return;
	if (r->file)
		gzclose_r(r->file);
	free(r->buf);
	free(r);
}

/* Reads more behind what is left. 0: the end, or there is no room. */
static int fill(struct recording *r, struct fault *f)
{
	int n, error = 0;

	memmove(r->buf, r->buf + r->at, r->end - r->at);
	r->end -= r->at;
	r->at = 0;
	if (r->over || r->end == ROOM)
		return 0;
	n = gzread(r->file, r->buf + r->end, (unsigned int)(ROOM - r->end));
	if (n > 0) {
		r->end += (size_t)n;
		return 1;
	}
	r->over = true;
	if (n < 0 || !gzeof(r->file)) {
		const char *words = gzerror(r->file, &error);

		return fault_say(f, error == Z_ERRNO ? -errno : -EBADMSG, "%s",
				 error == Z_ERRNO ? strerror(errno) : words);
	}
	/* a compressed file whose end is missing is at its end, too */
	gzerror(r->file, &error);
	return error == Z_BUF_ERROR ? fault_say(f, -EBADMSG, "the compressed data is cut off") : 0;
}

/* Reads on to the end of a line that has no room. */
static int skip_line(struct recording *r, struct fault *f)
{
	char *newline;
	int n;

	do {
		r->at = r->end;
		n = fill(r, f);
		newline = n > 0 ? memchr(r->buf, '\n', r->end) : NULL;
	} while (n > 0 && !newline);
	if (newline)
		r->at = (size_t)(newline + 1 - r->buf);
	return n < 0 ? n : 1;
}

static int next_line(struct recording *r, char **line, size_t *len, struct fault *f)
{
	char *newline = memchr(r->buf + r->at, '\n', r->end - r->at);
	int n = 1;

	while (!newline && n > 0 && r->end - r->at <= RECORDING_LINE_MAX) {
		size_t known = r->end - r->at;

		n = fill(r, f);
		newline = n > 0 ? memchr(r->buf + known, '\n', r->end - known) : NULL;
	}
	if (n < 0 || (!newline && r->at == r->end))
		return n;
	r->number++;
	*line = r->buf + r->at;
	*len = newline ? (size_t)(newline - *line) : r->end - r->at;
	if (*len > RECORDING_LINE_MAX) {
		*line = NULL;
		if (!newline)
			return skip_line(r, f);
	}
	r->at += *len + !!newline;
	return 1;
}

int recording_line(struct recording *r, char **line, size_t *len, struct fault *f)
{
	int n;

	do {
		n = next_line(r, line, len, f);
	} while (n > 0 && *line && !*len);
	return n;
}

uint64_t recording_number(const struct recording *r)
{
	return r->number;
}
