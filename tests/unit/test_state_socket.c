/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A state is told to whoever asks, and nobody can make the run wait. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"
#include "report/state_read.h"
#include "report/state_socket.h"
#include "unit.h"

#define LARGE (1U << 20) /* more than a socket takes */

static char dir[64], *large;
static int asked;

static int tell(void *arg, const char **text, size_t *len)
{
	(void)arg;
	asked++;
	*text = large;
	*len = LARGE;
	return 0;
}

static struct state_socket *open_socket(int expected)
{
	const struct state_source source = { tell, NULL };
	struct state_socket *s = NULL;
	struct fault f = { 0 };

	CHECK_INT(state_socket_open(&s, &source, &f), expected);
	return s;
}

static void begin(void)
{
	snprintf(dir, sizeof(dir), "/tmp/leakaudit-unit.XXXXXX");
	CHECK(mkdtemp(dir));
	setenv("LEAKAUDIT_RUN", dir, 1);
	large = large ?: malloc(LARGE);
	memset(large, 'x', LARGE);
	asked = 0;
}

static void end(void)
{
	CHECK_INT(rmdir(dir), 0); /* nothing is left in it */
}

/* A state_fn. */
static int note_name(void *arg, const char *name)
{
	snprintf(arg, 64, "%s", name);
	return 1;
}

static void own_name(char name[64])
{
	struct fault f = { 0 };

	CHECK_INT(state_each(note_name, name, &f), 1);
}

/* Reads to the end, while the run goes on. */
static size_t read_all(struct state_socket *s, int fd)
{
	static char buf[1 << 16];
	size_t got = 0;
	ssize_t n;

	for (;;) {
		state_socket_run(s);
		n = read(fd, buf, sizeof(buf));
		if (!n || (n < 0 && errno != EAGAIN))
			return got;
		got += n > 0 ? (size_t)n : 0;
	}
}

/* Thirty who do not read: one who does gets all, at once, and they cost neither time nor more
 * memory. */
static void test_slow_readers(void)
{
	struct state_socket *s;
	int slow[30], fd;
	uint64_t start;
	char name[64];
	size_t i;

	begin();
	s = open_socket(0);
	own_name(name);
	start = ktime_now();
	for (i = 0; i < ARRAY_SIZE(slow); i++) {
		slow[i] = state_connect(name);
		CHECK(slow[i] >= 0);
		state_socket_run(s);
	}
	fd = state_connect(name);
	CHECK_INT(read_all(s, fd), LARGE);
	CHECK(ktime_now() - start < 4 * NSEC_PER_SEC);
	CHECK_INT(asked, ARRAY_SIZE(slow) + 1);
	CHECK(read_all(s, slow[0]) < LARGE); /* the first was given up for another */
	CHECK_INT(read_all(s, slow[29]), LARGE);
	for (i = 0; i < ARRAY_SIZE(slow); i++)
		close(slow[i]);
	close(fd);
	state_socket_free(s);
	end();
}

/* What a run has left that was killed is removed; what another listens at is not. */
static void test_dead_sockets(void)
{
	struct sockaddr_un a;
	struct state_socket *s, *second;
	char name[64], *text = NULL;
	size_t len;
	int fd;

	begin();
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK_INT(state_address(&a, "1.sock"), 0);
	CHECK_INT(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	close(fd);
	CHECK_INT(state_read("1.sock", 1000, &text, &len), -ECONNREFUSED);
	s = open_socket(0);
	CHECK(access(a.sun_path, F_OK));
	second = open_socket(0); /* of the same pid, as in another pid namespace */
	own_name(name);
	CHECK_INT(state_read(name, 100, &text, &len), -ETIMEDOUT); /* nobody runs it */
	state_socket_free(second);
	state_socket_free(s);
	end();
}

/* A directory that others can use is not used. */
static void test_directory(void)
{
	begin();
	CHECK_INT(chmod(dir, 0755), 0);
	CHECK(!open_socket(-EPERM));
	CHECK_INT(chmod(dir, 0700), 0);
	state_socket_free(open_socket(0));
	end();
	CHECK_INT(symlink("/tmp", dir), 0);
	CHECK(!open_socket(-EPERM));
	unlink(dir);
}

UNIT_MAIN("state_socket", { "slow_readers", test_slow_readers },
	  { "dead_sockets", test_dead_sockets }, { "directory", test_directory })
