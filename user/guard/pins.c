/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pins.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>

#include "base/exit.h"

#define META "meta"
#define LOCK_POLL_MS 20

const char *pins_name_fault(const char *name)
{
	if (!*name)
		return "it is empty";
	if (name[0] == '-')
		return "it begins like an option";
	if (strlen(name) >= PINS_NAME_MAX)
		return "it is longer than 63 bytes";
	if (name[strspn(name,
			"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:@\\")])
		return "like a unit's name it may only have letters, digits, '-', '_', '.', ':', "
		       "'@' and '\\'";
	return NULL;
}

/*
 * bpffs reserves dots (bpf_lookup() in kernel/bpf/inode.c). They are stored as commas, which no
 * name has.
 */
static void swap_dots(char *name, char from, char to)
{
	for (; *name; name++)
		if (*name == from)
			*name = to;
}

void pins_dir_name(const char *name, char *buf, size_t size)
{
	snprintf(buf, size, "%s", name);
	swap_dots(buf, '.', ',');
}

void pins_default_name(const struct scope *scope, char *name, size_t size)
{
	const char *last = strrchr(scope->path, '/');
	char *at;

	snprintf(name, size, "%.63s", scope->host ? "host" : last ? last + 1 : scope->path);
	at = strstr(name, ".service");
	if (at && !at[8])
		*at = '\0';
	for (at = name; *at; at++) {
		char one[2] = { *at };

		if (*at == '.' || (*at != '-' && pins_name_fault(one)))
			*at = '_';
	}
	if (name[0] == '-')
		name[0] = '_';
}

/* --- meta --- */

static void meta_path(char *path, size_t size, const char *dir)
{
	snprintf(path, size, "%s/" META, dir);
}

int pins_read(const char *dir, struct pins_meta *meta)
{
	_cleanup_(freep) uint8_t *value = NULL;
	_cleanup_(closep) int fd = -1, dirfd = pins_open(dir);
	struct bpf_map_info info = { 0 };
	uint32_t len = sizeof(info), zero = 0;
	char path[PATH_MAX];

	*meta = (struct pins_meta){ 0 };
	if (dirfd < 0)
		return dirfd == -ENOENT ? -ENOENT : -EPROTO;
	meta_path(path, sizeof(path), dir);
	fd = bpf_obj_get(path);
	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len))
		return -EPROTO;
	value = calloc(1, MAX(info.value_size, sizeof(*meta)));
	if (!value)
		return -ENOMEM;
	if (bpf_map_lookup_elem(fd, &zero, value))
		return -EPROTO;
	memcpy(meta, value, MIN(info.value_size, sizeof(*meta)));
	if (meta->magic != PINS_MAGIC)
		return -EPROTO;
	meta->version[sizeof(meta->version) - 1] = '\0';
	return meta->abi == LA_ABI_CHECKSUM && info.value_size == sizeof(*meta) ? 0 : -ESTALE;
}

/* to: max rows of size bytes */
static int put_words(char *to, size_t max, size_t size, char *const *words, size_t n)
{
	size_t i;

	if (n > max)
		return -E2BIG;
	for (i = 0; i < n; i++)
		if ((size_t)snprintf(to + i * size, size, "%s", words[i]) >= size)
			return -E2BIG;
	return 0;
}

int pins_describe(struct pins_meta *m, const struct scope *scope, const struct policy *policy)
{
	int r;

	*m = (struct pins_meta){
		.magic = PINS_MAGIC,
		.abi = LA_ABI_CHECKSUM,
		.since = (uint64_t)time(NULL),
		.scope_id = scope->id,
		.drop = policy->drop,
		.lan_leaks = policy->lan_leaks,
		.n_allow = (uint32_t)policy->n_allow,
		.n_tunnels = (uint32_t)policy->n_tunnels,
		.n_exposed = (uint32_t)policy->n_exposed,
		.n_transports = (uint32_t)policy->n_transports,
	};
	snprintf(m->version, sizeof(m->version), "%s", LEAKAUDIT_VERSION);
	snprintf(m->scope, sizeof(m->scope), "%s", scope->path);
	memcpy(m->allow, policy->allow, policy->n_allow * sizeof(policy->allow[0]));
	r = put_words(m->tunnels[0], PINS_WORDS, PINS_WORD_MAX, policy->tunnels, policy->n_tunnels);
	if (!r)
		r = put_words(m->exposed[0], PINS_WORDS, PINS_WORD_MAX, policy->exposed,
			      policy->n_exposed);
	return r
		       ?: put_words(m->transports[0], PINS_PATHS, PINS_PATH_MAX, policy->transports,
				    policy->n_transports);
}

int pins_write(const char *dir, const struct pins_meta *meta)
{
	_cleanup_(closep) int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "la_meta", sizeof(uint32_t),
						  sizeof(*meta), 1, NULL);
	uint32_t zero = 0;
	char path[PATH_MAX];

	meta_path(path, sizeof(path), dir);
	if (fd < 0 || bpf_map_update_elem(fd, &zero, meta, BPF_ANY) || bpf_obj_pin(fd, path))
		return -errno;
	return 0;
}

int pins_policy(const struct pins_meta *m, struct policy *p)
{
	struct fault f;
	uint32_t i;
	int r = 0;

	for (i = 0; i < MIN(m->n_tunnels, PINS_WORDS) && !r; i++)
		r = policy_add_tunnel(p, m->tunnels[i], &f);
	for (i = 0; i < MIN(m->n_exposed, PINS_WORDS) && !r; i++)
		r = policy_add_exposed(p, m->exposed[i], &f);
	for (i = 0; i < MIN(m->n_transports, PINS_PATHS) && !r; i++)
		r = policy_add_transport(p, m->transports[i], &f);
	p->n_allow = MIN(m->n_allow, (uint32_t)LA_ALLOW_MAX);
	memcpy(p->allow, m->allow, p->n_allow * sizeof(p->allow[0]));
	p->lan_leaks = m->lan_leaks;
	p->drop = m->drop;
	return r;
}

/* --- directories --- */

int pins_each(pins_fn *fn, void *arg, struct fault *f)
{
	char root[PINS_ROOT_MAX], path[PINS_ROOT_MAX + NAME_MAX + 2], name[NAME_MAX + 1];
	_cleanup_(closedirp) DIR *d = NULL;
	const struct dirent *e;
	int r = pins_root(root, sizeof(root), false, f);

	if (r)
		return r == -ENOENT ? 0 : r;
	d = opendir(root);
	while (d && !r && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", root, e->d_name);
		snprintf(name, sizeof(name), "%s", e->d_name);
		swap_dots(name, ',', '.');
		r = fn(arg, name, path);
	}
	return r;
}

bool pins_lifted(const struct pins_meta *meta, time_t *ago)
{
	uint64_t ns = ktime_now();

	if (!meta->deadline || ns < meta->deadline)
		return false;
	*ago = (time_t)((ns - meta->deadline) / NSEC_PER_SEC);
	return true;
}

int pins_lock(const char *dir, unsigned int patience_ms)
{
	_cleanup_(closep) int fd = pins_open(dir);
	unsigned int waited;

	if (fd < 0)
		return fd;
	for (waited = 0; flock(fd, LOCK_EX | LOCK_NB); waited += LOCK_POLL_MS) {
		if (errno != EWOULDBLOCK || waited >= patience_ms)
			return -errno;
		poll(NULL, 0, LOCK_POLL_MS);
	}
	return take_fd(&fd);
}

pid_t pins_locker(const char *dir)
{
	_cleanup_(freep) char *line = NULL;
	FILE *f = fopen("/proc/locks", "re");
	unsigned int major, minor;
	unsigned long ino;
	size_t size = 0;
	pid_t pid, found = 0;
	struct stat st;

	if (f && stat(dir, &st))
		fclose(take_ptr(f));
	while (f && getline(&line, &size, f) > 0)
		if (sscanf(line, "%*u: FLOCK %*s WRITE %d %x:%x:%lu", &pid, &major, &minor, &ino) ==
			    4 &&
		    st.st_dev == makedev(major, minor) && st.st_ino == ino)
			found = pid;
	if (f)
		fclose(f);
	return found;
}

int pins_remove(const char *dir)
{
	_cleanup_(closedirp) DIR *d = opendir(dir);
	const struct dirent *e;
	int r = 0;

	if (!d)
		return errno == ENOENT ? 0 : -errno;
	/* meta first: if we are killed here, the rest is not taken for a guard */
	unlinkat(dirfd(d), META, 0);
	while ((e = readdir(d)))
		if (e->d_name[0] != '.' && unlinkat(dirfd(d), e->d_name, 0))
			r = -errno;
	return rmdir(dir) && !r ? -errno : r;
}
