/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "outq_tail.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/util.h"

void outq_tail_end_line(struct outq *q)
{
	_cleanup_(closep) int fd = -1;
	char self[32], last = '\n';
	struct stat st;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", q->fd);
	fd = open(self, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0 || !st.st_size)
		return;
	if (pread(fd, &last, 1, st.st_size - 1) == 1 && last != '\n')
		(void)!write(q->fd, "\n", 1);
}

/* Whether the file, of that size, ends with the first n bytes of the queue's first line. */
static bool tail_is_begun(const struct outq *q, off_t size, size_t n)
{
	const char *line = q->buf + q->start + sizeof(uint32_t);
	_cleanup_(closep) int fd = -1;
	char self[32], tail[256];
	size_t left = n, piece;

	if (size < (off_t)n)
		return false;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", q->fd);
	fd = open(self, O_RDONLY | O_CLOEXEC);
	/* others may have appended since: compare the end with our own bytes */
	for (; left; left -= piece) {
		piece = MIN(left, sizeof(tail));
		if (fd < 0 || pread(fd, tail, piece, size - (off_t)left) != (ssize_t)piece ||
		    memcmp(tail, line + n - left, piece) != 0)
			return false;
	}
	return true;
}

bool outq_tail_cut(struct outq *q)
{
	struct stat st;

	return q->kind == OUTQ_REGULAR && !fstat(q->fd, &st) &&
	       tail_is_begun(q, st.st_size, q->begun) &&
	       !ftruncate(q->fd, st.st_size - (off_t)q->begun);
}

void outq_tail_follow(struct outq *q)
{
	struct stat st;

	if (q->kind != OUTQ_REGULAR || (!q->begun && q->appends) || fstat(q->fd, &st))
		return;
	if (!q->appends && lseek(q->fd, 0, SEEK_CUR) > st.st_size)
		lseek(q->fd, st.st_size, SEEK_SET);
	if (q->begun && !tail_is_begun(q, st.st_size, q->begun))
		q->begun = 0;
}
