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
#include "host/cgroup.h"

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
	if (meta->abi != LA_ABI_CHECKSUM || info.value_size != sizeof(*meta))
		return -ESTALE;
	return meta->n_scopes && meta->n_scopes <= PINS_SCOPES_MAX ? 0 : -EPROTO;
}

/* to: max rows of size bytes */
static int put_words(char *to, size_t max, size_t size, const struct policy_words *words)
{
	size_t i;

	if (words->n > max)
		return -E2BIG;
	for (i = 0; i < words->n; i++)
		if ((size_t)snprintf(to + i * size, size, "%s", words->v[i]) >= size)
			return -E2BIG;
	return 0;
}

static int put_policy(struct pins_policy *to, const struct policy *p)
{
	int r = 0;

#define WORDS(field, add, max, size) \
	to->field.n = p->field.n;    \
	r = r ?: put_words(to->field.v[0], max, size, &p->field);
#define ALLOWED(field, add)       \
	to->field.n = p->field.n; \
	memcpy(to->field.v, p->field.v, p->field.n * sizeof(p->field.v[0]));
#define NUMBER(field) to->field = p->field;
	POLICY_FIELDS(WORDS, ALLOWED, NUMBER)
#undef WORDS
#undef ALLOWED
#undef NUMBER
	return r;
}

bool pins_is_host(const struct pins_meta *meta)
{
	return meta->n_scopes && meta->scopes[0].id == CGROUP_ROOT_ID;
}

static int put_scopes(struct pins_meta *m, const struct scopes *scopes)
{
	size_t i;

	if (scopes->n > PINS_SCOPES_MAX)
		return -E2BIG;
	m->n_scopes = scopes->n;
	for (i = 0; i < scopes->n; i++) {
		m->scopes[i].id = scopes->v[i]->id;
		snprintf(m->scopes[i].path, sizeof(m->scopes[i].path), "%s", scopes->v[i]->path);
	}
	return 0;
}

int pins_describe(struct pins_meta *m, const struct scopes *scopes, const struct policy *policy)
{
	*m = (struct pins_meta){
		.magic = PINS_MAGIC,
		.abi = LA_ABI_CHECKSUM,
		.since = (uint64_t)time(NULL),
	};
	snprintf(m->version, sizeof(m->version), "%s", LEAKAUDIT_VERSION);
	return put_scopes(m, scopes) ?: put_policy(&m->policy, policy);
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

int pins_write_scope(const char *dir, struct pins_meta *meta, size_t i, uint64_t id)
{
	_cleanup_(closep) int fd = -1;
	uint32_t zero = 0;
	char path[PATH_MAX];

	meta_path(path, sizeof(path), dir);
	fd = bpf_obj_get(path);
	meta->scopes[i].id = id;
	return fd < 0 || bpf_map_update_elem(fd, &zero, meta, BPF_ANY) ? -errno : 0;
}

typedef int add_fn(struct policy *p, const char *word, struct fault *f);

/* from: n rows of size bytes */
static int take_words(struct policy *p, add_fn *add, const char *from, size_t n, size_t size)
{
	struct fault f = { 0 };
	size_t i;
	int r = 0;

	for (i = 0; i < n && !r; i++)
		r = add(p, from + i * size, &f);
	return r;
}

int pins_policy(const struct pins_meta *m, struct policy *p)
{
	const struct pins_policy *from = &m->policy;
	int r = 0;

#define WORDS(field, add, max, size) \
	r = r ?: take_words(p, add, from->field.v[0], MIN(from->field.n, max), size);
#define ALLOWED(field, add)                                      \
	p->field.n = MIN(from->field.n, ARRAY_SIZE(p->field.v)); \
	memcpy(p->field.v, from->field.v, p->field.n * sizeof(p->field.v[0]));
#define NUMBER(field) p->field = (uint32_t)from->field;
	POLICY_FIELDS(WORDS, ALLOWED, NUMBER)
#undef WORDS
#undef ALLOWED
#undef NUMBER
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
