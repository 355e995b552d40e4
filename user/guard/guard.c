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

/* --- names of guards --- */

/*
 * How long to wait for another process. One that was killed releases its locks when it has ended,
 * and making a guard takes a second or two.
 */
#define PATIENCE_MS 5000
#define RETRY_MS 50

/* --list tests who follows a guard by taking the lock for a moment. */
#define LOOK_MS 200

/*
 * The lock of all names: while it is held, no guard gets or loses a name. It is not held while a
 * guard is loaded, so no process waits for another to load its guard.
 */
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
	fault_say(f, n->lock, "process %d has locked %s for too long: %s", pins_locker(n->root),
		  n->root, strerror(-n->lock));
	return fault_help(f, n->lock, "end it first");
}

/* Returns the directory of NAME, NAME+new or NAME+old in path. */
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

/*
 * If a process was killed between the two renames of take_name(), gives the old guard its name
 * back.
 */
static void restore_name(const struct names *n, const char *name)
{
	char there[PATH_MAX], old[PATH_MAX];

	dir_of(n, name, "", there);
	dir_of(n, name, "+old", old);
	if (!is_there(there) && is_there(old))
		rename(old, there);
}

static int unreadable(int r, const char *dir, struct fault *f)
{
	fault_say(f, r, "%s cannot be read; a guard may be in force there", dir);
	return fault_help(f, r,
			  "replace the guard with --replace, or remove it with leakaudit guard "
			  "--release NAME");
}

/* Waits a moment if another process was in the way. Returns whether to try again. */
static bool retry_after_pause(int r, unsigned int *waited)
{
	if (r != -EBUSY || *waited >= PATIENCE_MS)
		return false;
	poll(NULL, 0, RETRY_MS);
	*waited += RETRY_MS;
	return true;
}

/*
 * Locks the guard's directory. Pins are made and removed through the descriptor: so they are never
 * in another's directory, even if ours is renamed or removed meanwhile.
 */
static int take_directory(struct guard *g)
{
	g->lock = pins_lock(g->dir, LOOK_MS);
	snprintf(g->pins, sizeof(g->pins), "/proc/self/fd/%d", g->lock);
	return MIN(g->lock, 0);
}

/* --- making --- */

/* Refuse if a guard of that name is in force; an expired one does not count. */
static int refuse_existing(const char *name, const char *dir, struct fault *f)
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
	fault_say(f, -EEXIST, "a guard '%s' is in force since %s%s%s", name, when,
		  r ? ", made by version " : "", r ? meta.version : "");
	return fault_help(f, -EEXIST,
			  "change it with --replace, or lift it with leakaudit guard --release %s",
			  name);
}

/* Removes NAME+new if its maker was killed. -EBUSY: it is being made. */
static int remove_unfinished(const char *name, const char *dir, struct fault *f)
{
	_cleanup_(closep) int lock = pins_lock(dir, 0);
	int r;

	if (lock == -ENOENT)
		return 0;
	if (lock == -EWOULDBLOCK) {
		fault_say(f, -EBUSY, "another leakaudit, process %d, is making the guard '%s'",
			  pins_locker(dir), name);
		return fault_help(f, -EBUSY, "let it finish, or end it");
	}
	r = lock < 0 ? lock : remove_pins(dir);
	return r ? fault_say(f, r, "cannot remove %s: %s", dir, strerror(-r)) : 0;
}

/* Makes NAME+new. The lock on it shows that its maker is alive. */
static int begin(struct guard *g, bool replace, struct fault *f)
{
	_cleanup_(names_unlock) struct names names = { .lock = -1 };
	char there[PATH_MAX];
	int r = names_lock(&names, true, f);

	if (r)
		return r;
	restore_name(&names, g->name);
	r = replace ? 0 : refuse_existing(g->name, dir_of(&names, g->name, "", there), f);
	if (!r)
		r = remove_unfinished(g->name, dir_of(&names, g->name, "+new", g->dir), f);
	if (r)
		return r;
	r = pins_mkdir(g->dir) ?: take_directory(g);
	return r ? fault_say(f, r, "cannot make %s: %s", g->dir, strerror(-r)) : 0;
}

int guard_make(struct guard **ret, const char *name, const struct scopes *scopes,
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
	if (pins_describe(&g->meta, scopes, policy)) {
		fault_say(f, -E2BIG,
			  "a guard stores at most %d interfaces, of at most %d characters, %d "
			  "cgroups of daemons, and %d scopes",
			  POLICY_NAMES_MAX, POLICY_NAME_SIZE - 1, POLICY_PATHS_MAX,
			  PINS_SCOPES_MAX);
		return fault_help(f, -E2BIG, "name interfaces by a pattern");
	}
	g->meta.netns = netns;
	g->meta.deadline = deadline;
	do
		r = begin(g, replace, f);
	while (retry_after_pause(r, &waited));
	if (r)
		return r;
	r = pins_write(g->pins, &g->meta);
	if (r)
		return fault_say(f, r, "cannot write the guard's data to %s: %s", g->dir,
				 strerror(-r));
	*ret = take_ptr(g);
	return 0;
}

/*
 * Renames NAME to NAME+old and NAME+new to NAME. Between the two, both guards drop. If the second
 * rename fails, the old guard gets its name back.
 */
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
		return fault_say(f, -ESTALE,
				 "another process removed or moved %s while the guard was made: "
				 "the guard is not in force",
				 g->dir);
	if (r)
		return r;
	restore_name(&names, g->name);
	dir_of(&names, g->name, "", there);
	r = remove_pins(dir_of(&names, g->name, "+old",
			       old)); /* left by a process that was killed after its renames */
	if (!r)
		r = take_name(g->dir, there, old);
	if (r)
		return fault_say(f, r, "cannot give the guard its name %s: %s", there,
				 strerror(-r));
	snprintf(g->dir, sizeof(g->dir), "%s", there);
	g->held = true;
	if (!guard_holds(g))
		return fault_say(f, -ESTALE, "another process has put another guard at %s", there);
	r = remove_pins(old);
	return r ? fault_say(f, r,
			     "the former guard cannot be removed and still drops, too: %s: %s", old,
			     strerror(-r))
		 : 0;
}

/* --- following --- */

/* Reads the meta data. It does not change while the names are locked. */
static int read_meta(struct names *names, const char *name, char *dir, struct pins_meta *meta,
		     struct fault *f)
{
	int r = names_lock(names, false, f);

	if (r && r != -ENOENT)
		return r;
	if (!r) {
		restore_name(names, name);
		r = pins_read(dir_of(names, name, "", dir), meta);
	}
	if (r == -ENOENT) {
		fault_say(f, r, "there is no guard '%s'", name);
		return fault_help(f, r, "leakaudit guard --list");
	}
	if (r == -ESTALE) {
		fault_say(f, r,
			  "guard '%s' was made by another build (version %s), and this one cannot "
			  "read its tables",
			  name, meta->version);
		return fault_help(f, r, "replace it: leakaudit guard --replace");
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
		fault_say(f, -EBUSY, "guard '%s' is followed by another process, %d", name,
			  pins_locker(g->dir));
		return fault_help(f, -EBUSY, "end it first");
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

static bool is_within_one(const struct scope *scope, const struct pins_scope *of)
{
	size_t len = strlen(of->path);

	if (of->id == scope->id || of->id == CGROUP_ROOT_ID)
		return of->id == scope->id;
	/* at its path: made again since */
	return !strncmp(scope->path, of->path, len) &&
	       (!scope->path[len] || scope->path[len] == '/');
}

/*
 * Whether the guard is for the scope or for one around it. A service that is not running has no
 * cgroup yet; its guard is found by its name, as leakaudit-guard@.service gives it.
 */
static bool is_within(const struct scope *scope, const char *name, const struct pins_meta *meta)
{
	size_t stem = strlen(name), i;

	if (scope->fd < 0 && scope->path[0] != '/')
		return !strncmp(scope->path, name, stem) && !strcmp(scope->path + stem, ".service");
	for (i = 0; i < meta->n_scopes; i++)
		if (is_within_one(scope, &meta->scopes[i]))
			return true;
	return false;
}

/* A pins_fn. A guard may be there under any of its names. */
static int is_of_scope(void *arg, const char *name, const char *dir)
{
	const struct search *s = arg;
	char base[PINS_NAME_MAX], there[PATH_MAX];
	struct pins_meta meta;
	time_t ago;

	(void)dir;
	snprintf(base, sizeof(base), "%.*s", (int)strcspn(name, "+"), name);
	restore_name(s->names, base);
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

/* Removes NAME and NAME+old, or for NAME+new only that. */
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
	restore_name(&names, name);
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
	while (retry_after_pause(r, &waited));
	if (r != -ENOENT)
		return r;
	fault_say(f, r, "there is no guard '%s'", name);
	return fault_help(f, r, "leakaudit guard --list");
}
