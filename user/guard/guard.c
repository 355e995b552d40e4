/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "guard.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "host/cgroup.h"
#include "datapath/clsact.h"

/* --- names, and what has them --- */

/* How long somebody else may be in the way: one that is killed gives up its locks
 * when it has ended, and a guard is made within a second or two. */
#define PATIENCE_MS 5000
#define RETRY_MS 50

/* --list looks who follows by taking the lock itself, for a moment. */
#define LOOK_MS 200

/* Which guard has which name, while nobody else can change that. Never held while a
 * guard is loaded, so that none waits for the making of another. */
struct names {
	char root[PINS_ROOT_MAX];
	int lock;
};

static void names_unlock(struct names *n)
{
	closep(&n->lock);
}

static int names_lock(struct names *n, bool make, struct fault *f)
{
	int r = pins_root(n->root, sizeof(n->root), make, f);

	n->lock = r ? r : pins_lock(n->root, PATIENCE_MS);
	if (r || n->lock >= 0)
		return r;
	fault_say(f, n->lock, "process %d has %s locked, and does not go on: %s",
		  pins_locker(n->root), n->root, strerror(-n->lock));
	return fault_help(f, n->lock, "end it first");
}

/* The directory of NAME, NAME+new or NAME+old. */
static const char *dir_of(const struct names *n, const char *name, const char *state, char *path)
{
	char dir[PINS_NAME_MAX];

	pins_dir_name(name, dir, sizeof(dir));
	snprintf(path, PATH_MAX, "%s/%s%s", n->root, dir, state);
	return path;
}

static bool is_there(const char *path)
{
	struct stat st;

	return !lstat(path, &st) || errno != ENOENT;
}

static int remove_pins(const char *dir)
{
	clsact_release(dir);
	return pins_remove(dir);
}

/* One that replaced it was killed between take_name()'s two renames: what has held all
 * along has its name again. */
static void heal(const struct names *n, const char *name)
{
	char there[PATH_MAX], old[PATH_MAX];

	dir_of(n, name, "", there);
	dir_of(n, name, "+old", old);
	if (!is_there(there) && is_there(old))
		rename(old, there);
}

static int unreadable(int r, const char *dir, struct fault *f)
{
	fault_say(f, r, "%s cannot be read, and may hold something or nothing", dir);
	return fault_help(f, r,
			  "make the guard anew with --replace, or remove it with leakaudit guard "
			  "--release NAME");
}

/* Whether to try again, after a moment, since somebody was in the way. */
static bool again(int r, unsigned int *waited)
{
	if (r != -EBUSY || *waited >= PATIENCE_MS)
		return false;
	poll(NULL, 0, RETRY_MS);
	*waited += RETRY_MS;
	return true;
}

/* Its directory is ours from now on. What is pinned and unpinned by way of the
 * descriptor is never in another's, whoever renames or removes it meanwhile. */
static int take_directory(struct guard *g)
{
	g->lock = pins_lock(g->dir, LOOK_MS);
	snprintf(g->pins, sizeof(g->pins), "/proc/self/fd/%d", g->lock);
	return MIN(g->lock, 0);
}

/* --- making --- */

/* Who would be in the way of a new guard: not one that has lifted itself. */
static int refuse_another(const char *name, const char *dir, struct fault *f)
{
	struct pins_meta meta;
	char when[32];
	time_t since, ago;
	int r = pins_read(dir, &meta);

	if (r == -ENOENT || (!r && pins_lifted(&meta, &ago)))
		return 0;
	if (r && r != -ESTALE)
		return unreadable(-EEXIST, dir, f);
	since = (time_t)meta.since;
	strftime(when, sizeof(when), "%F %T", localtime(&since));
	fault_say(f, -EEXIST, "a guard '%s' holds already, since %s%s%s", name, when,
		  r ? ", made by version " : "", r ? meta.version : "");
	return fault_help(f, -EEXIST,
			  "change it with --replace, lift it with leakaudit guard --release %s",
			  name);
}

/* NAME+new of one that was killed while it was made goes. -EBUSY: it is being made. */
static int remove_unfinished(const char *name, const char *dir, struct fault *f)
{
	_cleanup_(closep) int lock = pins_lock(dir, 0);
	int r;

	if (lock == -ENOENT)
		return 0;
	if (lock == -EWOULDBLOCK) {
		fault_say(f, -EBUSY, "process %d, another leakaudit, is making the guard '%s'",
			  pins_locker(dir), name);
		return fault_help(f, -EBUSY, "let it finish, or end it");
	}
	r = lock < 0 ? lock : remove_pins(dir);
	return r ? fault_say(f, r, "cannot remove %s: %s", dir, strerror(-r)) : 0;
}

/* Takes NAME+new, whose lock says that we are alive. */
static int begin(struct guard *g, bool replace, struct fault *f)
{
	_cleanup_(names_unlock) struct names names = { .lock = -1 };
	char there[PATH_MAX];
	int r = names_lock(&names, true, f);

	if (r)
		return r;
	heal(&names, g->name);
	r = replace ? 0 : refuse_another(g->name, dir_of(&names, g->name, "", there), f);
	if (!r)
		r = remove_unfinished(g->name, dir_of(&names, g->name, "+new", g->dir), f);
	if (r)
		return r;
	r = pins_mkdir(g->dir) ?: take_directory(g);
	return r ? fault_say(f, r, "cannot make %s: %s", g->dir, strerror(-r)) : 0;
}

int guard_make(struct guard **ret, const char *name, const struct scope *scope,
	       const struct policy *policy, uint64_t netns, uint64_t deadline, bool replace,
	       struct fault *f)
{
	_cleanup_(guard_freep) struct guard *g = calloc(1, sizeof(*g));
	unsigned int waited = 0;
	int r;

	if (!g)
		return fault_say(f, -ENOMEM, "no memory for a guard");
	g->lock = -1;
	snprintf(g->name, sizeof(g->name), "%s", name);
	if (pins_describe(&g->meta, scope, policy)) {
		fault_say(f, -E2BIG,
			  "a guard remembers at most %d interfaces, of at most %d characters, and "
			  "%d cgroups",
			  PINS_WORDS, PINS_WORD_MAX - 1, PINS_PATHS);
		return fault_help(f, -E2BIG, "name interfaces by a pattern");
	}
	g->meta.netns = netns;
	g->meta.deadline = deadline;
	do
		r = begin(g, replace, f);
	while (again(r, &waited));
	if (r)
		return r;
	r = pins_write(g->pins, &g->meta);
	if (r)
		return fault_say(f, r, "cannot write what the guard is to %s: %s", g->dir,
				 strerror(-r));
	*ret = take_ptr(g);
	return 0;
}

/* Both guards drop between the two renames; and the old one goes on, under its name,
 * when the second fails. */
static int take_name(const char *dir, const char *there, const char *old)
{
	int r;

	if (rename(there, old) && errno != ENOENT)
		return -errno;
	if (!rename(dir, there))
		return 0;
	r = -errno;
	rename(old, there);
	return r;
}

int guard_hold(struct guard *g, struct fault *f)
{
	_cleanup_(names_unlock) struct names names = { .lock = -1 };
	char there[PATH_MAX], old[PATH_MAX];
	int r = names_lock(&names, false, f);

	if (r == -ENOENT || (!r && !guard_holds(g)))
		return fault_say(
			f, -ESTALE,
			"somebody removed or moved %s while the guard was made: it does not hold",
			g->dir);
	if (r)
		return r;
	heal(&names, g->name);
	dir_of(&names, g->name, "", there);
	r = remove_pins(dir_of(&names, g->name, "+old",
			       old)); /* of one that was killed after its renames */
	if (!r)
		r = take_name(g->dir, there, old);
	if (r)
		return fault_say(f, r, "cannot give the guard its name %s: %s", there,
				 strerror(-r));
	snprintf(g->dir, sizeof(g->dir), "%s", there);
	g->held = true;
	if (!guard_holds(g))
		return fault_say(f, -ESTALE, "somebody else has put another guard at %s", there);
	r = remove_pins(old);
	return r ? fault_say(f, r, "the former guard does not go, and drops too: %s: %s", old,
			     strerror(-r))
		 : 0;
}

/* --- following --- */

/* It stays what was read for as long as the names are locked. */
static int read_meta(struct names *names, const char *name, char *dir, struct pins_meta *meta,
		     struct fault *f)
{
	int r = names_lock(names, false, f);

	if (r && r != -ENOENT)
		return r;
	if (!r) {
		heal(names, name);
		r = pins_read(dir_of(names, name, "", dir), meta);
	}
	if (r == -ENOENT) {
		fault_say(f, r, "there is no guard '%s'", name);
		return fault_help(f, r, "leakaudit guard --list has all");
	}
	if (r == -ESTALE) {
		fault_say(f, r,
			  "guard '%s' was made by another build (version %s), whose tables this "
			  "one does not read",
			  name, meta->version);
		return fault_help(f, r, "make it anew: leakaudit guard --replace");
	}
	return r ? unreadable(r, dir, f) : 0;
}

int guard_describe(const char *name, struct pins_meta *meta, struct fault *f)
{
	_cleanup_(names_unlock) struct names names = { .lock = -1 };
	char dir[PATH_MAX];

	return read_meta(&names, name, dir, meta, f);
}

int guard_adopt(struct guard **ret, const char *name, struct fault *f)
{
	_cleanup_(names_unlock) struct names names = { .lock = -1 };
	_cleanup_(guard_freep) struct guard *g = calloc(1, sizeof(*g));
	int r;

	if (!g)
		return fault_say(f, -ENOMEM, "no memory for a guard");
	g->lock = -1;
	g->adopted = g->held = true;
	snprintf(g->name, sizeof(g->name), "%s", name);
	r = read_meta(&names, name, g->dir, &g->meta, f);
	if (r)
		return r;
	if (take_directory(g)) {
		fault_say(f, -EBUSY, "guard '%s' is being followed by another process, %d", name,
			  pins_locker(g->dir));
		return fault_help(f, -EBUSY, "end that one first");
	}
	r = pins_policy(&g->meta, &g->policy);
	if (r)
		return fault_say(f, r, "cannot read the policy of guard '%s': %s", name,
				 strerror(-r));
	*ret = take_ptr(g);
	return 0;
}

struct search {
	const struct scope *scope;
	const struct names *names;
	char *name;
	size_t size;
};

/* Of a service that does not run, where it will lie is not known; but that its guard
 * has its name, as leakaudit-guard@.service gives it. */
static bool is_within(const struct scope *scope, const char *name, const struct pins_meta *meta)
{
	size_t len = strlen(meta->scope), stem = strlen(name);

	if (scope->fd < 0 && scope->path[0] != '/')
		return !strncmp(scope->path, name, stem) && !strcmp(scope->path + stem, ".service");
	if (meta->scope_id == scope->id || meta->scope_id == CGROUP_ROOT_ID)
		return meta->scope_id == scope->id;
	return !strncmp(scope->path, meta->scope, len) && scope->path[len] == '/';
}

/* By whichever of its names it lies there. */
static int is_of_scope(void *arg, const char *name, const char *dir)
{
	const struct search *s = arg;
	char base[PINS_NAME_MAX], there[PATH_MAX];
	struct pins_meta meta;
	time_t ago;

	(void)dir;
	snprintf(base, sizeof(base), "%.*s", (int)strcspn(name, "+"), name);
	heal(s->names, base);
	if (pins_read(dir_of(s->names, base, "", there), &meta) || pins_lifted(&meta, &ago) ||
	    !is_within(s->scope, base, &meta))
		return 0;
	snprintf(s->name, s->size, "%s", base);
	return 1;
}

bool guard_find(const struct scope *scope, char *name, size_t size)
{
	_cleanup_(names_unlock) struct names names = { .lock = -1 };
	struct search s = { .scope = scope, .names = &names, .name = name, .size = size };
	struct fault f;

	return !names_lock(&names, false, &f) && pins_each(is_of_scope, &s, &f) == 1;
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
	if (!g->held && g->lock >= 0 && guard_holds(g))
		remove_pins(g->dir);
	policy_clear(&g->policy);
	closep(&g->lock);
	free(g);
}

/* NAME, or NAME+new: that alone, and not what holds under that name. */
static int remove_guard(const char *name, struct fault *f)
{
	static const char *const states[] = { "+old", "" };
	_cleanup_(names_unlock) struct names names = { .lock = -1 };
	size_t len = strcspn(name, "+"), i;
	bool half = !strcmp(name + len, "+new"), found;
	char base[PINS_NAME_MAX], dir[PATH_MAX];
	int r = names_lock(&names, false, f);

	if (r)
		return r;
	snprintf(base, sizeof(base), "%.*s", (int)(half ? len : strlen(name)), name);
	name = base;
	heal(&names, name);
	found = is_there(dir_of(&names, name, "+new", dir));
	r = remove_unfinished(name, dir, f);
	for (i = 0; !r && !half && i < ARRAY_SIZE(states); i++) {
		if (!is_there(dir_of(&names, name, states[i], dir)))
			continue;
		found = true;
		r = remove_pins(dir);
		if (r)
			fault_say(f, r, "cannot remove %s: %s", dir, strerror(-r));
	}
	return found ? r : -ENOENT;
}

int guard_release(const char *name, struct fault *f)
{
	unsigned int waited = 0;
	int r;

	do
		r = remove_guard(name, f);
	while (again(r, &waited));
	if (r != -ENOENT)
		return r;
	fault_say(f, r, "there is no guard '%s'", name);
	return fault_help(f, r, "leakaudit guard --list has all");
}
