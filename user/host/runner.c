/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "apart/privileges.h"
#include "users.h"

/* New in 5.9: some libc headers do not have it. The number is the same on all machines. */
#ifndef __NR_close_range
#define __NR_close_range 436
#endif

#define WORDS_MAX 32
#define RUNNING_MAX 16
#define NAME "leak-runner"

struct runner {
	int fd;
};

/* The words of a command, in one buffer. */
struct command {
	char text[4096];
	char *argv[WORDS_MAX + 1];
};

/* One that runs. */
struct running {
	pid_t pid; /* 0: none */
	uint64_t deadline; /* ktime */
	bool killed;
};

/* The process. */
struct server {
	int fd, signals;
	unsigned int seconds;
	struct command command;
	struct user user;
	char *environment[6];
	struct running running[RUNNING_MAX];
	bool over; /* whoever asked has ended */
	char input[RUNNER_INPUT_MAX];
};

/* --- what is to be run --- */

static int take_words(struct command *c, const char *command, struct fault *f)
{
	char *rest = c->text, *word;
	size_t n = 0;

	if (strlen(command) >= sizeof(c->text))
		return fault_say(f, -EINVAL, "--on-leak is longer than %zu bytes",
				 sizeof(c->text) - 1);
	strcpy(c->text, command); /* NOLINT: it has room */
	while ((word = strsep(&rest, " \t"))) {
		if (!*word)
			continue;
		if (n == WORDS_MAX)
			return fault_say(f, -EINVAL, "--on-leak has more than %d words", WORDS_MAX);
		c->argv[n++] = word;
	}
	c->argv[n] = NULL;
	if (n && c->argv[0][0] == '/')
		return 0;
	fault_say(f, -EINVAL, "--on-leak '%s' does not begin with the path of a program", command);
	return fault_help(f, -EINVAL, "give the whole path, as 'command -v NAME' prints it");
}

static int check_program(const struct command *c, struct fault *f)
{
	struct stat st;

	if (stat(c->argv[0], &st))
		return fault_say(f, -EINVAL, "--on-leak cannot run %s: %s", c->argv[0],
				 strerror(errno));
	if (!S_ISREG(st.st_mode) || !(st.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)))
		return fault_say(f, -EINVAL, "--on-leak cannot run %s: it is no program",
				 c->argv[0]);
	return 0;
}

static int find_user(const char *name, struct user *ret, struct fault *f)
{
	int r = users_find(name ?: "nobody", ret);

	if (r == -ENOENT && !name) {
		*ret = USER_NOBODY;
		return 0;
	}
	if (r == -ENOENT)
		return fault_say(f, -EINVAL, "--on-leak-user: there is no user '%s' in /etc/passwd",
				 name);
	if (r)
		return r;
	if (ret->uid)
		return 0;
	fault_say(f, -EINVAL, "--on-leak-user: the command is never run as root");
	return fault_help(f, -EINVAL, "name another user, who is allowed what the command does");
}

static int prepare(struct command *c, struct user *u, const char *command, const char *user,
		   struct fault *f)
{
	int r = command ? take_words(c, command, f) : 0;

	if (!r && command)
		r = check_program(c, f);
	return r ?: find_user(user, u, f);
}

int runner_check(const char *command, const char *user, struct fault *f)
{
	struct command c;
	struct user u;

	return prepare(&c, &u, command, user, f);
}

/* --- the process: commands --- */

static void tell(const struct server *s, int error, int status)
{
	const struct runner_result result = { error, status };

	(void)!send(s->fd, &result, sizeof(result), MSG_NOSIGNAL | MSG_DONTWAIT);
}

static _Noreturn void execute(const struct server *s, int input)
{
	sigset_t none;

	setsid();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(input, STDIN_FILENO) < 0)
		_exit(126);
	execve(s->command.argv[0], s->command.argv, s->environment);
	_exit(errno == ENOENT ? 127 : 126);
}

/* A file in memory, so that nobody waits for who does not read. */
static int input_file(const struct server *s, size_t len)
{
	_cleanup_(closep) int fd = memfd_create("event", MFD_CLOEXEC);

	if (fd < 0 || write(fd, s->input, len) != (ssize_t)len || lseek(fd, 0, SEEK_SET))
		return -errno;
	return take_fd(&fd);
}

static struct running *free_place(struct server *s)
{
	for (size_t i = 0; i < RUNNING_MAX; i++)
		if (!s->running[i].pid)
			return &s->running[i];
	return NULL;
}

static void start(struct server *s, size_t len)
{
	struct running *place = free_place(s);
	_cleanup_(closep) int input = place ? input_file(s, len) : -EAGAIN;
	pid_t pid;

	if (input < 0) {
		tell(s, input, 0);
		return;
	}
	pid = fork();
	if (!pid)
		execute(s, input);
	if (pid < 0) {
		tell(s, -errno, 0);
		return;
	}
	*place = (struct running){ pid, ktime_now() + s->seconds * NSEC_PER_SEC, false };
}

static void reap(struct server *s)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (size_t i = 0; i < RUNNING_MAX; i++) {
			struct running *r = &s->running[i];

			if (r->pid != pid)
				continue;
			kill(-pid, SIGKILL); /* what it has left in its session's first group */
			tell(s, r->killed ? -ETIME : 0, status);
			r->pid = 0;
		}
}

/* Kills those whose time is over. Returns the ms until the next one's is; -1: none runs. */
static int check_deadlines(struct server *s)
{
	uint64_t now = ktime_now(), next = UINT64_MAX;

	for (size_t i = 0; i < RUNNING_MAX; i++) {
		struct running *r = &s->running[i];

		if (!r->pid || r->killed)
			continue;
		if (r->deadline > now) {
			next = MIN(next, r->deadline - now);
			continue;
		}
		r->killed = true;
		kill(-r->pid, SIGKILL);
		kill(r->pid, SIGKILL); /* it may have no group of its own yet */
	}
	return next == UINT64_MAX ? -1 : (int)(next / (NSEC_PER_SEC / 1000)) + 1;
}

static bool is_idle(const struct server *s)
{
	for (size_t i = 0; i < RUNNING_MAX; i++)
		if (s->running[i].pid)
			return false;
	return true;
}

static void receive(struct server *s)
{
	ssize_t n = recv(s->fd, s->input, sizeof(s->input), MSG_DONTWAIT);

	if (n > 0)
		start(s, (size_t)n);
	else if (!n || (errno != EAGAIN && errno != EINTR))
		s->over = true;
}

static _Noreturn void serve(struct server *s)
{
	struct pollfd p[] = { { .fd = s->signals, .events = POLLIN },
			      { .fd = s->fd, .events = POLLIN } };
	struct signalfd_siginfo info;

	while (!s->over || !is_idle(s)) {
		if (poll(p, s->over ? 1 : 2, check_deadlines(s)) < 0)
			continue;
		while (read(s->signals, &info, sizeof(info)) > 0)
			;
		reap(s);
		if (!s->over && p[1].revents)
			receive(s);
	}
	_exit(0);
}

/* --- the process: how it begins --- */

static char *variable(const char *name, const char *value)
{
	char *s;

	return asprintf(&s, "%s=%s", name, value) < 0 ? NULL : s;
}

static int open_null(void)
{
	int fd = open("/dev/null", O_RDWR);

	if (fd < 0)
		return -errno;
	for (int i = 0; i <= STDERR_FILENO; i++)
		if (dup2(fd, i) < 0)
			return -errno;
	return 0;
}

/* Nothing of ours is left but the socket. */
static int become(struct server *s)
{
	static const struct rlimit none = { 0, 0 };
	sigset_t child;
	int r = open_null();

	setsid();
	prctl(PR_SET_NAME, NAME);
	umask(077);
	if (r || dup2(s->fd, STDERR_FILENO + 1) < 0 || chdir("/"))
		return r ?: -errno;
	s->fd = STDERR_FILENO + 1;
	if (syscall(__NR_close_range, s->fd + 1, ~0U, 0) || fcntl(s->fd, F_SETFD, FD_CLOEXEC))
		return -errno;
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_SETMASK, &child, NULL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	s->signals = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
	if (s->signals < 0 || setrlimit(RLIMIT_CORE, &none))
		return -errno;
	s->environment[0] = variable("PATH", "/usr/local/bin:/usr/bin:/bin");
	s->environment[1] = variable("HOME", s->user.home);
	s->environment[2] = variable("USER", s->user.name);
	s->environment[3] = variable("LOGNAME", s->user.name);
	s->environment[4] = variable("LANG", "C.UTF-8");
	return privileges_become(s->user.uid, s->user.gid);
}

static _Noreturn void run_server(struct server *s)
{
	int r = become(s);

	tell(s, r, 0);
	if (r)
		_exit(1);
	serve(s);
}

/* --- our side --- */

static int first_answer(struct runner *r, struct fault *f)
{
	struct runner_result result;

	if (recv(r->fd, &result, sizeof(result), 0) != sizeof(result))
		return fault_say(f, -EIO, "the process that runs --on-leak has ended at once");
	if (!result.error)
		return 0;
	fault_say(f, result.error, "cannot become the user who runs --on-leak: %s",
		  strerror(-result.error));
	return fault_help(f, result.error,
			  "start leakaudit with CAP_SETUID and CAP_SETGID, or name the user that "
			  "it runs as: --on-leak-user");
}

/* It is nobody's child: its parent ends at once, and so it never is a zombie of ours. */
static int begin(struct server *s, int ours)
{
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (!pid) {
		close(ours);
		pid = fork();
		if (!pid)
			run_server(s);
		_exit(pid < 0);
	}
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return 0;
}

int runner_open(struct runner **ret, const char *command, const char *user, unsigned int seconds,
		struct fault *f)
{
	_cleanup_(freep) struct server *s = calloc(1, sizeof(*s));
	struct runner *r = calloc(1, sizeof(*r));
	int pair[2] = { -1, -1 }, error = s && r ? 0 : -ENOMEM;

	if (!error)
		error = prepare(&s->command, &s->user, command, user, f);
	if (!error && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		error = -errno;
	if (!error) {
		s->fd = pair[1];
		s->seconds = seconds;
		error = begin(s, pair[0]);
	}
	closep(&pair[1]);
	if (!error) {
		r->fd = pair[0];
		error = first_answer(r, f);
	}
	if (error) {
		closep(&pair[0]);
		free(r);
		return fault_unsaid(f, error, "cannot begin with --on-leak: %s", strerror(-error));
	}
	*ret = r;
	return 0;
}

void runner_free(struct runner *r)
{
	if (!r)
		return;
	close(r->fd);
	free(r);
}

int runner_fd(const struct runner *r)
{
	return r->fd;
}

int runner_run(struct runner *r, const void *input, size_t len)
{
	ssize_t n =
		send(r->fd, input, MIN(len, (size_t)RUNNER_INPUT_MAX), MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n >= 0)
		return 0;
	return errno == EAGAIN || errno == ENOBUFS ? -EAGAIN : -EPIPE;
}

bool runner_result(struct runner *r, struct runner_result *ret, bool *over)
{
	ssize_t n = recv(r->fd, ret, sizeof(*ret), MSG_DONTWAIT);

	*over = !n || (n < 0 && errno != EAGAIN && errno != EINTR);
	return n == sizeof(*ret);
}
