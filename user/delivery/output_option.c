/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "output_option.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/opt.h"
#include "base/util.h"

/* More than any output has. */
#define OPTIONS_MAX 8

static int set_size(const char *name, const struct output_option *o, const char *value,
		    struct fault *f)
{
	int r = parse_size(value, o->min, o->max, o->size);
	uint64_t n;
	bool large;

	if (!r)
		return 0;
	large = r == -ERANGE && parse_size(value, 0, o->max, &n) < 0;
	fault_say(f, -EINVAL, "output %s: %s takes a size from %s to %s, not '%s'", name, o->name,
		  o->least, o->most, value);
	return fault_help(f, -EINVAL, "%s=%s", o->name, large ? o->most : o->least);
}

static int set_word(const char *name, const struct output_option *o, const char *value,
		    struct fault *f)
{
	if (!*value)
		return fault_say(f, -EINVAL, "output %s: %s= lacks its value", name, o->name);
	free(*o->word);
	*o->word = strdup(value);
	return *o->word ? 0 : -ENOMEM;
}

static int set_option(const char *name, const struct output_option *v, const char *usage,
		      char *word, struct fault *f)
{
	const char *names[OPTIONS_MAX + 1] = { 0 };
	char *value = strchr(word, '='), instead[256];
	struct text t;
	size_t n;

	if (value)
		*value++ = '\0';
	for (n = 0; v[n].name && n < OPTIONS_MAX; n++) {
		names[n] = v[n].name;
		if (!strcmp(v[n].name, word))
			return v[n].size ? set_size(name, &v[n], value ?: "", f)
					 : set_word(name, &v[n], value ?: "", f);
	}
	text_init(&t, instead, sizeof(instead));
	opt_say_instead(&t, word, names);
	fault_say(f, -EINVAL, "output %s has no option '%s'; %s", name, word, instead);
	return fault_help(f, -EINVAL, "%s", usage);
}

int output_option_parse(const char *name, const char *arg, const struct output_option *v,
			const char *usage, char **target, struct fault *f)
{
	_cleanup_(freep) char *copy = strdup(arg ?: "");
	char *rest = copy, *word;
	int r = 0;

	if (!copy)
		return -ENOMEM;
	word = strsep(&rest, ",");
	while (!r && rest)
		r = set_option(name, v, usage, strsep(&rest, ","), f);
	if (r)
		return r;
	*target = strdup(word);
	return *target ? 0 : -ENOMEM;
}
