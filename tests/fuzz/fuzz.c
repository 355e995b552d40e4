/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fuzz.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "util.h"

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

int input_file(const uint8_t *data, size_t size, char path[INPUT_PATH_MAX])
{
	int fd = memfd_create("input", MFD_CLOEXEC);

	REQUIRE(fd >= 0);
	REQUIRE(!size || write(fd, data, size) == (ssize_t)size);
	REQUIRE(!lseek(fd, 0, SEEK_SET));
	snprintf(path, INPUT_PATH_MAX, "/proc/self/fd/%d", fd);
	return fd;
}

struct silence silence_begin(void)
{
	struct silence s = { dup(STDOUT_FILENO), dup(STDERR_FILENO) };
	int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);

	REQUIRE(s.out >= 0 && s.err >= 0 && nowhere >= 0);
	fflush(stdout);
	dup2(nowhere, STDOUT_FILENO);
	dup2(nowhere, STDERR_FILENO);
	close(nowhere);
	return s;
}

void silence_end(struct silence s)
{
	fflush(stdout);
	dup2(s.out, STDOUT_FILENO);
	dup2(s.err, STDERR_FILENO);
	close(s.out);
	close(s.err);
}
