/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "privileges.h"

#include <errno.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "base/util.h"

/* New in 5.12: many libc headers do not have it. */
#ifndef __NR_mount_setattr
#define __NR_mount_setattr 442
#endif

#if defined(__x86_64__)
#define OUR_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OUR_ARCH AUDIT_ARCH_AARCH64
#else
#error "name the AUDIT_ARCH_ of this machine"
#endif

/* x32 uses amd64's numbers with this bit set, and the same AUDIT_ARCH. */
#define X32_BIT 0x40000000U

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

/*
 * The capabilities that a running loader needs:
 *
 * - BPF, PERFMON, NET_ADMIN: maps, hooks on new interfaces, a program for each new
 *   namespace; interfaces and tunnels by netlink.
 * - SYS_ADMIN: entering namespaces.
 * - SYS_PTRACE: other users' /proc/PID/{exe,fd,ns}, copies of their sockets.
 * - DAC_READ_SEARCH: a cgroup's path by its id. DAC_OVERRIDE: reopening outputs in
 *   directories of any user.
 * - SYSLOG: what programs of others at TC call, see user/datapath/program_does.c.
 */
#define CAP(name) (1ULL << CAP_##name)
#define KEPT                                                                           \
	(CAP(BPF) | CAP(PERFMON) | CAP(NET_ADMIN) | CAP(SYS_ADMIN) | CAP(SYS_PTRACE) | \
	 CAP(DAC_READ_SEARCH) | CAP(DAC_OVERRIDE) | CAP(SYSLOG))

static const uint16_t refused[] = {
	__NR_execve,
	__NR_execveat,
#ifndef SANITIZED /* LeakSanitizer stops our threads with it at exit */
	__NR_ptrace,
#endif
	__NR_process_vm_writev,
	__NR_mount,
	__NR_umount2,
	__NR_pivot_root,
	__NR_move_mount,
	__NR_open_tree,
	__NR_fsopen,
	__NR_fsconfig,
	__NR_fsmount,
	__NR_fspick,
	__NR_mount_setattr,
	__NR_init_module,
	__NR_finit_module,
	__NR_delete_module,
	__NR_kexec_load,
	__NR_kexec_file_load,
	__NR_reboot,
	__NR_swapon,
	__NR_swapoff,
};

/* Memory must not be made executable. */
static const uint16_t computes[] = {
	__NR_read,	   __NR_write,		__NR_recvfrom,	  __NR_sendto,
	__NR_brk,	   __NR_munmap,		__NR_mremap,	  __NR_madvise,
	__NR_futex,	   __NR_clock_gettime,	__NR_getrandom,	  __NR_getpid,
	__NR_gettid,	   __NR_exit,		__NR_exit_group,  __NR_rt_sigreturn,
	__NR_rt_sigaction, __NR_rt_sigprocmask, __NR_sigaltstack, __NR_tgkill,
};
static const uint16_t maps[] = { __NR_mmap, __NR_mprotect };

/*
 * The bounding set is dropped first, since that needs CAP_SETPCAP. Without CAP_SETPCAP someone has
 * already confined us. As we never exec again, the bounding set gains us nothing.
 */
static int drop_bounding(uint64_t kept)
{
	int cap, r;

	for (cap = 0; (r = prctl(PR_CAPBSET_READ, cap)) >= 0; cap++)
		if (r && !(kept & 1ULL << cap) && prctl(PR_CAPBSET_DROP, cap))
			return -errno;
	return 0;
}

static int drop_capabilities(uint64_t kept)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];
	int i, r = 0;

	if (syscall(SYS_capget, &header, sets))
		return -errno;
	if (sets[0].effective & CAP(SETPCAP))
		r = drop_bounding(kept);
	for (i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		sets[i].permitted &= (uint32_t)(kept >> 32 * i);
		sets[i].effective &= sets[i].permitted;
		sets[i].inheritable = 0; /* this clears the ambient set, too */
	}
	return syscall(SYS_capset, &header, sets) ? -errno : r;
}

struct filter {
	struct sock_filter code[2 * (ARRAY_SIZE(refused) + ARRAY_SIZE(computes)) + 16];
	unsigned short n;
};

static void load(struct filter *f, uint32_t offset)
{
	f->code[f->n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset);
}

static void answer(struct filter *f, uint32_t with)
{
	f->code[f->n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, with);
}

/* Refuses the call if comparing the loaded word with value yields `is`. */
static void refuse_where(struct filter *f, uint16_t compare, uint32_t value, bool is)
{
	f->code[f->n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_K | compare, value, !is, is);
	answer(f, SECCOMP_RET_ERRNO | EPERM);
}

/* Loads the number of a call of this machine. */
static void begin(struct filter *f)
{
	load(f, offsetof(struct seccomp_data, arch));
	refuse_where(f, BPF_JEQ, OUR_ARCH, false);
	load(f, offsetof(struct seccomp_data, nr));
	refuse_where(f, BPF_JGE, X32_BIT, true);
}

/* Calls fail with an error instead of killing us: a library may try them and do without. */
static int install(struct filter *f)
{
	struct sock_fprog program = { .filter = f->code, .len = f->n };
	long r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
	return r < 0 ? -errno : r ? -EBUSY : 0; /* r: the id of a thread with a filter of its own */
}

static int refuse_calls(void)
{
	struct filter f = { 0 };
	size_t i;

	begin(&f);
	for (i = 0; i < ARRAY_SIZE(refused); i++)
		refuse_where(&f, BPF_JEQ, refused[i], true);
	answer(&f, SECCOMP_RET_ALLOW);
	return install(&f);
}

/* Allows the call with that number, unless `bit` of its third argument is set. */
static void allow(struct filter *f, uint16_t call, uint32_t bit)
{
	f->code[f->n++] =
		(struct sock_filter)BPF_JUMP(BPF_JMP | BPF_K | BPF_JEQ, call, 0, bit ? 4 : 1);
	if (bit) {
		load(f, offsetof(struct seccomp_data, args[2]));
		refuse_where(f, BPF_JSET, bit, true);
	}
	answer(f, SECCOMP_RET_ALLOW);
}

static int allow_computing(void)
{
	struct filter f = { 0 };
	size_t i;

	begin(&f);
	for (i = 0; i < ARRAY_SIZE(computes); i++)
		allow(&f, computes[i], 0);
	for (i = 0; i < ARRAY_SIZE(maps); i++)
		allow(&f, maps[i], PROT_EXEC);
	answer(&f, SECCOMP_RET_ERRNO | EPERM);
	return install(&f);
}

int privileges_drop(bool kills)
{
	int r = drop_capabilities(kills ? KEPT | CAP(KILL) : KEPT), f;

	f = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ? -errno : refuse_calls();
	return r ?: f;
}

int privileges_drop_all(void)
{
	int r = drop_capabilities(0), f;

	f = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ? -errno : allow_computing();
	return r ?: f;
}

/* Other groups are given up where that is allowed: who may not, and is that user, has his own. */
static int change_user(uid_t uid, gid_t gid)
{
	bool are_we = getuid() == uid && geteuid() == uid && getgid() == gid && getegid() == gid;

	if (setgroups(0, NULL) && !are_we)
		return -errno;
	if (!are_we && (setresgid(gid, gid, gid) || setresuid(uid, uid, uid)))
		return -errno;
	return 0;
}

int privileges_become(uid_t uid, gid_t gid)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];
	int r = syscall(SYS_capget, &header, sets) ? -errno : 0;

	if (!r && sets[0].effective & CAP(SETPCAP))
		r = drop_bounding(0);
	if (!r)
		r = change_user(uid, gid);
	if (!r)
		r = drop_capabilities(0);
	if (!r && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		r = -errno;
	return r;
}
