/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "permitted.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

#include "base/text.h"
#include "base/util.h"

/* Inode of /proc/self/ns/user on the host: PROC_USER_INIT_INO. */
#define INIT_USER_NS 0xEFFFFFFD

#define BIT(cap) (1ULL << (cap))

/* The use of the other capabilities. */
static const struct {
	int cap;
	const char *name, *without;
} wanted[] = {
	{ CAP_SYS_ADMIN, "CAP_SYS_ADMIN", "other network namespaces are not entered" },
	{ CAP_SYS_PTRACE, "CAP_SYS_PTRACE",
	  "other users' programs and namespaces are not read, nor a tunnel's daemon" },
	{ CAP_DAC_READ_SEARCH, "CAP_DAC_READ_SEARCH", "a cgroup's path is not found by its id" },
};

static uint64_t effective(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (syscall(SYS_capget, &header, sets))
		return 0;
	return (uint64_t)sets[1].effective << 32 | sets[0].effective;
}

/* For these two, CAP_SYS_ADMIN is accepted by the kernel as well. */
static bool has(uint64_t caps, int cap)
{
	return caps & BIT(cap) || (cap != CAP_NET_ADMIN && caps & BIT(CAP_SYS_ADMIN));
}

/* Writes names of missing capabilities in the form of AmbientCapabilities=. */
static void name_missing(uint64_t caps, char *buf, size_t size)
{
	static const struct {
		int cap;
		const char *name;
	} needed[] = {
		{ CAP_BPF, "CAP_BPF" },
		{ CAP_PERFMON, "CAP_PERFMON" },
		{ CAP_NET_ADMIN, "CAP_NET_ADMIN" },
	};
	size_t i, len = 0;

	buf[0] = '\0';
	for (i = 0; i < ARRAY_SIZE(needed); i++)
		if (!has(caps, needed[i].cap) && len < size)
			len += (size_t)snprintf(buf + len, size - len, "%s%s", len ? " " : "",
						needed[i].name);
}

static bool in_user_namespace(void)
{
	struct stat st;

	return !stat("/proc/self/ns/user", &st) && st.st_ino != INIT_USER_NS;
}

/*
 * The oldest kernel whose verifier, helpers and structs the programs are written for. Every other
 * feature is tried. An older kernel would fail at one of many places, with a text that names no
 * remedy.
 */
#define OLDEST_MAJOR 5
#define OLDEST_MINOR 15

int permitted_kernel(const char *release, struct fault *f)
{
	unsigned int major, minor;

	if (sscanf(release, "%u.%u", &major, &minor) != 2 || major > OLDEST_MAJOR ||
	    (major == OLDEST_MAJOR && minor >= OLDEST_MINOR))
		return 0;
	fault_say(f, -EOPNOTSUPP, "leakaudit needs Linux %u.%u or later, and this is Linux %s",
		  OLDEST_MAJOR, OLDEST_MINOR, release);
	return fault_help(f, -EOPNOTSUPP,
			  "boot a newer kernel: of this distribution's next release, or of its "
			  "backports");
}

int permitted(const char *doing, struct fault *f)
{
	struct utsname running;
	char missing[64];
	int r;

	r = uname(&running) ? 0 : permitted_kernel(running.release, f);
	if (r)
		return r;
	name_missing(effective(), missing, sizeof(missing));
	if (in_user_namespace()) {
		fault_say(f, -EPERM,
			  "%s is not possible in a user namespace (a rootless container): BPF "
			  "programs need capabilities of the host",
			  doing);
		return fault_help(f, -EPERM,
				  "run it on the host, or in a container that is not rootless");
	}
	if (!*missing)
		return 0;
	fault_say(f, -EPERM,
		  "%s needs %s, which this process does not have: it works with BPF programs and "
		  "maps",
		  doing, missing);
	return fault_help(f, -EPERM, "%s%s",
			  geteuid() ? "run it as root (sudo), or in a systemd unit with "
				      "AmbientCapabilities="
				    : "root lacks it here: in a container use --cap-add, in a "
				      "systemd unit CapabilityBoundingSet=",
			  missing);
}

int permitted_partly(struct fault *f)
{
	uint64_t caps = effective();
	char lacks[512];
	struct text t;
	size_t i;

	text_init(&t, lacks, sizeof(lacks));
	for (i = 0; i < ARRAY_SIZE(wanted); i++)
		if (!(caps & BIT(wanted[i].cap)))
			text_add(&t, "%swithout %s %s", t.len ? "; " : "", wanted[i].name,
				 wanted[i].without);
	return t.len ? fault_say(f, -EPERM, "%s", lacks) : 0;
}
