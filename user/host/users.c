/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "users.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/util.h"

#define PASSWD "/etc/passwd"
#define CACHED 64

/* Between two looks at the file: there may be a hundred thousand events in a second. */
#define LOOK_PAUSE (NSEC_PER_SEC / 10)

struct users {
	uint64_t changes;
	uint64_t looked; /* ktime */
	struct timespec changed; /* of the file, when the names were read */
	struct {
		uint32_t uid;
		bool known; /* that there is a name, or that there is none */
		char *name;
	} cache[CACHED]; /* by the low bits of the uid */
};

int users_find(const char *name, struct user *ret)
{
	FILE *f = fopen(PASSWD, "re");
	const struct passwd *p;

	if (!f)
		return -errno;
	while ((p = fgetpwent(f)) && strcmp(p->pw_name, name))
		;
	if (p) {
		*ret = (struct user){ .uid = p->pw_uid, .gid = p->pw_gid };
		snprintf(ret->name, sizeof(ret->name), "%s", p->pw_name);
		snprintf(ret->home, sizeof(ret->home), "%s", p->pw_dir);
	}
	fclose(f);
	return p ? 0 : -ENOENT;
}

int users_open(struct users **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

static void forget(struct users *u)
{
	size_t i;

	u->changes++;
	for (i = 0; i < CACHED; i++) {
		free(u->cache[i].name);
		u->cache[i].name = NULL;
		u->cache[i].known = false;
	}
}

void users_free(struct users *u)
{
	if (!u)
		return;
	forget(u);
	free(u);
}

static char *read_name(uint32_t uid)
{
	FILE *f = fopen(PASSWD, "re");
	const struct passwd *p;
	char *name = NULL;

	if (!f)
		return NULL;
	while (!name && (p = fgetpwent(f)))
		if (p->pw_uid == uid)
			name = strdup(p->pw_name);
	fclose(f);
	return name;
}

static void look_for_change(struct users *u)
{
	uint64_t now = ktime_coarse();
	struct stat st;

	if (u->looked && now - u->looked < LOOK_PAUSE)
		return;
	u->looked = now;
	if (stat(PASSWD, &st))
		st.st_mtim = (struct timespec){ 0 };
	if (st.st_mtim.tv_sec != u->changed.tv_sec || st.st_mtim.tv_nsec != u->changed.tv_nsec) {
		forget(u);
		u->changed = st.st_mtim;
	}
}

const char *users_name(struct users *u, uint32_t uid)
{
	size_t i = uid % CACHED;

	look_for_change(u);
	if (!u->cache[i].known || u->cache[i].uid != uid) {
		free(u->cache[i].name);
		u->changes++;
		u->cache[i].name = read_name(uid);
		u->cache[i].uid = uid;
		u->cache[i].known = true;
	}
	return u->cache[i].name;
}

uint64_t users_changes(const struct users *u)
{
	return u->changes;
}

bool users_are_initial(void)
{
	unsigned int inside, outside, n;
	FILE *f = fopen("/proc/self/uid_map", "re");
	bool same = false;

	if (!f)
		return false;
	if (fscanf(f, "%u %u %u", &inside, &outside, &n) == 3)
		same = inside == 0 && outside == 0 && n == UINT32_MAX;
	fclose(f);
	return same;
}
