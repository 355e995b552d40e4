/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "sinks.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "report/sink_ops.h"

static char dir[] = "/tmp/test_sink.XXXXXX";
static char said_path[64];
static int real_out, real_err;

static void on_signal(int sig)
{
	(void)sig;
}

/* As main.c does. */
__attribute__((constructor)) static void setup(void)
{
	signal(SIGPIPE, on_signal);
	signal(SIGXFSZ, on_signal);
	umask(022);
	/* while stdout is redirected, nothing is to be printed there */
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	if (!mkdtemp(dir))
		abort();
	snprintf(said_path, sizeof(said_path), "%s/stderr", dir);
}

__attribute__((destructor)) static void teardown(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", dir);
	if (system(command))
		perror(command);
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

void redirect(int fd)
{
	int err = open(said_path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	fflush(stdout);
	real_out = dup(1);
	real_err = dup(2);
	if (fd >= 0)
		dup2(fd, 1);
	dup2(err, 2);
	close(err);
}

void restore(void)
{
	dup2(real_out, 1);
	dup2(real_err, 2);
	close(real_out);
	close(real_err);
}

bool has_said(const char *words)
{
	char text[4096] = "";
	FILE *f = fopen(said_path, "re");
	size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

	if (f)
		fclose(f);
	text[n] = '\0';
	return strstr(text, words) != NULL;
}

size_t said_lines(void)
{
	size_t n = 0;
	FILE *f = fopen(said_path, "re");

	for (int c; f && (c = fgetc(f)) != EOF;)
		n += c == '\n';
	if (f)
		fclose(f);
	return n;
}

int send_one(struct sink *s, uint64_t sequence, size_t bytes)
{
	static char name[70000];
	struct record r = {
		.action = RECORD_LEAK,
		.sequence = sequence,
		.leak = { .flow.key.family = 4, .state = RECORD_FLOW_OPEN },
	};
	int64_t start = now_ms();
	int ret;

	memset(name, 'n', sizeof(name));
	name[bytes] = '\0';
	r.leak.process.executable = name;
	ret = sink_write(s, &r);
	if (now_ms() - start >= WAIT_MS)
		printf("# a write took %d ms\n", (int)(now_ms() - start));
	return now_ms() - start < WAIT_MS ? ret : 1; /* no write returns that */
}

int64_t whole_lines(int fd)
{
	static char buf[1 << 22];
	size_t len = 0;
	uint64_t last = 0, sequence;
	int64_t n = 0;
	ssize_t got;
	char *p, *end, *at;

	while ((got = read(fd, buf + len, sizeof(buf) - 1 - len)) > 0)
		len += got;
	buf[len] = '\0';
	for (p = buf; *p; p = end + 1, n++) {
		end = strchr(p, '\n');
		if (!end)
			return -1;
		*end = '\0';
		at = strstr(p, "\"sequence\":");
		if (!at || strncmp(p, "{\"@timestamp\":", 14) != 0 || strcmp(end - 2, "}}") != 0)
			return -1;
		sequence = strtoull(at + 11, NULL, 10);
		if ((n && sequence <= last) || strstr(at, "@timestamp")) /* two in one */
			return -1;
		last = sequence;
	}
	return n;
}

struct sink *open_sink(const char *spec)
{
	struct fault fault;
	struct sink *s = NULL;

	return sink_open(spec, STDOUT_FILENO, &s, &fault) < 0 ? NULL : s;
}

int sink_fd(const struct sink *s)
{
	return outq_pollable(&s->out);
}

const char *test_dir(void)
{
	return dir;
}

const char *in_dir(const char *name)
{
	static char path[2][64];
	static int i;

	i = !i;
	snprintf(path[i], sizeof(path[i]), "json:%s/%s", dir, name);
	return path[i];
}

bool make_pipe(int p[2], int size)
{
	return pipe2(p, O_CLOEXEC) == 0 && fcntl(p[1], F_SETPIPE_SZ, size) > 0;
}
