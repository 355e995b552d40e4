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

/* As shells and env(1) have it. */
#define STATUS_NOT_FOUND 127
#define STATUS_NOT_EXECUTABLE 126
#define STATUS_SIGNAL 128

/* A Ctrl-Z stops the command and us, and what continues one continues the other,
 * but not in the same instant. */
#define STOP_GRACE_US 20000

/* TCP gives up a connection that nobody holds after eight attempts: 100 s where the
 * far end is near. */
#define LINGER_SECONDS 300

/* What we tell the keeper meanwhile, in memory that is both's. */
struct hold {
	int link; /* -1: none */
	child_gone_fn *gone;
};

struct child {
	pid_t pid, keeper;
	int go; /* a byte: be the command; its end: don't */
	int report; /* the errno of exec, or its end: it worked */
	int self, supervisor_fd; /* pidfds: our own for the keeper, and the keeper's */
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
 * The command's process until exec. Signals that our caller ignores stay so
 * (nohup); none is blocked, whoever did that, so that it can be ended. The
 * kernel forgets the death signal when the command changes its user; then the
 * keeper is there.
 */
static _Noreturn void become(char *const argv[], struct pipes *p, pid_t parent)
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

/* What the keeper tells of the cgroup. */
struct made {
	int fd; /* or -errno */
	char path[PATH_MAX];
};

/* Not of our name: who ends all of that name would take the hooks away first. */
#define KEEPER_NAME "run-keeper"

static void spare_from_oom(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	(void)!write(fd, "-1000", 5);
	close(fd);
}

/* fork(), but for the table of descriptors, which is one. */
static pid_t fork_supervisor(int *pidfd)
{
	return (pid_t)syscall(SYS_clone, CLONE_FILES | CLONE_PIDFD | SIGCHLD, NULL, pidfd, NULL,
			      NULL);
}

/* We are dead, so the descriptors are its own now: whoever reads what we wrote is not
 * to wait for it. Whoever wants it to end need not, either. */
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
 * Makes the cgroup, and outlives us to end in our stead what nobody would watch
 * any more: whenever we are killed, it knows of it. Our table of descriptors is
 * its own too, so every hook of ours, whenever it was attached, is held until
 * the last process is gone: what is dropped stays dropped. It closes nothing
 * therefore. It is in a session of its own, where no Ctrl-C and no kill of our
 * group meets it, and the last one that is killed for want of memory.
 */
static _Noreturn void keep(const struct child *c, const struct pipes *p, pid_t self)
{
	struct pollfd end = { .fd = c->self, .events = POLLIN };
	struct made m = { 0 };
	char name[40], *path;
	sigset_t all;

	setsid();
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	prctl(PR_SET_NAME, KEEPER_NAME);
	raise_file_limit(); /* it opens directories where we may hold many */
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

/* More than a pipe takes at once, and so not always read at once. Its end is never
 * read, as we hold the keeper's descriptors too. */
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
		become(argv, p, self);
	if (c->pid > 0)
		c->keeper = fork_supervisor(&c->supervisor_fd);
	if (c->pid > 0 && c->keeper == 0)
		keep(c, p, self);
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
	if (c->keeper > 0 && c->hold->link < 0) { /* else it lives on */
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

/* flags: WNOHANG, or 0 to wait for its end. */
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
	/* its end may have been told before anybody listened */
	reap(c, n == 0 ? WNOHANG : 0);
}

bool child_started(const struct child *c)
{
	return c->started;
}

/* SIGTTOU: an interactive shell takes the terminal for its own jobs, and what we
 * write there must not stop us. */
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

/* A command that stops itself (a pager's Ctrl-Z) would leave its caller's shell
 * waiting for us: we stop as well, and go on together. */
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

/* What the terminal sends goes to the whole process group, so the command has it
 * already, as it has what it sends itself. */
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
