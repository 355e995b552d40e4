/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ids to names: living and dead processes, used pids, cgroups' paths. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/cgroup.h"
#include "account/enrich.h"
#include "host/proc.h"
#include "host/users.h"
#include "unit.h"

/* As the kernel would have it: any time within the tick that /proc shows. */
static struct la_owner owner_of(pid_t pid, const char *comm)
{
	struct la_owner o = { .tgid = (uint32_t)pid };
	_cleanup_(closep) int proc = proc_open(pid);
	uint64_t ticks = 0;

	CHECK(proc >= 0 && proc_start_ticks(proc, &ticks) == 0);
	o.start_ns = ticks * (NSEC_PER_SEC / (uint64_t)sysconf(_SC_CLK_TCK)) + 1234567;
	memcpy(o.comm, comm, strnlen(comm, sizeof(o.comm)));
	return o;
}

static void test_process(void)
{
	struct la_owner o = owner_of(getpid(), "sixteen-letters!");
	char exe[PATH_MAX] = "", comm[17] = "";
	struct record_process p;
	struct enrich *e;

	CHECK_INT(enrich_open(&e, NULL), 0);
	if (!proc_is_initial()) {
		enrich_free(e);
		SKIP("needs the initial pid namespace");
	}
	CHECK(readlink("/proc/self/exe", exe, sizeof(exe) - 1) > 0);
	/* one that has executed another program since */
	enrich_process(e, &o, &p);
	CHECK_INT(p.pid, getpid());
	CHECK(!p.host_pid);
	CHECK_STR(p.name, "sixteen-letters!");
	CHECK_STR(p.executable, NULL);
	CHECK_INT(prctl(PR_GET_NAME, comm), 0);
	o = owner_of(getpid(), comm);
	enrich_process(e, &o, &p);
	CHECK_STR(p.name, comm);
	CHECK_STR(p.executable, exe);
	CHECK(!p.command_line && !p.parent_pid && !p.parent_name);
	CHECK(p.has_uid && p.uid == 0);
	CHECK(labs(p.start.tv_sec - time(NULL)) < 3600);
	CHECK_STR(p.user, users_are_initial() ? "root" : NULL);
	CHECK(!p.cgroup_path && !p.unit && !p.container && !p.cgroup_id);
	/* the pid of one that died, used again */
	o.start_ns -= NSEC_PER_SEC;
	enrich_process(e, &o, &p);
	CHECK_INT(p.pid, getpid());
	CHECK_STR(p.executable, NULL);
	o.start_ns = 0;
	enrich_process(e, &o, &p);
	CHECK_STR(p.executable, NULL);
	/* nobody, and a pid that nobody has */
	enrich_process(e, &(struct la_owner){ 0 }, &p);
	CHECK(!p.pid && !p.has_uid && !p.name && !p.executable);
	enrich_process(e, &(struct la_owner){ .tgid = 0x7ffffffe, .start_ns = 1, .cgroup = 77 },
		       &p);
	CHECK(p.pid == 0x7ffffffe && !p.name && !p.executable && p.cgroup_id == 77 &&
	      !p.cgroup_path);
	enrich_free(e);
	enrich_free(NULL);
}

static void test_dead(void)
{
	struct record_process p;
	char comm[17] = "";
	struct la_owner o;
	struct enrich *e;
	pid_t pid;
	int i;

	if (!proc_is_initial())
		SKIP("needs the initial pid namespace");
	CHECK_INT(enrich_open(&e, NULL), 0);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pause();
		_exit(0);
	}
	CHECK_INT(prctl(PR_GET_NAME, comm), 0);
	o = owner_of(pid, comm);
	enrich_process(e, &o, &p);
	CHECK(p.executable);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	enrich_process(e, &o, &p);
	CHECK(p.executable);
	CHECK_STR(p.name, comm);
	/* bounded: after many others it is forgotten, and nothing breaks */
	for (i = 1; i < 200000; i++)
		enrich_process(
			e, &(struct la_owner){ .tgid = 0x10000000 + (uint32_t)i, .start_ns = 1 },
			&p);
	enrich_process(e, &o, &p);
	CHECK_STR(p.executable, NULL);
	CHECK_STR(p.name, comm);
	enrich_free(e);
}

static void test_cgroup(void)
{
	struct la_owner o = owner_of(getpid(), "self");
	struct cgroup_mounts m = { 0 };
	struct record_process p;
	char path[300], below[64];
	struct enrich *e;
	struct stat st;

	if (geteuid() != 0)
		SKIP("needs root");
	if (cgroup_mounts(&m) < 0 || m.n == 0)
		SKIP("needs a cgroup v2 mount");
	snprintf(below, sizeof(below), "/leakaudit-test-%d.service", (int)getpid());
	snprintf(path, sizeof(path), "%s%s", m.v[0].path, below);
	CHECK_INT(mkdir(path, 0755), 0);
	CHECK_INT(stat(path, &st), 0);
	CHECK_INT(enrich_open(&e, m.v[0].path), 0);
	o.cgroup = st.st_ino;
	enrich_process(e, &o, &p);
	CHECK_STR(p.cgroup_path, below);
	CHECK_STR(p.unit, below + 1);
	CHECK_STR(p.container, NULL);
	CHECK_INT(p.cgroup_id, st.st_ino);
	o.cgroup = CGROUP_ROOT_ID;
	enrich_process(e, &o, &p);
	CHECK_STR(p.cgroup_path, "/");
	o.cgroup = UINT64_MAX;
	enrich_process(e, &o, &p);
	CHECK_STR(p.cgroup_path, NULL);
	o.cgroup = st.st_ino;
	/* it keeps its name when it is gone; one never seen has none */
	CHECK_INT(rmdir(path), 0);
	enrich_process(e, &o, &p);
	CHECK_STR(p.cgroup_path, below);
	enrich_free(e);
	CHECK_INT(enrich_open(&e, m.v[0].path), 0);
	enrich_process(e, &o, &p);
	CHECK_STR(p.cgroup_path, NULL);
	enrich_free(e);
	cgroup_mounts_clear(&m);
	CHECK(enrich_open(&e, "/nonexistent/leakaudit") < 0);
}

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void test_path_names(void)
{
	static const struct {
		const char *path, *unit;
	} cases[] = {
		{ "/", "" },
		{ "", "" },
		{ "/system.slice/transmission-daemon.service", "transmission-daemon.service" },
		{ "/system.slice/a.service/sub/b.service", "a.service" },
		{ "/system.slice/system-openvpn.slice/openvpn@client.service",
		  "openvpn@client.service" },
		{ "/user.slice/user-1000.slice/session-2.scope", "session-2.scope" },
		{ "/user.slice/user-1000.slice/user@1000.service/app.slice/app-aria2.scope",
		  "app-aria2.scope" },
		{ "/user.slice/user-1000.slice/user@1000.service", "user@1000.service" },
		{ "/user.slice", "" },
		{ "/init.scope", "init.scope" },
		{ "/system.slice/docker-" ID ".scope", "docker-" ID ".scope" },
		{ "/system.slice/docker-" ID ".scope/system.slice/nginx.service",
		  "docker-" ID ".scope" },
		{ "/docker/" ID, "" },
		{ "/kubepods/besteffort/pod1234/" ID, "" },
		{ "/kubepods.slice/kubepods-pod1.slice/cri-containerd-" ID ".scope",
		  "cri-containerd-" ID ".scope" },
		{ "/machine.slice/libpod-" ID ".scope/container", "libpod-" ID ".scope" },
		{ "/machine.slice/libpod-conmon-" ID ".scope", "libpod-conmon-" ID ".scope" },
		{ "/lxc.payload.web", "" },
		{ "/lxc.monitor.web", "" },
		{ "/lxc/web/init.scope", "init.scope" },
		{ "/docker/x" ID, "" },
		{ "/docker/" ID "0", "" },
		{ "/.service", "" },
		{ "//a.service//", "a.service" },
	};
	char buf[256], small[8];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		CHECK_INT(enrich_unit(cases[i].path, buf, sizeof(buf)), *cases[i].unit != '\0');
		CHECK_STR(buf, cases[i].unit);
	}
	CHECK(!enrich_unit("/long-name.service", small, sizeof(small)) && !*small);
}

/* A name with all that stat(5)'s parser could trip over. */
static void test_stat(void)
{
	uint64_t before = 0, after = 1;
	int proc = proc_open(getpid());
	char name[17] = "";

	CHECK_INT(proc_start_ticks(proc, &before), 0);
	prctl(PR_GET_NAME, name);
	prctl(PR_SET_NAME, ") R 1 2 ((\n) 3");
	CHECK_INT(proc_start_ticks(proc, &after), 0);
	prctl(PR_SET_NAME, name);
	CHECK(before && before == after);
	CHECK_INT(proc_ticks_of_ns(1999999999), 1999999999 / (1000000000 / sysconf(_SC_CLK_TCK)));
	close(proc);
	CHECK_INT(proc_open(0x7ffffffe), -ENOENT);
}

UNIT_MAIN("enrich", { "process", test_process }, { "dead", test_dead }, { "cgroup", test_cgroup },
	  { "path_names", test_path_names }, { "stat", test_stat })
