/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "things.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd.h"
#include "config.h"
#include "guard/pins.h"
#include "host/cgroup.h"
#include "host/container.h"
#include "host/proc.h"
#include "policy/policy.h"
#include "report/sink.h"

/* To whom, and behind what. */
struct things {
	struct opt_offers *to;
	const char *head;
};

static void offer(const struct things *t, const char *word, const char *help)
{
	t->to->offer(t->to, t->head, word, help);
}

/* What was typed of the value. */
static const char *typed(const struct things *t)
{
	return t->to->typed + strlen(t->head);
}

static void commands(const struct things *t)
{
	for (const struct cmd *c = cmds; c->name; c++)
		offer(t, c->name, c->help);
}

static void interfaces(const struct things *t)
{
	struct if_nameindex *all = if_nameindex();

	for (struct if_nameindex *i = all; i && i->if_index; i++)
		offer(t, i->if_name, NULL);
	if (all)
		if_freenameindex(all);
}

static int offer_process(void *arg, pid_t pid)
{
	_cleanup_(closep) int proc = proc_open(pid);
	char word[16], name[16] = "";

	if (proc >= 0)
		proc_comm(proc, name, sizeof(name));
	snprintf(word, sizeof(word), "%d", (int)pid);
	offer(arg, word, strpbrk(name, "\t\n") ? NULL : name);
	return 0;
}

static void processes(const struct things *t)
{
	proc_each(offer_process, (void *)t);
}

/* --- files --- */

static bool is_directory(int dir, const char *name)
{
	struct stat st;

	return !fstatat(dir, name, &st, 0) && S_ISDIR(st.st_mode);
}

/* The entries of the directory that was typed so far. */
static void entries(const struct things *t, const char *path, bool directories_only)
{
	const char *slash = strrchr(path, '/');
	int len = slash ? (int)(slash - path + 1) : 0;
	char dir[PATH_MAX], word[PATH_MAX + NAME_MAX + 2];
	_cleanup_(closedirp) DIR *d = NULL;
	struct dirent *e;
	bool below;

	snprintf(dir, sizeof(dir), "%.*s", len, path);
	d = opendir(len ? dir : ".");
	while (d && (e = readdir(d))) {
		if (e->d_name[0] == '.' && path[len] != '.')
			continue;
		below = is_directory(dirfd(d), e->d_name);
		if (directories_only && !below)
			continue;
		snprintf(word, sizeof(word), "%s%s%s", dir, e->d_name, below ? "/" : "");
		offer(t, word, NULL);
	}
}

static void files(const struct things *t)
{
	entries(t, typed(t), false);
}

/* Outputs; what has a file's name behind it goes on with that. */
static void sinks(const struct things *t)
{
	size_t len = strcspn(typed(t), ":");
	char head[512], word[64];

	if (typed(t)[len]) {
		struct things behind = { t->to, head };

		snprintf(head, sizeof(head), "%s%.*s:", t->head, (int)len, typed(t));
		files(&behind);
		return;
	}
	for (const char *const *name = sink_names(); *name; name++) {
		if (sink_target(*name) != SINK_TARGET_NEEDED)
			offer(t, *name, NULL);
		snprintf(word, sizeof(word), "%s:", *name);
		offer(t, word, NULL);
	}
}

/* --- cgroups --- */

static void walk(const struct things *t, cgroup_fn *fn)
{
	const struct cgroup_mount *m;
	struct cgroup_mounts mounts;

	if (cgroup_mounts(&mounts))
		return;
	if (mounts.n) {
		m = cgroup_mount_of(&mounts, NULL);
		cgroup_walk(m->fd, m->path, fn, (void *)t);
	}
	cgroup_mounts_clear(&mounts);
}

static int offer_top(void *arg, int fd, const char *path)
{
	char word[PATH_MAX];

	(void)fd;
	snprintf(word, sizeof(word), "%s/", path);
	offer(arg, word, NULL);
	return -ECANCELED;
}

static void cgroups(const struct things *t)
{
	if (*typed(t))
		entries(t, typed(t), true);
	else
		walk(t, offer_top);
}

static bool is_unit(const char *name)
{
	static const char *const kinds[] = { ".service", ".scope", ".slice" };
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot && i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(dot, kinds[i]))
			return true;
	return false;
}

static int offer_unit(void *arg, int fd, const char *path)
{
	const char *name = strrchr(path, '/');

	(void)fd;
	if (name && is_unit(name + 1))
		offer(arg, name + 1, "runs");
	return 0;
}

/* Those that run, and services that could: they can be waited for. */
static void units(const struct things *t)
{
	static const char *const places[] = { "/etc/systemd/system", "/run/systemd/system",
					      "/usr/lib/systemd/system", "/lib/systemd/system" };
	struct dirent *e;

	walk(t, offer_unit);
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		_cleanup_(closedirp) DIR *d = opendir(places[i]);

		while (d && (e = readdir(d)))
			if (is_unit(e->d_name) && strstr(e->d_name, ".service") &&
			    !strstr(e->d_name, "@."))
				offer(t, e->d_name, NULL);
	}
}

static int offer_container(void *arg, int fd, const char *path)
{
	char name[CONTAINER_ID_SIZE];
	struct container c;

	(void)fd;
	if (!container_of_cgroup("", path, &c) || path[c.path_len])
		return 0;
	if (container_name(&c, "", path, name, sizeof(name)))
		offer(arg, name, c.runtime);
	else
		offer(arg, c.id, c.runtime);
	return CGROUP_SKIP;
}

static void containers(const struct things *t)
{
	walk(t, offer_container);
}

static int offer_guard(void *arg, const char *name, const char *dir)
{
	(void)dir;
	offer(arg, name, NULL);
	return 0;
}

static void guards(const struct things *t)
{
	struct fault f = { 0 };

	pins_each(offer_guard, (void *)t, &f);
}

static void users(const struct things *t)
{
	FILE *f = fopen("/etc/passwd", "re");
	const struct passwd *p;

	while (f && (p = fgetpwent(f)))
		offer(t, p->pw_name, NULL);
	if (f)
		fclose(f);
}

static void offer_instance(void *arg, const char *instance)
{
	offer(arg, instance, NULL);
}

/* check-config takes a file as well, which has a '/'. */
static void instances(const struct things *t)
{
	if (strchr(typed(t), '/'))
		files(t);
	config_each(offer_instance, (void *)t);
}

void things_offer(struct opt_offers *to, const char *head, const char *kind)
{
	static const struct {
		const char *kind;
		void (*each)(const struct things *t);
	} kinds[] = {
		{ "CGROUP", cgroups },	     { "CMD", files },		{ "COMMAND", commands },
		{ "CONTAINER", containers }, { "FILE", files },		{ "GUARD", guards },
		{ "IF", interfaces },	     { "INSTANCE", instances }, { "PID", processes },
		{ "SINK[:ARG]", sinks },     { "UNIT", units },		{ "USER", users },
	};
	struct things t = { to, head };

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(kinds[i].kind, kind))
			kinds[i].each(&t);
}

struct finder {
	struct opt_offers to;
	const char *kind, *word;
	bool found;
	char *nearest;
	size_t size;
};

static bool is_meant(const struct finder *f, const char *offered)
{
	size_t len = strlen(f->word);

	if (!strcmp(f->kind, "IF"))
		return policy_word_matches(f->word, offered);
	return !strncmp(f->word, offered, len) &&
	       (!offered[len] || (!strcmp(f->kind, "UNIT") && !strcmp(offered + len, ".service")));
}

static void without_ending(char *buf, size_t size, const char *name)
{
	const char *dot = strrchr(name, '.');

	snprintf(buf, size, "%.*s", dot ? (int)(dot - name) : (int)strlen(name), name);
}

static void compare(struct opt_offers *o, const char *head, const char *word, const char *help)
{
	struct finder *f = (struct finder *)o;
	char bare[3][NAME_MAX + 1];
	const char *valid[] = { bare[1], bare[2], NULL };

	(void)head;
	(void)help;
	f->found |= is_meant(f, word);
	/* a common ending makes nothing near */
	without_ending(bare[0], sizeof(bare[0]), f->word);
	without_ending(bare[1], sizeof(bare[1]), f->nearest);
	without_ending(bare[2], sizeof(bare[2]), word);
	if (bare[0][0] && bare[0][1] && opt_nearest(bare[0], valid) == bare[2])
		snprintf(f->nearest, f->size, "%s", word);
}

bool things_has(const char *kind, const char *word, char *nearest, size_t size)
{
	struct finder f = { { "", compare, NULL }, kind, word, false, nearest, size };

	*nearest = '\0';
	things_offer(&f.to, "", kind);
	return f.found;
}
