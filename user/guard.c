/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "guard.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "cgroup.h"
#include "clsact.h"

static int fault(int r, char *msg, size_t size, const char *fmt, ...) _printf_(4, 5);

static int fault(int r, char *msg, size_t size, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, size, fmt, ap);
	va_end(ap);
	return r;
}

/* The directory of NAME, NAME+new or NAME+old. */
static int dir_of(const char *name, const char *state, bool make, char *path, char *msg, size_t size)
{
	int r = pins_root(path, PATH_MAX, make, msg, size);
	size_t len;

	if (r)
		return r;
	len = strlen(path);
	snprintf(path + len, PATH_MAX - len, "/%s%s", name, state);
	return 0;
}

static int remove_pins(const char *dir)
{
	clsact_release(dir);
	return pins_remove(dir);
}

static int exists_already(const char *name, const char *dir, char *msg, size_t size)
{
	struct pins_meta meta;
	time_t since;
	char when[32] = "?";
	int r = pins_read(dir, &meta);

	since = (time_t)meta.since;
	if (r != -EPROTO)
		strftime(when, sizeof(when), "%F %T", localtime(&since));
	return fault(-EEXIST, msg, size, "a guard '%s' holds already, since %s%s%s%s\n"
		     "change it with --replace, lift it with leakaudit guard --release %s",
		     name, when, r == -ESTALE ? ", made by version " : "",
		     r == -ESTALE ? meta.version : "", r == -EPROTO ? ", but what it is cannot be read" : "",
		     name);
}

int guard_make(struct guard **ret, const char *name, const struct scope *scope,
	       const struct policy *policy, uint64_t netns, uint64_t deadline, bool replace, char *msg,
	       size_t size)
{
	_cleanup_(guard_freep) struct guard *g = calloc(1, sizeof(*g));
	char there[PATH_MAX];
	int r;

	if (!g)
		return fault(-ENOMEM, msg, size, "no memory for a guard");
	g->lock = -1;
	snprintf(g->name, sizeof(g->name), "%s", name);
	r = dir_of(name, "", true, there, msg, size);
	if (r)
		return r;
	if (!replace && !access(there, F_OK))
		return exists_already(name, there, msg, size);
	if (pins_describe(&g->meta, scope, policy))
		return fault(-E2BIG, msg, size, "a guard remembers at most %d interfaces, of at most %d "
			     "characters, and %d cgroups\nname interfaces by a pattern", PINS_WORDS,
			     PINS_WORD_MAX - 1, PINS_PATHS);
	g->meta.netns = netns;
	g->meta.deadline = deadline;
	snprintf(g->dir, sizeof(g->dir), "%.*s+new", (int)(sizeof(g->dir) - 5), there);
	r = remove_pins(g->dir); /* of one that was killed while it was made */
	if (!r && mkdir(g->dir, 0700))
		r = -errno;
	if (!r)
		g->lock = pins_lock(g->dir);
	if (!r)
		r = g->lock < 0 ? g->lock : pins_write(g->dir, &g->meta);
	if (r)
		return fault(r, msg, size, "cannot make %s: %s\nanother guard of that name may be in the "
			     "making", g->dir, strerror(-r));
	*ret = take_ptr(g);
	return 0;
}

/* Both guards drop between the two renames. */
int guard_hold(struct guard *g, char *msg, size_t size)
{
	char there[PATH_MAX], old[PATH_MAX];
	int r = dir_of(g->name, "", false, there, msg, size);

	if (!r)
		r = dir_of(g->name, "+old", false, old, msg, size);
	if (r)
		return r;
	r = remove_pins(old); /* of one whose replacement was killed half-way */
	if (!r && rename(there, old) && errno != ENOENT)
		r = -errno;
	if (!r && rename(g->dir, there))
		r = -errno;
	if (r)
		return fault(r, msg, size, "cannot give the guard its name %s: %s", there, strerror(-r));
	snprintf(g->dir, sizeof(g->dir), "%s", there);
	g->held = true;
	r = remove_pins(old);
	return r ? fault(r, msg, size, "the former guard does not go, and drops too: %s: %s", old,
			 strerror(-r)) : 0;
}

static int read_meta(const char *name, char *dir, struct pins_meta *meta, char *msg, size_t size)
{
	int r = dir_of(name, "", false, dir, msg, size);

	r = r ?: pins_read(dir, meta);
	if (r == -ESTALE)
		return fault(r, msg, size, "guard '%s' was made by version %s, whose tables this one does not "
			     "read\nmake it anew: leakaudit guard --replace", name, meta->version);
	return r ? fault(r, msg, size, "there is no guard '%s'\nleakaudit guard --list has all", name) : 0;
}

int guard_describe(const char *name, struct pins_meta *meta, char *msg, size_t size)
{
	char dir[PATH_MAX];

	return read_meta(name, dir, meta, msg, size);
}

int guard_adopt(struct guard **ret, const char *name, char *msg, size_t size)
{
	_cleanup_(guard_freep) struct guard *g = calloc(1, sizeof(*g));
	int r;

	if (!g)
		return fault(-ENOMEM, msg, size, "no memory for a guard");
	g->lock = -1;
	g->adopted = g->held = true;
	snprintf(g->name, sizeof(g->name), "%s", name);
	r = read_meta(name, g->dir, &g->meta, msg, size);
	if (r)
		return r;
	g->lock = pins_lock(g->dir);
	if (g->lock < 0)
		return fault(-EBUSY, msg, size, "guard '%s' is being followed by another process\nend that one "
			     "first", name);
	r = pins_policy(&g->meta, &g->policy);
	if (r)
		return fault(r, msg, size, "cannot read the policy of guard '%s': %s", name, strerror(-r));
	*ret = take_ptr(g);
	return 0;
}

struct search {
	const struct scope *scope;
	char *name;
	size_t size;
};

static bool is_within(const struct scope *scope, const struct pins_meta *meta)
{
	size_t len = strlen(meta->scope);

	if (meta->scope_id == scope->id || meta->scope_id == CGROUP_ROOT_ID)
		return meta->scope_id == scope->id;
	return !strncmp(scope->path, meta->scope, len) && scope->path[len] == '/';
}

static int is_of_scope(void *arg, const char *name, const char *dir)
{
	const struct search *s = arg;
	struct pins_meta meta;

	if (pins_name_fault(name) || pins_read(dir, &meta) || !is_within(s->scope, &meta))
		return 0;
	snprintf(s->name, s->size, "%s", name);
	return 1;
}

bool guard_find(const struct scope *scope, char *name, size_t size)
{
	struct search s = { .scope = scope, .name = name, .size = size };

	return pins_each(is_of_scope, &s) == 1;
}

bool guard_holds(const struct guard *g)
{
	struct stat ours, there;

	return !fstat(g->lock, &ours) && !stat(g->dir, &there) && ours.st_ino == there.st_ino &&
	       ours.st_dev == there.st_dev;
}

void guard_free(struct guard *g)
{
	if (!g)
		return;
	if (!g->held && g->lock >= 0)
		remove_pins(g->dir);
	policy_clear(&g->policy);
	closep(&g->lock);
	free(g);
}

int guard_release(const char *name, char *msg, size_t size)
{
	static const char *const states[] = { "+new", "+old", "" };
	char dir[PATH_MAX];
	bool found = false;
	size_t i;
	int r;

	for (i = 0; i < ARRAY_SIZE(states); i++) {
		r = dir_of(name, states[i], false, dir, msg, size);
		if (r || access(dir, F_OK))
			continue;
		found = true;
		r = remove_pins(dir);
		if (r)
			return fault(r, msg, size, "cannot remove %s: %s", dir, strerror(-r));
	}
	return found ? 0 : fault(-ENOENT, msg, size, "there is no guard '%s'\nleakaudit guard --list has all",
				 name);
}
