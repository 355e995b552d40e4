/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of containers, from the files of their runtimes. */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/util.h"
#include "container_priv.h"

/* A list of all containers of a host is read whole. */
#define FILE_MAX (32UL << 20)

struct lookup {
	struct container *c;
	const char *root;
	const char *run, *home; /* of the user whose container it is; NULL: it is root's */
	char *buf;
	size_t size;
	bool current; /* in a list: this entry is the container's */
};

/* Files of users may be anything: never wait for one, and never follow its last link. */
static char *read_file(const char *path, size_t *len)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	_cleanup_(freep) char *text = NULL;
	struct stat st;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) || (size_t)st.st_size > FILE_MAX)
		return NULL;
	text = malloc((size_t)st.st_size + 1);
	*len = 0;
	while (text && *len < (size_t)st.st_size &&
	       (n = read(fd, text + *len, (size_t)st.st_size - *len)) > 0)
		*len += (size_t)n;
	return take_ptr(text);
}

static bool is_name(const char *s)
{
	return *s && strlen(s) < CONTAINER_ID_SIZE && !strpbrk(s, "\\/ ");
}

static int take_name(struct lookup *l, const char *runtime, const char *name)
{
	if (!is_name(name))
		return 0;
	snprintf(l->buf, l->size, "%s", name);
	l->c->runtime = l->c->runtime ?: runtime;
	return 1;
}

int container_read_strings(const char *path, json_value_fn *fn, void *arg)
{
	_cleanup_(freep) char *text = NULL;
	size_t len;

	text = read_file(path, &len);
	return text ? json_strings(text, len, fn, arg) : 0;
}

/* Where a runtime keeps what outlives a boot. */
static void data_dir(const struct lookup *l, const char *name, char *buf, size_t size)
{
	if (l->home)
		snprintf(buf, size, "%s%s/.local/share/%s", l->root, l->home, name);
	else
		snprintf(buf, size, "%s/var/lib/%s", l->root, name);
}

/* --- Docker: config.v2.json has "Name":"/web" --- */

static int docker_string(void *arg, const struct json_value *s)
{
	if (s->depth != 1 || strcmp(s->key, "Name") || s->value[0] != '/')
		return 0;
	return take_name(arg, "docker", s->value + 1);
}

/* What a configuration of runc says of a mount: the container's own resolv.conf is in
 * DATA/containers/ID. */
static int docker_data_string(void *arg, const struct json_value *s)
{
	static const char part[] = "/containers/";
	const struct lookup *l = arg;
	const char *end = strstr(s->value, l->c->id);

	if (strcmp(s->key, "source") || !end || end - s->value < (int)strlen(part) ||
	    strncmp(end - strlen(part), part, strlen(part)))
		return 0;
	return snprintf(l->buf, l->size, "%.*s", (int)(end - strlen(part) - s->value), s->value) <
	       (int)l->size;
}

static bool docker_in(struct lookup *l, const char *root, const char *data)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s%s/containers/%s/config.v2.json", root, data, l->c->id);
	return container_read_strings(path, docker_string, l) > 0;
}

/* "data-root" may be anywhere: the low-level runtime says where. Snap's daemon has a directory of
 * its own. */
static bool docker_elsewhere(struct lookup *l)
{
	static const char *const daemons[] = { "docker", "snap.docker" };
	char path[PATH_SIZE], data[PATH_MAX];
	struct lookup of_data = *l;
	size_t i;

	of_data.buf = data;
	of_data.size = sizeof(data);
	for (i = 0; i < ARRAY_SIZE(daemons); i++) {
		snprintf(path, sizeof(path), "%s%s/%s/runtime-runc/moby/%s/state.json", l->root,
			 l->run ?: "/run", daemons[i], l->c->id);
		if (container_read_strings(path, docker_data_string, &of_data) > 0 &&
		    docker_in(l, l->root, data))
			return true;
	}
	return false;
}

static bool docker(struct lookup *l)
{
	char dir[PATH_MAX];

	data_dir(l, "docker", dir, sizeof(dir));
	return docker_in(l, "", dir) || docker_elsewhere(l);
}

/* --- Podman, CRI-O: the list of their storage, [{"id":ID,"names":[NAME]}] --- */

static int storage_string(void *arg, const struct json_value *s)
{
	struct lookup *l = arg;

	if (s->depth == 2 && !strcmp(s->key, "id"))
		l->current = !strcmp(s->value, l->c->id);
	if (s->depth != 3 || strcmp(s->key, "names") || !l->current)
		return 0;
	return take_name(l, "podman", s->value);
}

/* dir: that of a storage's containers */
static bool storage(struct lookup *l, const char *dir)
{
	static const char *const lists[] = { "containers.json", "volatile-containers.json" };
	char path[PATH_SIZE];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lists); i++) {
		l->current = false;
		snprintf(path, sizeof(path), "%s/%s", dir, lists[i]);
		if (container_read_strings(path, storage_string, l) > 0)
			return true;
	}
	return false;
}

static bool usual_storage(struct lookup *l)
{
	static const char *const drivers[] = { "overlay", "vfs", "btrfs", "zfs" };
	char dir[PATH_MAX], containers[PATH_SIZE];
	size_t i;

	data_dir(l, "containers/storage", dir, sizeof(dir));
	for (i = 0; i < ARRAY_SIZE(drivers); i++) {
		snprintf(containers, sizeof(containers), "%s/%s-containers", dir, drivers[i]);
		if (storage(l, containers))
			return true;
	}
	return false;
}

/* crun's status has "bundle":"DIR/ID/userdata", runc's state "labels":["bundle=DIR/ID/userdata"] */
static int bundle_string(void *arg, const struct json_value *s)
{
	struct lookup *l = arg;
	bool labels = !strcmp(s->key, "labels") && !strncmp(s->value, "bundle=", 7);

	if ((s->depth != 1 || strcmp(s->key, "bundle")) && !labels)
		return 0;
	return snprintf(l->buf, l->size, "%s", s->value + (labels ? 7 : 0)) < (int)l->size;
}

/* The storage may be anywhere: the low-level runtime says where. */
static bool bundle_storage(struct lookup *l)
{
	static const char *const states[][2] = { { "crun", "status" }, { "runc", "state.json" } };
	char path[PATH_SIZE], bundle[PATH_MAX], dir[PATH_SIZE], *end;
	struct lookup of_bundle = *l;
	size_t i;

	of_bundle.buf = bundle;
	of_bundle.size = sizeof(bundle);
	for (i = 0; i < ARRAY_SIZE(states); i++) {
		snprintf(path, sizeof(path), "%s%s/%s/%s/%s", l->root, l->run ?: "/run",
			 states[i][0], l->c->id, states[i][1]);
		if (container_read_strings(path, bundle_string, &of_bundle) <= 0)
			continue;
		end = strstr(bundle, l->c->id);
		if (!end)
			continue;
		*end = '\0';
		snprintf(dir, sizeof(dir), "%s%s", l->root, bundle);
		if (storage(l, dir))
			return true;
	}
	return false;
}

/* --- containerd: what Kubernetes and nerdctl note in the container's own configuration --- */

static int annotation_string(void *arg, const struct json_value *s)
{
	static const char *const keys[] = { "io.kubernetes.cri.container-name", "nerdctl/name" };
	size_t i;

	if (s->depth != 2 || strcmp(s->parent, "annotations"))
		return 0;
	for (i = 0; i < ARRAY_SIZE(keys); i++)
		if (!strcmp(s->key, keys[i]))
			return take_name(arg, "containerd", s->value);
	return 0;
}

static bool containerd(struct lookup *l)
{
	static const char *const spaces[] = { "k8s.io", "default" };
	char path[PATH_SIZE];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(spaces); i++) {
		snprintf(path, sizeof(path), CONTAINERD_CONFIG, l->root, spaces[i], l->c->id);
		if (container_read_strings(path, annotation_string, l) > 0)
			return true;
	}
	return false;
}

/* --- whose it is --- */

/* The user of "/user.slice/user-1000.slice/..."; 0: none. */
static uint64_t user_of(const char *path)
{
	static const char part[] = "/user-";
	const char *s = strstr(path, part);

	return s ? strtoul(s + strlen(part), NULL, 10) : 0;
}

static bool look_up(struct lookup *l)
{
	const char *runtime = l->c->runtime;

	if (!runtime)
		return docker(l) || bundle_storage(l) || usual_storage(l) || containerd(l);
	if (!strcmp(runtime, "docker"))
		return docker(l);
	if (!strcmp(runtime, "containerd"))
		return containerd(l);
	return bundle_storage(l) || usual_storage(l);
}

bool container_name(struct container *c, const char *root, const char *path, char *buf, size_t size)
{
	struct lookup l = { .c = c, .root = root, .buf = buf, .size = size };
	uint64_t uid = user_of(path);
	struct passwd pw, *user = NULL;
	char names[1024], run[32];

	if (c->runtime && (!strcmp(c->runtime, "lxc") || !strcmp(c->runtime, "nspawn")))
		return (size_t)snprintf(buf, size, "%s", c->id) < size;
	if (uid && !getpwuid_r((uid_t)uid, &pw, names, sizeof(names), &user) && user) {
		snprintf(run, sizeof(run), "/run/user/%u", (unsigned int)uid);
		l.run = run;
		l.home = user->pw_dir;
		if (look_up(&l))
			return true;
	}
	l.run = l.home = NULL;
	return look_up(&l) || (container_is_task(c) && take_name(&l, c->runtime, c->id));
}
