/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cmd.h"

/* --- names --- */

const char *config_instance_fault(const char *instance)
{
	if (strchr(instance, '/'))
		return "it has a '/' in it: --config is for a file elsewhere";
	if (!*instance || instance[0] == '.')
		return "it begins with a '.', or is empty";
	return strlen(instance) > NAME_MAX - sizeof(CONFIG_SUFFIX) ? "it is too long" : NULL;
}

char *config_path(const char *instance)
{
	char *path;

	return asprintf(&path, CONFIG_DIR "/%s" CONFIG_SUFFIX, instance) < 0 ? NULL : path;
}

char *config_unit(const char *instance, bool guard)
{
	char *unit;

	return asprintf(&unit, guard ? "leakaudit-%s.slice" : "%s", instance) < 0 ? NULL : unit;
}

void config_each(void (*fn)(void *arg, const char *instance), void *arg)
{
	_cleanup_(closedirp) DIR *d = opendir(CONFIG_DIR);
	struct dirent *e;
	size_t len;

	while (d && (e = readdir(d))) {
		len = strlen(e->d_name);
		if (len < sizeof(CONFIG_SUFFIX) ||
		    strcmp(e->d_name + len - strlen(CONFIG_SUFFIX), CONFIG_SUFFIX))
			continue;
		e->d_name[len - strlen(CONFIG_SUFFIX)] = '\0';
		if (!config_instance_fault(e->d_name))
			fn(arg, e->d_name);
	}
}

/* --- words of the commands that share a file --- */

struct names {
	struct opt_other v[2 * OPT_MAX + 1];
	size_t n;
};

static int take_names(void *arg, const struct opt_usage *u)
{
	struct names *names = arg;
	struct opt_other *other;

	for (const struct opt *o = u->opts; o->type != OPT_T_END; o++) {
		if (o->type == OPT_T_GROUP || names->n + 1 >= ARRAY_SIZE(names->v))
			continue;
		other = &names->v[names->n++];
		other->name = o->name;
		opt_file_row(u, o->name, &other->line_only);
	}
	return 0;
}

/* --- reading --- */

static int choose_path(struct config *c)
{
	const char *fault = c->instance ? config_instance_fault(c->instance) : NULL;

	if (c->file && c->instance) {
		log_err("only one of --config and --instance can be given");
		return -EINVAL;
	}
	if (fault) {
		log_err("--instance '%s' is no name of an instance: %s", c->instance, fault);
		return -EINVAL;
	}
	c->path = c->instance ? config_path(c->instance) : strdup(c->file);
	return c->path ? 0 : -ENOMEM;
}

/* An instance needs no file. */
static int read_file(struct config *c)
{
	struct fault f = { 0 };
	int r = opt_file_read(&c->text, c->path, &f);

	if (r == -ENOENT && c->instance)
		return 0;
	if (!r || r == -ENOMEM)
		return r;
	log_fault(r, &f);
	return -EINVAL;
}

int config_parse(void *arg, const struct opt_usage *u)
{
	struct config_line *l = arg;
	struct config *c = l->config;
	struct names others = { 0 };
	int r = opt_parse_noting(&l->line, u, &l->given);

	if (r || (!c->file && !c->instance))
		return r;
	cmd_watch_usage(take_names, &others);
	cmd_guard_usage(take_names, &others);
	r = choose_path(c) ?: read_file(c);
	return r ?: opt_file_apply(&c->text, u, &l->given, others.v);
}

int config_target(struct config *c, struct opt_mixed *targets, unsigned int kind, bool guard)
{
	if (!c->instance || targets->n)
		return 0;
	c->unit = config_unit(c->instance, guard);
	targets->v = c->unit ? calloc(1, sizeof(*targets->v)) : NULL;
	if (!targets->v)
		return -ENOMEM;
	targets->v[targets->n++] = (struct opt_of){ kind, c->unit };
	return 1;
}

void config_free(struct config *c)
{
	opt_file_free(&c->text);
	free(c->path);
	free(c->unit);
}
