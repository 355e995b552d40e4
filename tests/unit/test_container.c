/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "host/container.h"
#include "base/util.h"
#include "unit.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ID2 "ff23456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void test_paths(void)
{
	static const struct {
		const char *path, *runtime, *id, *below;
	} cases[] = {
		{ "/", "", "", "" },
		{ "", "", "", "" },
		{ "/user.slice/user-1000.slice/session-2.scope", "", "", "" },
		{ "/system.slice/docker-" ID ".scope", "docker", ID, "" },
		{ "/system.slice/docker-" ID ".scope/system.slice/nginx.service", "docker", ID,
		  "/system.slice/nginx.service" },
		{ "/docker/" ID, "docker", ID, "" },
		{ "/kubepods/besteffort/pod1234/" ID, "", ID, "" },
		{ "/kubepods.slice/kubepods-pod1.slice/cri-containerd-" ID ".scope", "containerd",
		  ID, "" },
		{ "/kubepods.slice/kubepods-pod1.slice/crio-" ID ".scope", "cri-o", ID, "" },
		{ "/kubepods.slice/crio-conmon-" ID ".scope", "", "", "" },
		{ "/user.slice/nerdctl-" ID ".scope", "containerd", ID, "" },
		{ "/machine.slice/libpod-" ID ".scope/container", "podman", ID, "/container" },
		{ "/machine.slice/libpod-conmon-" ID ".scope", "", "", "" },
		{ "/system.slice/web.service/libpod-payload-" ID, "podman", ID, "" },
		{ "/docker/" ID "/docker/" ID2, "docker", ID2, "" },
		{ "/lxc.payload.web", "lxc", "web", "" },
		{ "/lxc.payload.web/system.slice/a.service", "lxc", "web",
		  "/system.slice/a.service" },
		{ "/lxc.monitor.web", "", "", "" },
		{ "/lxc/web/init.scope", "lxc", "web", "/init.scope" },
		{ "/machine.slice/machine-my\\x2dbox.scope/payload", "nspawn", "my-box",
		  "/payload" },
		{ "/machine.slice/systemd-nspawn@box.service/payload", "nspawn", "box",
		  "/payload" },
		{ "/machine.slice/machine-qemu\\x2d1\\x2dvm.scope", "", "", "" },
		{ "/machine.slice/machine-x\\x00y.scope", "", "", "" },
		{ "/docker/x" ID, "", "", "" },
		{ "/docker/" ID "0", "", "", "" },
	};
	struct container c;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		memset(&c, 0, sizeof(c));
		if (!CHECK_INT(container_of_path(cases[i].path, &c), *cases[i].id != '\0'))
			printf("# %s\n", cases[i].path);
		CHECK_STR(c.runtime ?: "", cases[i].runtime);
		CHECK_STR(c.id, cases[i].id);
		if (*cases[i].id)
			CHECK_STR(cases[i].path + c.path_len, cases[i].below);
	}
}

static char root[] = "/tmp/leakaudit-container-XXXXXX";

static void write_file(const char *path, const char *text)
{
	char full[512], *s;
	FILE *f;

	snprintf(full, sizeof(full), "%s%s", root, path);
	for (s = full + 1; (s = strchr(s, '/')); *s++ = '/') {
		*s = '\0';
		mkdir(full, 0755);
	}
	f = fopen(full, "w");
	if (CHECK(f != NULL)) {
		fputs(text, f);
		fclose(f);
	}
}

static const char *name_of(const char *path)
{
	static char name[CONTAINER_ID_SIZE];
	struct container c;

	if (!container_of_cgroup(root, path, &c) ||
	    !container_name(&c, root, path, name, sizeof(name)))
		return "";
	return name;
}

static void test_names(void)
{
	if (!CHECK(mkdtemp(root) != NULL))
		return;
	CHECK_STR(name_of("/docker/" ID), "");
	write_file("/var/lib/docker/containers/" ID "/config.v2.json",
		   "{\"Config\":{\"Name\":\"/not-this\"},\"ID\":\"" ID "\",\"Name\":\"/web\"}");
	CHECK_STR(name_of("/docker/" ID), "web");
	CHECK_STR(name_of("/system.slice/docker-" ID ".scope"), "web");
	CHECK_STR(name_of("/system.slice/docker-" ID2 ".scope"), "");
	write_file("/var/lib/containers/storage/overlay-containers/containers.json",
		   "[{\"id\":\"" ID
		   "\",\"names\":[\"one\"],\"metadata\":\"{\\\"name\\\":\\\"x\\\"}\"},"
		   "{\"id\":\"" ID2 "\",\"names\":[\"two\",\"zwei\"]}]");
	CHECK_STR(name_of("/machine.slice/libpod-" ID ".scope"), "one");
	CHECK_STR(name_of("/machine.slice/libpod-" ID2 ".scope/container"), "two");
	/* kept elsewhere, which the low-level runtime knows */
	write_file("/run/crun/" ID "/status",
		   "{\"pid\":1,\"bundle\":\"/srv/vfs-containers/" ID "/userdata\"}");
	write_file("/srv/vfs-containers/containers.json",
		   "[{\"id\":\"" ID "\",\"names\":[\"elsewhere\"]}]");
	CHECK_STR(name_of("/machine.slice/libpod-" ID ".scope"), "elsewhere");
	write_file("/run/containerd/io.containerd.runtime.v2.task/k8s.io/" ID "/config.json",
		   "{\"annotations\":{\"io.kubernetes.cri.container-name\":\"pod\"}}");
	CHECK_STR(name_of("/kubepods.slice/cri-containerd-" ID ".scope"), "pod");
	CHECK_STR(name_of("/lxc.payload.box"), "box");
}

/* The id is what somebody has chosen: only with what containerd knows of it is it a container. */
static void test_tasks(void)
{
	struct container c;

	CHECK(!container_of_cgroup(root, "/default/web", &c));
	write_file("/run/containerd/io.containerd.runtime.v2.task/default/web/config.json",
		   "{\"hostname\":\"cgroupsPath\",\"linux\":{\"cgroupsPath\":\"/default/web\"}}");
	CHECK_STR(name_of("/default/web"), "web");
	CHECK(!container_of_cgroup(root, "/default/web2", &c));
	CHECK(!container_of_cgroup(root, "/other/web", &c));
	if (CHECK(container_of_cgroup(root, "/default/web/init.scope", &c))) {
		CHECK_STR(c.runtime, "containerd");
		CHECK_STR(c.id, "web");
		CHECK_STR(&"/default/web/init.scope"[c.path_len], "/init.scope");
	}
}

/* What a user writes there is only a name if it looks like one. */
static void test_forged_names(void)
{
	write_file("/var/lib/docker/containers/" ID "/config.v2.json", "{\"Name\":\"/a/b\"}");
	CHECK_STR(name_of("/docker/" ID), "");
	write_file("/var/lib/docker/containers/" ID "/config.v2.json", "{\"Name\":\"/\"}");
	CHECK_STR(name_of("/docker/" ID), "");
	write_file("/var/lib/docker/containers/" ID "/config.v2.json", "{\"Name\":\"/cut");
	CHECK_STR(name_of("/docker/" ID), "");
}

static void test_tidy(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", root);
	CHECK_INT(system(command), 0);
}

UNIT_MAIN("container", { "paths", test_paths }, { "names", test_names }, { "tasks", test_tasks },
	  { "forged_names", test_forged_names }, { "tidy", test_tidy })
