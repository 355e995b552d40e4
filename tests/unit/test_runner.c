/* SPDX-License-Identifier: GPL-2.0-or-later */
/* user/host/runner.h: what a command is given, and what it has not. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/runner.h"
#include "unit.h"

#define PATIENCE_MS 20000

static char dir[] = "/tmp/test_runner.XXXXXX", program[64], out[64];

static void write_program(const char *text)
{
	int fd = open(program, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);

	CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	unlink(out);
}

static bool wait_result(struct runner *r, struct runner_result *ret)
{
	struct pollfd p = { .fd = runner_fd(r), .events = POLLIN };
	bool over;

	return poll(&p, 1, PATIENCE_MS) == 1 && runner_result(r, ret, &over) && !over;
}

/* What the program has written, once it has ended. */
static const char *run(const char *command, const char *input)
{
	static char text[8192];
	struct runner_result result = { 0 };
	struct fault f = { 0 };
	struct runner *r;
	ssize_t n;
	int fd;

	text[0] = '\0';
	if (!CHECK_INT(runner_open(&r, command, NULL, 20, &f), 0)) {
		printf("# %s\n", f.reason);
		return text;
	}
	CHECK_INT(runner_run(r, input, strlen(input)), 0);
	CHECK(wait_result(r, &result));
	CHECK_INT(result.error, 0);
	CHECK_INT(WEXITSTATUS(result.status), 0);
	runner_free(r);
	fd = open(out, O_RDONLY | O_CLOEXEC);
	n = read(fd, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	close(fd);
	return text;
}

/* A line "NAME VALUE" of the text. */
static void has(const char *text, const char *line)
{
	const char *at = strstr(text, line);

	CHECK(at && (at == text || at[-1] == '\n') && at[strlen(line)] == '\n');
	if (!at)
		printf("# no '%s' in:\n%s\n", line, text);
}

static void test_what_it_has(void)
{
	char command[256];
	const char *text;
	int ours = open("/dev/zero", O_RDONLY); /* without O_CLOEXEC */

	if (geteuid())
		SKIP("needs root");
	write_program(
		"#!/bin/sh\nexec >\"$2.part\"\n"
		"printf 'words %s: %s\\n' $# \"$1\"\nprintf 'input %s\\n' \"$(cat)\"\n"
		"printf 'id %s %s %s\\n' \"$(id -u)\" \"$(id -g)\" \"$(id -G)\"\n"
		"sed -n 's/\\t/ /p' /proc/self/status | grep -E '^(Cap|NoNew|SigB|SigI)'\n"
		"(ls /proc/$$/fd >\"$2.fds\")\nprintf 'fds '; tr '\\n' ' ' <\"$2.fds\"; echo; rm "
		"\"$2.fds\"\n"
		"printf 'session %s\\n' \"$(($(cut -d ' ' -f 6 /proc/$$/stat) == $$))\"\n"
		"printf 'in %s\\n' \"$PWD\"\nenv | cut -d = -f 1 | sort | tr '\\n' ' '; echo\n"
		"mv \"$2.part\" \"$2\"\n");
	snprintf(command, sizeof(command), "%s  $(reboot);`x` %s", program, out);
	text = run(command, "{\"name\":\"`reboot` $(reboot)\"}");
	has(text, "words 2: $(reboot);`x`");
	has(text, "input {\"name\":\"`reboot` $(reboot)\"}");
	has(text, "id 65534 65534 65534");
	has(text, "CapInh: 0000000000000000");
	has(text, "CapPrm: 0000000000000000");
	has(text, "CapBnd: 0000000000000000");
	has(text, "CapAmb: 0000000000000000");
	has(text, "NoNewPrivs: 1");
	has(text, "SigBlk: 0000000000000000");
	has(text, "session 1");
	has(text, "in /");
	has(text, "HOME LANG LOGNAME PATH PWD USER ");
	/* the shell has its script open, and no other has that number */
	has(text, "fds 0 1 10 2 ");
	close(ours);
}

/* One that nobody has waited for has ended, too. */
static bool is_there(pid_t pid)
{
	char path[64], text[128] = "";
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1); /* ESRCH: it has gone meanwhile */
	close(fd);
	return n > 0 && !strstr(text, ") Z");
}

/* With what it has started. */
static void test_time_limit(void)
{
	struct runner_result result = { 0 };
	struct fault f = { 0 };
	struct runner *r;
	char command[256];
	int fd, pids[2] = { 0 }, i;
	char text[64] = "";

	if (geteuid())
		SKIP("needs root");
	write_program("#!/bin/sh\nsleep 1000 &\necho $$ $! >\"$1\"\nwait\n");
	snprintf(command, sizeof(command), "%s %s", program, out);
	if (!CHECK_INT(runner_open(&r, command, NULL, 1, &f), 0))
		return;
	CHECK_INT(runner_run(r, "x", 1), 0);
	CHECK(wait_result(r, &result));
	CHECK_INT(result.error, -ETIME);
	fd = open(out, O_RDONLY);
	CHECK(read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	CHECK_INT(sscanf(text, "%d %d", &pids[0], &pids[1]), 2);
	for (i = 0; i < 100 && (is_there(pids[0]) || is_there(pids[1])); i++)
		usleep(10000);
	CHECK(!is_there(pids[0]) && !is_there(pids[1]));
	runner_free(r);
}

static void test_failures(void)
{
	struct runner_result result = { 0 };
	struct fault f = { 0 };
	struct runner *r;

	if (geteuid())
		SKIP("needs root");
	write_program("#!/bin/sh\nexit 7\n");
	if (!CHECK_INT(runner_open(&r, program, NULL, 20, &f), 0))
		return;
	CHECK_INT(runner_run(r, "x", 1), 0);
	CHECK(wait_result(r, &result));
	CHECK_INT(WEXITSTATUS(result.status), 7);
	chmod(program, 0644);
	CHECK_INT(runner_run(r, "x", 1), 0);
	CHECK(wait_result(r, &result));
	CHECK_INT(WEXITSTATUS(result.status), 126);
	unlink(program);
	CHECK_INT(runner_run(r, "x", 1), 0);
	CHECK(wait_result(r, &result));
	CHECK_INT(WEXITSTATUS(result.status), 127);
	runner_free(r);
	/* no child of ours is left, also none that has ended */
	CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
}

static void refused(const char *command, const char *user, const char *words)
{
	struct fault f = { 0 };

	CHECK_INT(runner_check(command, user, &f), -EINVAL);
	CHECK(strstr(f.reason, words));
	if (!strstr(f.reason, words))
		printf("# %s\n", f.reason);
}

static void test_what_is_refused(void)
{
	struct fault f = { 0 };

	refused("true", NULL, "does not begin with the path of a program");
	refused("", NULL, "does not begin");
	refused("/nowhere/at/all x", NULL, "No such file");
	refused("/etc/passwd", NULL, "it is no program");
	refused("/tmp", NULL, "it is no program");
	refused("/bin/true", "no-such-user", "there is no user");
	refused("/bin/true", "root", "never run as root");
	refused(NULL, "root", "never run as root");
	CHECK_INT(runner_check("/bin/true  a	b ", "nobody", &f), 0);
	CHECK_INT(runner_check(NULL, NULL, &f), 0);
}

static void test_begin(void)
{
	CHECK(mkdtemp(dir));
	chmod(dir, 0777);
	snprintf(program, sizeof(program), "%s/program", dir);
	snprintf(out, sizeof(out), "%s/out", dir);
}

static void test_end(void)
{
	unlink(program);
	unlink(out);
	CHECK(!rmdir(dir));
}

UNIT_MAIN("runner", { "begin", test_begin }, { "what_it_has", test_what_it_has },
	  { "time_limit", test_time_limit }, { "failures", test_failures },
	  { "what_is_refused", test_what_is_refused }, { "end", test_end })
