/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fuzz.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/util.h"

void fuzz_broken(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: not true: %s\n", file, line, what);
	abort();
}

uint8_t input_8(struct input *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->at++;
}

uint16_t input_16(struct input *in)
{
	uint16_t high = input_8(in);

	return (uint16_t)(high << 8 | input_8(in));
}

uint32_t input_32(struct input *in)
{
	uint32_t high = input_16(in);

	return high << 16 | input_16(in);
}

void input_fill(struct input *in, void *to, size_t n)
{
	size_t have = MIN(n, in->left);

	memset(to, 0, n);
	if (have)
		memcpy(to, in->at, have);
	in->at += have;
	in->left -= have;
}

static void *memory(size_t n)
{
	void *p = malloc(n);

	REQUIRE(p || !n);
	return p;
}

uint8_t *input_bytes(struct input *in, size_t n, size_t *len)
{
	uint8_t *p;

	*len = MIN(n, in->left);
	p = memory(*len);
	input_fill(in, p, *len);
	return p;
}

uint8_t *input_chunk(struct input *in, size_t *len)
{
	return input_bytes(in, input_16(in), len);
}

char *input_string(struct input *in)
{
	size_t n = input_8(in), have = MIN(n, in->left);
	size_t len = have ? strnlen((const char *)in->at, have) : 0;
	char *s = memory(len + 1);

	if (len)
		memcpy(s, in->at, len);
	s[len] = 0;
	in->at += have;
	in->left -= have;
	return s;
}

int input_file(unsigned int number, const uint8_t *data, size_t size, char path[INPUT_PATH_MAX])
{
	static int files[INPUT_FILES];
	int *fd = &files[number];

	if (!*fd)
		*fd = memfd_create("input", MFD_CLOEXEC);
	REQUIRE(*fd > 0);
	REQUIRE(!size || pwrite(*fd, data, size, 0) == (ssize_t)size);
	REQUIRE(!ftruncate(*fd, (off_t)size) && !lseek(*fd, 0, SEEK_SET));
	snprintf(path, INPUT_PATH_MAX, "/proc/self/fd/%d", *fd);
	return *fd;
}

/* Copies of what stdout and stderr are, and of a file that takes anything. */
static int spoken[2], nowhere;

static void silence_open(void)
{
	spoken[0] = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	spoken[1] = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
	REQUIRE(spoken[0] > 0 && spoken[1] > 0 && nowhere > 0);
}

void silence_begin(void)
{
	if (!nowhere)
		silence_open();
	fflush(stdout);
	dup2(nowhere, STDOUT_FILENO);
	dup2(nowhere, STDERR_FILENO);
}

void silence_end(void)
{
	fflush(stdout);
	dup2(spoken[0], STDOUT_FILENO);
	dup2(spoken[1], STDERR_FILENO);
}
