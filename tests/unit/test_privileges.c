/* SPDX-License-Identifier: GPL-2.0-or-later */
/* user/apart/privileges.h: in processes of their own, which have given up what they could do. */
#include <errno.h>
#include <linux/capability.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apart/privileges.h"
#include "unit.h"

/* No program's that could have been executed instead. */
#define DONE 42

static void in_child(void (*fn)(void))
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		unit_failures = 0;
		fn();
		fflush(stdout);
		_exit(unit_failures ? 1 : DONE);
	}
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
	CHECK_INT(WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), DONE);
}

/* A line of /proc/PATH/status that is a number of that base. */
static uint64_t status_of(const char *path, const char *name, int base)
{
	char file[64], line[256];
	uint64_t value = UINT64_MAX;
	FILE *f;

	snprintf(file, sizeof(file), "/proc/%s/status", path);
	f = fopen(file, "re");
	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, name, strlen(name)) && line[strlen(name)] == ':')
			value = strtoull(line + strlen(name) + 1, NULL, base);
	if (f)
		fclose(f);
	return value;
}

static uint64_t caps(const char *name)
{
	return status_of("thread-self", name, 16);
}

#define CAP(name) (1ULL << CAP_##name)
#define KEPT                                                                           \
	(CAP(BPF) | CAP(PERFMON) | CAP(NET_ADMIN) | CAP(SYS_ADMIN) | CAP(SYS_PTRACE) | \
	 CAP(DAC_READ_SEARCH) | CAP(DAC_OVERRIDE) | CAP(SYSLOG))

static void keeps(bool kills, uint64_t kept)
{
	uint64_t had = caps("CapPrm"), bound = caps("CapBnd");

	CHECK_INT(privileges_drop(kills), 0);
	CHECK_INT(caps("CapPrm"), had & kept);
	CHECK_INT(caps("CapEff"), had & kept);
	CHECK_INT(caps("CapBnd"), had & CAP(SETPCAP) ? bound & kept : bound);
	CHECK_INT(caps("CapInh"), 0);
	CHECK_INT(caps("CapAmb"), 0);
	CHECK_INT(status_of("thread-self", "NoNewPrivs", 10), 1);
	CHECK_INT(status_of("thread-self", "Seccomp", 10), 2);
}

static void keep_for_watch(void)
{
	keeps(false, KEPT);
}

static void keep_for_run(void)
{
	keeps(true, KEPT | CAP(KILL));
}

/* As an ambient one would be passed on. */
static void give_up_ambient(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];

	CHECK_INT(syscall(SYS_capget, &header, sets), 0);
	sets[0].inheritable = sets[0].permitted;
	CHECK_INT(syscall(SYS_capset, &header, sets), 0);
	CHECK_INT(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_ADMIN, 0, 0), 0);
	keeps(false, KEPT);
}

static void test_capabilities(void)
{
	in_child(keep_for_watch);
	in_child(keep_for_run);
	if (geteuid() != 0)
		SKIP("needs root");
	in_child(give_up_ambient);
}

#define CHECK_REFUSED(call)              \
	do {                             \
		errno = 0;               \
		CHECK_INT(call, -1);     \
		CHECK_INT(errno, EPERM); \
	} while (0)

static void be_refused(void)
{
	char *argv[] = { (char[]){ "true" }, NULL };

	CHECK_INT(privileges_drop(false), 0);
	CHECK_REFUSED(mount("none", "/nowhere", "none", 0, NULL));
	CHECK_REFUSED(umount2("/nowhere", 0));
	CHECK_REFUSED(syscall(SYS_open_tree, -1, NULL, 0));
	CHECK_REFUSED(syscall(SYS_move_mount, -1, NULL, -1, NULL, 0));
	CHECK_REFUSED(syscall(SYS_fsopen, NULL, 0));
	CHECK_REFUSED(syscall(SYS_pivot_root, NULL, NULL));
	CHECK_REFUSED(syscall(SYS_process_vm_writev, getpid(), NULL, 0, NULL, 0, 0));
	CHECK_REFUSED(syscall(SYS_execveat, -1, "/bin/true", argv, NULL, 0));
	CHECK_REFUSED(execv("/bin/true", argv));
#ifndef __SANITIZE_ADDRESS__
	CHECK_REFUSED(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
#endif
}

static void *be_in_a_thread(void *arg)
{
	pthread_barrier_t *both = arg;

	pthread_barrier_wait(both); /* it is begun */
	pthread_barrier_wait(both); /* and that is dropped */
	CHECK_INT(status_of("thread-self", "NoNewPrivs", 10), 1);
	CHECK_REFUSED(umount2("/nowhere", 0));
	return NULL;
}

static void be_refused_everywhere(void)
{
	pthread_barrier_t both;
	pthread_t thread;

	pthread_barrier_init(&both, NULL, 2);
	if (!CHECK_INT(pthread_create(&thread, NULL, be_in_a_thread, &both), 0))
		return;
	pthread_barrier_wait(&both);
	CHECK_INT(privileges_drop(false), 0);
	pthread_barrier_wait(&both);
	pthread_join(thread, NULL);
}

static void test_calls(void)
{
	in_child(be_refused);
	in_child(be_refused_everywhere);
}

#ifdef __x86_64__
/* Another ABI has other numbers: 20 is its getpid. */
static long call_i386(long nr)
{
	long r;

	__asm__ volatile("int $0x80" : "=a"(r) : "a"(nr) : "memory", "r8", "r9", "r10", "r11");
	return r;
}

static void be_refused_as_i386(void)
{
	CHECK_INT(privileges_drop(false), 0);
	CHECK_INT(call_i386(20), -EPERM);
}

static void be_refused_as_x32(void)
{
	CHECK_INT(privileges_drop(false), 0);
	CHECK_REFUSED(syscall(0x40000000 | SYS_getpid));
}

static bool has_i386(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(call_i386(20) == getpid() ? 0 : 1);
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}
#endif

static void test_other_abis(void)
{
#ifdef __x86_64__
	in_child(be_refused_as_x32);
	if (!has_i386())
		SKIP("this kernel has no i386 calls");
	in_child(be_refused_as_i386);
#else
	SKIP("of amd64 only");
#endif
}

UNIT_MAIN("privileges", { "capabilities", test_capabilities }, { "calls", test_calls },
	  { "other abis", test_other_abis })
