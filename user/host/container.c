/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds containers in the paths of cgroups. */
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "component.h"
#include "container_priv.h"

#define ID_LEN 64 /* of most runtimes: sha256 in hex */

static bool equals(struct component c, const char *name)
{
	return c.len == strlen(name) && memcmp(c.s, name, c.len) == 0;
}

static struct component inner(struct component c, const char *prefix, const char *suffix)
{
	size_t n = strlen(prefix);

	return (struct component){ c.s + n, c.len - n - strlen(suffix) };
}

/* --- by name --- */

/* Those whose cgroup has the container's name, and is escaped as systemd escapes names. */
static const struct {
	const char *runtime, *prefix, *suffix;
	bool escaped;
} named[] = {
	{ "lxc", "lxc.payload.", "", false },
	{ "nspawn", "systemd-nspawn@", ".service", true },
	{ "nspawn", "machine-", ".scope", true },
};

/* machined lists virtual machines and libvirt's containers, too. */
static bool is_libvirts(struct component name)
{
	return component_starts(name, "qemu\\x2d") || component_starts(name, "lxc\\x2d");
}

/* Turns "\x2d" into "-". False: it is too long. */
static bool unescape(struct component c, char *buf, size_t size)
{
	size_t i, n = 0;
	char hex[3] = "";

	for (i = 0; i < c.len && n + 1 < size; i++) {
		if (c.len - i >= 4 && c.s[i] == '\\' && c.s[i + 1] == 'x') {
			memcpy(hex, c.s + i + 2, 2);
			buf[n++] = (char)strtoul(hex, NULL, 16);
			i += 3;
		} else {
			buf[n++] = c.s[i];
		}
	}
	buf[n] = '\0';
	return i == c.len && n && strlen(buf) == n;
}

static bool find_name(struct component c, struct component prev, struct container *ret)
{
	struct component name = c;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(named); i++)
		if (component_starts(c, named[i].prefix) &&
		    (!*named[i].suffix || component_ends(c, named[i].suffix)))
			break;
	if (i < ARRAY_SIZE(named))
		name = inner(c, named[i].prefix, named[i].suffix);
	else if (!equals(prev, "lxc"))
		return false;
	if (!name.len || name.len >= sizeof(ret->id) || is_libvirts(name))
		return false;
	ret->runtime = i < ARRAY_SIZE(named) ? named[i].runtime : "lxc";
	if (i < ARRAY_SIZE(named) && named[i].escaped)
		return unescape(name, ret->id, sizeof(ret->id));
	memcpy(ret->id, name.s, name.len);
	ret->id[name.len] = '\0';
	return true;
}

/* --- by id --- */

static size_t hex_digits(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && strchr("0123456789abcdef", s[n]))
		n++;
	return n;
}

bool container_is_hash(const char *id)
{
	return hex_digits(id, strlen(id)) == ID_LEN;
}

static const char *runtime_of(struct component c, struct component prev)
{
	static const char *const runtimes[][2] = {
		{ "docker-", "docker" },
		{ "libpod-", "podman" },
		{ "cri-containerd-", "containerd" },
		{ "nerdctl-", "containerd" },
		{ "crio-", "cri-o" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(runtimes); i++)
		if (component_starts(c, runtimes[i][0]))
			return runtimes[i][1];
	return equals(prev, "docker") ? "docker" : NULL;
}

/*
 * ID, docker-ID.scope, cri-containerd-ID.scope, crio-ID.scope, libpod-ID.scope. Not
 * libpod-conmon-ID.scope, which is the container's monitor.
 */
static bool find_id(struct component c, struct component prev, struct container *ret)
{
	const char *s = c.s, *id;

	if (component_ends(c, ".scope"))
		c.len -= strlen(".scope");
	if (c.len < ID_LEN)
		return false;
	id = s + c.len - ID_LEN;
	if (hex_digits(id, ID_LEN) != ID_LEN || (id > s && id[-1] != '-' && id[-1] != ':'))
		return false;
	if (memmem(s, c.len - ID_LEN, "conmon", strlen("conmon")))
		return false;
	ret->runtime = runtime_of(c, prev);
	memcpy(ret->id, id, ID_LEN);
	ret->id[ID_LEN] = '\0';
	return true;
}

bool container_of_path(const char *path, struct container *ret)
{
	struct component c, prev = { "", 0 };
	struct container one;
	bool found = false;

	for (c = component_next((struct component){ path, 0 }); c.len; c = component_next(c)) {
		if (find_id(c, prev, &one) || find_name(c, prev, &one)) {
			one.path_len = (size_t)(c.s + c.len - path);
			*ret = one;
			found = true;
		}
		prev = c;
	}
	return found;
}

bool container_of_cgroup(const char *root, const char *path, struct container *ret)
{
	return container_of_path(path, ret) || container_of_task(root, path, ret);
}
