/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where we run: kernel, capabilities, container, cgroups, and what forbids BPF. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/text.h"
#include "checkup.h"
#include "host/cgroup.h"
#include "host/kernel.h"
#include "host/permitted.h"
#include "host/scope.h"
#include "setting.h"

static void add_fault(struct checkup *c, const char *name, enum grade grade, const struct fault *f,
		      const char *follows)
{
	struct check *check = checkup_add(c, name, grade, "%s", f->reason);

	check_follows(check, "%s", follows);
	check_remedy(check, "%s", f->help);
}

static void check_version(struct checkup *c)
{
	struct fault f = { 0 };
	struct utsname u;
	struct check *check;

	if (uname(&u))
		return;
	if (permitted_kernel(u.release, &f)) {
		add_fault(c, "kernel", GRADE_FAIL, &f, "nothing can be watched");
		return;
	}
	check = checkup_add(c, "kernel", GRADE_OK, "Linux %s, %s", u.release, u.machine);
	if (!kernel_runs_realtime())
		return;
	check->grade = GRADE_LIMIT;
	check_follows(check, "it is a realtime kernel, where who runs need not be who sends: some "
			     "senders are not told");
}

static void check_capabilities(struct checkup *c)
{
	struct fault f = { 0 };

	if (permitted("watching", &f))
		add_fault(c, "capabilities", GRADE_FAIL, &f, "nothing can be watched");
	else if (permitted_partly(&f))
		add_fault(c, "capabilities", GRADE_LIMIT, &f,
			  "the audit is incomplete where that would be needed");
	else
		checkup_add(c, "capabilities", GRADE_OK, "all that is needed");
}

/* The file is one of a kind of the kernel's, and has the number of the first of them. */
static bool is_initial(const char *path, unsigned long inode)
{
	struct stat st;

	return stat(path, &st) || st.st_ino == inode;
}

/* PROC_PID_INIT_INO and PROC_CGROUP_INIT_INO */
#define INIT_PID_NS 0xEFFFFFFC
#define INIT_CGROUP_NS 0xEFFFFFFB

static void check_container(struct checkup *c)
{
	bool pids = is_initial("/proc/self/ns/pid", INIT_PID_NS);
	bool cgroups = is_initial("/proc/self/ns/cgroup", INIT_CGROUP_NS);
	bool marked = !access("/.dockerenv", F_OK) || !access("/run/.containerenv", F_OK) ||
		      !access("/run/systemd/container", F_OK);
	struct check *check;

	if (pids && cgroups) {
		checkup_add(c, "container", GRADE_OK,
			    marked ? "the files of one, with the host's processes and cgroups"
				   : "none: this is the host");
		return;
	}
	check = checkup_add(c, "container", GRADE_LIMIT, "this is one, with its own %s%s%s",
			    pids ? "" : "processes", pids || cgroups ? "" : " and ",
			    cgroups ? "" : "cgroups");
	check_follows(check, "only what is in it can be watched, and by processes it is not told "
			     "who sends from outside of it");
	check_remedy(check, "run it on the host, or with the host's namespaces: docker run "
			    "--pid=host --cgroupns=host --network=host");
}

static void check_lockdown(struct checkup *c)
{
	char words[128], now[32] = "none";
	struct check *check;
	const char *begin;

	if (setting_read("/sys/kernel/security/lockdown", words, sizeof(words))) {
		checkup_add(c, "lockdown", GRADE_OK, "the kernel has none, or does not tell");
		return;
	}
	begin = strchr(words, '[');
	if (begin)
		snprintf(now, sizeof(now), "%.*s", (int)MIN(strcspn(begin + 1, "]"), 31UL),
			 begin + 1);
	if (strcmp(now, "confidentiality") != 0) {
		checkup_add(c, "lockdown", GRADE_OK, "%s: BPF may read what it needs", now);
		return;
	}
	check = checkup_add(c, "lockdown", GRADE_FAIL,
			    "confidentiality: BPF may not read the kernel's memory");
	check_follows(check, "the programs that tell who sends cannot be loaded");
	check_remedy(check, "boot without lockdown=confidentiality");
}

static void check_secure_boot(struct checkup *c)
{
	static const char path[] = "/sys/firmware/efi/efivars/"
				   "SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	unsigned char variable[5] = { 0 }; /* four bytes of attributes, and the value */

	if (fd < 0 || read(fd, variable, sizeof(variable)) != sizeof(variable) || !variable[4])
		checkup_add(c, "Secure Boot", GRADE_OK, "off");
	else
		checkup_add(c, "Secure Boot", GRADE_OK,
			    "on: of it only lockdown would concern BPF, see there");
}

static void check_unprivileged(struct checkup *c)
{
	char word[16];
	struct check *check;

	if (setting_read("/proc/sys/kernel/unprivileged_bpf_disabled", word, sizeof(word)))
		return;
	if (word[0] != '0') {
		checkup_add(c, "unprivileged BPF", GRADE_OK, "off (%s), which is no hindrance",
			    word);
		return;
	}
	check = checkup_add(c, "unprivileged BPF", GRADE_NOTE, "every user may load programs");
	check_follows(check, "leakaudit does not need that, and it widens what can be attacked");
	check_remedy(check, "sysctl kernel.unprivileged_bpf_disabled=2");
}

static void check_jit(struct checkup *c)
{
	char word[16];
	struct check *check;

	if (setting_read("/proc/sys/net/core/bpf_jit_enable", word, sizeof(word)))
		return;
	if (word[0] != '0') {
		checkup_add(c, "BPF compiler", GRADE_OK, "on");
		return;
	}
	check = checkup_add(c, "BPF compiler", GRADE_NOTE, "off: programs are interpreted");
	check_follows(check, "each packet costs several times as much");
	check_remedy(check, "sysctl net.core.bpf_jit_enable=1");
}

static void check_memlock(struct checkup *c)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit))
		return;
	if (limit.rlim_cur == RLIM_INFINITY)
		checkup_add(c, "memlock", GRADE_OK, "without limit");
	else
		checkup_add(c, "memlock", GRADE_OK,
			    "%llu kB, which maps do not count for since Linux 5.11",
			    (unsigned long long)(limit.rlim_cur >> 10));
}

static void check_cgroups(struct checkup *c)
{
	struct cgroup_mounts mounts = { 0 };
	const struct cgroup_mount *mount;
	struct check *check;

	if (access("/proc/self/mounts", R_OK)) {
		check = checkup_add(c, "cgroup v2", GRADE_FAIL, "/proc is not mounted");
		check_follows(check,
			      "nothing can be watched: neither cgroups nor processes are found");
		check_remedy(check, "mount -t proc proc /proc");
	} else if (cgroup_mounts(&mounts) || !mounts.n) {
		check = checkup_add(c, "cgroup v2", GRADE_FAIL, "it is not mounted");
		check_follows(check, "nothing can be watched: programs are attached to cgroups");
		check_remedy(check, "boot with systemd.unified_cgroup_hierarchy=1, or mount -t "
				    "cgroup2 none /sys/fs/cgroup/unified");
	} else {
		mount = cgroup_mount_of(&mounts, NULL);
		if (!access("/sys/fs/cgroup/cgroup.controllers", F_OK))
			checkup_add(c, "cgroup v2", GRADE_OK, "at %s", mount->path);
		else
			checkup_add(c, "cgroup v2", GRADE_OK,
				    "at %s, beside v1 (hybrid): units and containers are found if "
				    "they are in v2 as well",
				    mount->path);
	}
	cgroup_mounts_clear(&mounts);
}

static void check_types(struct checkup *c)
{
	struct stat st;
	struct check *check;

	if (!stat("/sys/kernel/btf/vmlinux", &st)) {
		checkup_add(c, "types (BTF)", GRADE_OK, "in /sys/kernel/btf/vmlinux");
		return;
	}
	check = checkup_add(c, "types (BTF)", GRADE_FAIL, "/sys/kernel/btf/vmlinux is missing");
	check_follows(check, "the programs that read the kernel's structures cannot be loaded");
	check_remedy(check, "run a kernel with CONFIG_DEBUG_INFO_BTF=y, or give its types with "
			    "watch --btf FILE");
}

void check_machine(struct checkup *c)
{
	check_version(c);
	check_capabilities(c);
	check_container(c);
	check_lockdown(c);
	check_secure_boot(c);
	check_unprivileged(c);
	check_jit(c);
	check_memlock(c);
	check_cgroups(c);
	check_types(c);
}
