/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The units that are to run, by the links that "systemctl enable" makes. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/grow.h"
#include "host/cgroup.h"
#include "survey.h"

#define SUFFIX ".service"

/* sd_booted(3): elsewhere, as in a container, nobody starts what is enabled. */
#define BOOTED "/run/systemd/system"

static bool ends_with(const char *text, const char *suffix)
{
	size_t len = strlen(text), n = strlen(suffix);

	return len >= n && !strcmp(text + len - n, suffix);
}

static bool is_known(const struct survey *s, const char *name, bool guard)
{
	size_t i;

	for (i = 0; i < s->n_units; i++)
		if (s->units[i].guard == guard && !strcmp(s->units[i].name, name))
			return true;
	return false;
}

static int add_unit(struct survey *s, const char *file, const char *template, bool guard)
{
	size_t len = strlen(template);
	struct survey_unit unit = { .guard = guard };

	/* the template itself is no unit that runs */
	if (strncmp(file, template, len) != 0 || !ends_with(file, SUFFIX) ||
	    strlen(file + len) <= strlen(SUFFIX))
		return 0;
	snprintf(unit.name, sizeof(unit.name), "%.*s", (int)(strlen(file + len) - strlen(SUFFIX)),
		 file + len);
	if (is_known(s, unit.name, guard))
		return 0;
	if (!GROW(s->units, s->n_units))
		return -ENOMEM;
	s->units[s->n_units++] = unit;
	return 0;
}

/* NAME.wants and NAME.requires: what NAME pulls in. */
static int read_links(struct survey *s, const char *dir)
{
	_cleanup_(closedirp) DIR *d = opendir(dir);
	struct dirent *e;
	int r = 0;

	while (d && !r && (e = readdir(d))) {
		r = add_unit(s, e->d_name, SURVEY_WATCH_UNIT, false);
		if (!r)
			r = add_unit(s, e->d_name, SURVEY_GUARD_UNIT, true);
	}
	return r;
}

int survey_units(struct survey *s)
{
	static const char *const places[] = { "/etc/systemd/system", "/run/systemd/system" };
	char path[512];
	struct dirent *e;
	int r = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(places) && !r && !access(BOOTED, F_OK); i++) {
		_cleanup_(closedirp) DIR *d = opendir(places[i]);

		while (d && !r && (e = readdir(d))) {
			if (!ends_with(e->d_name, ".wants") && !ends_with(e->d_name, ".requires"))
				continue;
			snprintf(path, sizeof(path), "%s/%s", places[i], e->d_name);
			r = read_links(s, path);
		}
	}
	return r;
}

bool survey_is_unit(const struct survey_run *run, const struct survey_unit *unit)
{
	char cgroup[PATH_MAX], file[sizeof(unit->name) + sizeof(SURVEY_WATCH_UNIT SUFFIX)];
	const char *base;

	if (cgroup_of_pid(strtoull(run->socket, NULL, 10), cgroup, sizeof(cgroup)))
		return false;
	snprintf(file, sizeof(file), SURVEY_WATCH_UNIT "%s" SUFFIX, unit->name);
	base = strrchr(cgroup, '/');
	return base && !strcmp(base + 1, file);
}
