/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "cgroup_new.h"
#include "base/util.h"

/* Exit codes of shells and env(1). */
#define STATUS_NOT_FOUND 127
#define STATUS_NOT_EXECUTABLE 126
#define STATUS_SIGNAL 128

/* Ctrl-Z stops the command and us, and both are continued together, but not at the same instant. */
#define STOP_GRACE_US 20000

/* TCP gives up an orphaned connection after eight attempts: 100 s if the peer is close. */
#define LINGER_SECONDS 300

/* What we pass to the keeper while it runs, in shared memory. */
struct hold {
	int link; /* -1: none */
	child_gone_fn *gone;
};

struct child {
	pid_t pid, keeper;
	int go; /* a byte: run the command; end of file: do not */
	int report; /* errno of exec; end of file: it succeeded */
	int self, supervisor_fd; /* pidfds: ours, for the keeper; the keeper's, for us */
	int cgroup_fd;
	struct hold *hold;
	char *cgroup;
	bool started, over, stopping;
	int status, error;
	unsigned int left;
};

static const int forwarded[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM };

struct pipes {
	int go[2], report[2], made[2];
};

static void close_pipes(struct pipes *p)
{
	for (int i = 0; i < 2; i++) {
		closep(&p->go[i]);
		closep(&p->report[i]);
		closep(&p->made[i]);
	}
}

/*
 * The child until exec. Signals that our caller ignores stay ignored (nohup). No signal is blocked,
 * whoever blocked it, so that the command can be ended. The kernel clears the death signal when the
 * command changes its user; then the keeper ends it.
 */
static _Noreturn void exec_command(char *const argv[], struct pipes *p, pid_t parent)
{
	sigset_t none;
	char go;
	int e;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
	close(p->go[1]);
	close(p->made[1]);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (read(p->go[0], &go, 1) != 1)
		_exit(0);
	execvp(argv[0], argv);
	e = errno;
	(void)!write(p->report[1], &e, sizeof(e));
	_exit(e == ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE);
}

/* The keeper's message about the cgroup. */
struct made {
	int fd; /* the directory, or -errno */
	char path[PATH_MAX];
};

/* Another name than ours: "killall leakaudit" would end the keeper, and detach the hooks first. */
#define KEEPER_NAME "run-keeper"

static void spare_from_oom(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	(void)!write(fd, "-1000", 5);
	close(fd);
}

/* fork(), but with a shared table of descriptors. */
static pid_t fork_supervisor(int *pidfd)
{
	return (pid_t)syscall(SYS_clone, CLONE_FILES | CLONE_PIDFD | SIGCHLD, NULL, pidfd, NULL,
			      NULL);
}

/*
 * We have ended, so the keeper may close descriptors of the shared table: a reader of our output
 * must not wait for it. A signal ends the waiting.
 */
static void linger(const struct hold *hold)
{
	const struct timespec pause = { .tv_nsec = NSEC_PER_SEC / 10 };
	sigset_t ends;
	int i;

	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	dup2(hold->link, STDIN_FILENO);
	syscall(__NR_close_range, STDOUT_FILENO, ~0U, 0);
	for (i = 0; i < 10 * LINGER_SECONDS && !hold->gone(STDIN_FILENO); i++)
		if (sigtimedwait(&ends, NULL, &pause) > 0)
			return;
}

/*
 * The keeper makes the cgroup. It outlives us to kill the command when nobody would watch it any
 * more, however we end. It shares our table of descriptors, so every hook of ours, also one
 * attached later, stays attached until the last process has ended: what is dropped stays dropped.
 * Therefore it closes no descriptor. It has its own session, so that neither Ctrl-C nor a signal to
 * our process group reaches it, and the OOM killer takes it last.
 */
static _Noreturn void run_keeper(const struct child *c, const struct pipes *p, pid_t self)
{
	struct pollfd end = { .fd = c->self, .events = POLLIN };
	struct made m = { 0 };
	char name[40], *path;
	sigset_t all;

	setsid();
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	prctl(PR_SET_NAME, KEEPER_NAME);
	raise_file_limit(); /* it opens directories, and we may have many descriptors */
	spare_from_oom();
	(void)!chdir("/");
	snprintf(name, sizeof(name), "leakaudit-run.%d", (int)self);
	m.fd = cgroup_new(name, c->pid, &path);
	if (m.fd >= 0)
		snprintf(m.path, sizeof(m.path), "%s", path);
	(void)!write(p->made[1], &m, sizeof(m));
	if (m.fd < 0)
		_exit(0);
	while (poll(&end, 1, -1) < 0)
		;
	do
		cgroup_kill(m.fd);
	while (cgroup_remove(path) == -EBUSY);
	if (c->hold->link >= 0)
		linger(c->hold);
	_exit(0);
}

/*
 * Reads the message. It is longer than a pipe's buffer and may need several reads. There is no end
 * of file, since we share the keeper's descriptors.
 */
static int read_made(const struct child *c, int fd, struct made *m)
{
	struct pollfd ready[] = { { .fd = fd, .events = POLLIN },
				  { .fd = c->supervisor_fd, .events = POLLIN } };
	size_t len = 0;
	ssize_t n;

	while (len < sizeof(*m)) {
		if (poll(ready, ARRAY_SIZE(ready), -1) < 0)
			continue;
		if (!(ready[0].revents & POLLIN))
			return -EIO; /* the keeper has been killed */
		n = read(fd, (char *)m + len, sizeof(*m) - len);
		len += n > 0 ? (size_t)n : 0;
	}
	return MIN(m->fd, 0);
}

static int start_both(struct child *c, char *const argv[], struct pipes *p)
{
	pid_t self = getpid();
	struct made m;
	int r;

	c->self = (int)syscall(SYS_pidfd_open, self, 0);
	if (c->self < 0 || pipe2(p->go, O_CLOEXEC) || pipe2(p->report, O_CLOEXEC) ||
	    pipe2(p->made, O_CLOEXEC))
		return -errno;
	c->pid = fork();
	if (c->pid == 0)
		exec_command(argv, p, self);
	if (c->pid > 0)
		c->keeper = fork_supervisor(&c->supervisor_fd);
	if (c->pid > 0 && c->keeper == 0)
		run_keeper(c, p, self);
	if (c->pid < 0 || c->keeper < 0)
		return -errno;
	r = read_made(c, p->made[0], &m);
	if (r)
		return r;
	c->cgroup_fd = m.fd;
	c->cgroup = strdup(m.path);
	return c->cgroup ? 0 : -ENOMEM;
}

int child_open(struct child **ret, char *const argv[])
{
	_cleanup_(child_freep) struct child *c = calloc(1, sizeof(*c));
	struct pipes p = { { -1, -1 }, { -1, -1 }, { -1, -1 } };
	int r;

	if (!c)
		return -ENOMEM;
	c->self = c->supervisor_fd = c->cgroup_fd = -1;
	c->hold = mmap(NULL, sizeof(*c->hold), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		       -1, 0);
	if (c->hold == MAP_FAILED)
		c->hold = NULL;
	if (!c->hold)
		return -errno;
	c->hold->link = -1;
	r = start_both(c, argv, &p);
	c->go = take_fd(&p.go[1]);
	c->report = take_fd(&p.report[0]);
	close_pipes(&p);
	if (!r)
		*ret = take_ptr(c);
	return r;
}

void child_free(struct child *c)
{
	if (!c)
		return;
	child_end(c);
	closep(&c->go);
	closep(&c->report);
	if (c->cgroup)
		cgroup_remove(c->cgroup);
	if (c->keeper > 0 && c->hold->link < 0) { /* else it keeps the link */
		kill(c->keeper, SIGKILL);
		waitpid(c->keeper, NULL, 0);
	}
	if (c->hold)
		munmap(c->hold, sizeof(*c->hold));
	closep(&c->cgroup_fd);
	closep(&c->self);
	closep(&c->supervisor_fd);
	free(c->cgroup);
	free(c);
}

void child_hold(struct child *c, int link, child_gone_fn *gone)
{
	c->hold->gone = gone;
	__atomic_store_n(&c->hold->link, link, __ATOMIC_RELEASE);
}

const char *child_cgroup(const struct child *c)
{
	return c->cgroup;
}

/* flags: WNOHANG, or 0 to wait for the end. */
static void reap(struct child *c, int flags)
{
	siginfo_t info = { 0 };

	if (c->over || waitid(P_PID, (id_t)c->pid, &info, WEXITED | flags) || !info.si_pid)
		return;
	c->over = true;
	c->status = info.si_code == CLD_EXITED ? info.si_status : STATUS_SIGNAL + info.si_status;
}

void child_start(struct child *c)
{
	ssize_t n = -1;
	int e;

	if (write(c->go, "", 1) == 1)
		while ((n = read(c->report, &e, sizeof(e))) < 0 && errno == EINTR)
			;
	c->started = true;
	if (n == sizeof(e))
		c->error = -e;
	/* it may have ended before the caller polled */
	reap(c, n == 0 ? WNOHANG : 0);
}

bool child_started(const struct child *c)
{
	return c->started;
}

/*
 * SIGTTOU: an interactive shell takes the terminal for its own jobs. Our output there must not stop
 * us.
 */
void child_signals(sigset_t *set)
{
	for (size_t i = 0; i < ARRAY_SIZE(forwarded); i++)
		sigaddset(set, forwarded[i]);
	sigaddset(set, SIGCHLD);
	sigaddset(set, SIGTTOU);
}

static bool is_stopped(const struct child *c, int flags)
{
	siginfo_t info = { 0 };

	return waitid(P_PID, (id_t)c->pid, &info, WSTOPPED | WNOHANG | flags) == 0 && info.si_pid &&
	       info.si_status != SIGSTOP;
}

/*
 * If only the command stopped (Ctrl-Z in a pager), the shell would still wait for us. So we stop as
 * well, and are continued together.
 */
static void follow_stop(struct child *c)
{
	if (c->over || !is_stopped(c, WNOWAIT))
		return;
	usleep(STOP_GRACE_US);
	if (!is_stopped(c, 0))
		return;
	raise(SIGTSTP);
	kill(c->pid, SIGCONT);
}

/*
 * The terminal signals the whole process group, so the command has that signal already. It also has
 * the signals that it sends itself.
 */
static bool is_for_us_alone(const struct child *c, const struct signalfd_siginfo *info)
{
	return info->ssi_code != SI_KERNEL && info->ssi_pid != (uint32_t)c->pid &&
	       info->ssi_signo != SIGTTOU;
}

void child_signal(struct child *c, const struct signalfd_siginfo *info)
{
	if (info->ssi_signo == SIGCHLD) {
		reap(c, WNOHANG);
		follow_stop(c);
	} else if (!c->over && is_for_us_alone(c, info)) {
		kill(c->pid, (int)info->ssi_signo);
	}
}

void child_stop(struct child *c)
{
	if (!c->over)
		kill(c->pid, c->stopping ? SIGKILL : SIGTERM);
	c->stopping = true;
}

bool child_over(const struct child *c)
{
	return c->over;
}

int child_status(const struct child *c)
{
	return c->status;
}

int child_error(const struct child *c)
{
	return c->error;
}

void child_end(struct child *c)
{
	if (c->pid > 0 && !c->over) {
		kill(c->pid, SIGKILL); /* it may have left the cgroup */
		reap(c, 0);
	}
	if (c->cgroup_fd >= 0)
		c->left += cgroup_kill(c->cgroup_fd);
}

unsigned int child_left(const struct child *c)
{
	return c->left;
}
