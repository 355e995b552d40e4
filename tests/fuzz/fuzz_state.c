/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * user/report/state_read.h: what a run's socket answers, in pieces, and how it ends. The first byte
 * says how long a piece is.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz.h"
#include "report/state_read.h"

#define NAME "1.sock"

/* Of a directory that ends with the program. */
static char dir[] = "/tmp/fuzz_state.XXXXXX";

static void remove_dir(void)
{
	struct sockaddr_un a;

	if (!state_address(&a, NAME))
		unlink(a.sun_path);
	rmdir(dir);
}

static int listen_there(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un a;

	REQUIRE(mkdtemp(dir) && !setenv("LEAKAUDIT_RUN", dir, 1));
	REQUIRE(!state_address(&a, NAME));
	REQUIRE(fd >= 0 && !bind(fd, (struct sockaddr *)&a, sizeof(a)) && !listen(fd, 1));
	atexit(remove_dir);
	return fd;
}

struct peer {
	int listener;
	struct input in;
};

/* A run that is asked: a thread. */
static void *answer(void *arg)
{
	struct peer *p = arg;
	size_t piece = 1U + input_8(&p->in) * 16U, len;
	int fd = accept(p->listener, NULL, NULL);
	uint8_t *bytes;

	REQUIRE(fd >= 0);
	while (p->in.left) {
		bytes = input_bytes(&p->in, piece, &len);
		REQUIRE(send(fd, bytes, len, MSG_NOSIGNAL) == (ssize_t)len);
		free(bytes);
	}
	close(fd);
	return NULL;
}

static int count(void *arg, const char *name)
{
	(*(unsigned int *)arg)++;
	REQUIRE(!strcmp(name, NAME));
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int listener;
	struct peer p = { 0, { data, size } };
	unsigned int sockets = 0;
	struct fault f = { 0 };
	pthread_t thread;
	size_t len = 0;
	char *text;
	int r;

	if (!listener)
		listener = listen_there();
	p.listener = listener;
	REQUIRE(!pthread_create(&thread, NULL, answer, &p));
	r = state_read(NAME, 60000, &text, &len);
	pthread_join(thread, NULL);
	if (size > 1) {
		REQUIRE(!r && len == size - 1 && !memcmp(text, data + 1, len) && !text[len]);
		free(text);
	} else {
		REQUIRE(r == -ECONNRESET);
	}
	REQUIRE(!state_each(count, &sockets, &f) && sockets == 1);
	return 0;
}
