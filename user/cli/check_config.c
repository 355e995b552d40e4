/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check-config: what a file's units would run, what is wrong in it, and what is not there. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "check_config.h"
#include "cmd.h"
#include "opt_form.h"
#include "config.h"

/* All files of an invocation. */
struct checks {
	unsigned int form;
	size_t n;
	bool wrong;
};

static int with_usage(unsigned int *form, opt_use_fn *use, void *arg)
{
	const struct opt opts[] = {
		OPT_FORM(form),
		OPT_END,
	};
	const struct opt_usage usage = {
		.synopsis = "check-config [OPTION]... [INSTANCE | FILE]...",
		.about = "Says what leakaudit@INSTANCE and leakaudit-guard@INSTANCE would run by "
			 "their file in " CONFIG_DIR ", or watch and guard by another file (a name "
			 "with a '/'); what is wrong in it, with its line; and what it names that "
			 "is "
			 "not there. Without a name: all files of " CONFIG_DIR ".",
		.opts = opts,
		.operand = "INSTANCE",
	};

	return use(arg, &usage);
}

int cmd_check_config_usage(opt_use_fn *use, void *arg)
{
	return with_usage(&(unsigned int){ 0 }, use, arg);
}

/* --- for people --- */

static void print_lines(const char *what, const struct words *words)
{
	for (size_t i = 0; i < words->n; i++)
		text_print("  %s%s\n", what, words->v[i]);
}

/* As a shell takes it. */
static void print_word(const char *word)
{
	if (*word && !word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					"0123456789-_=./:,@+%")])
		printf(" %s", word);
	else
		text_print(" '%s'", word);
}

static void print_run(const struct run_of *r)
{
	if (!r->words.n) {
		text_print("  %s: %s\n", r->unit, r->why);
		return;
	}
	text_print("  %s:", r->unit);
	for (size_t i = 0; i < r->words.n; i++)
		print_word(r->words.v[i]);
	putchar('\n');
}

static void print_check(const struct check *c)
{
	text_print("%s: %s\n", c->path, c->errors.n ? "WRONG" : "right");
	print_lines("error: ", &c->errors);
	print_lines("warning: ", &c->warnings);
	for (size_t i = 0; !c->errors.n && i < ARRAY_SIZE(c->runs); i++)
		print_run(&c->runs[i]);
}

/* --- for programs --- */

static void put_words(struct json *j, const char *key, const struct words *words)
{
	json_arr(j, key);
	for (size_t i = 0; i < words->n; i++)
		json_str(j, NULL, words->v[i]);
	json_end(j);
}

static int put_check(const struct check *c)
{
	struct json j = { 0 };
	int r;

	json_reset(&j);
	json_obj(&j, NULL);
	json_str(&j, "file", c->path);
	if (c->instance)
		json_str(&j, "instance", c->instance);
	json_bool(&j, "valid", !c->errors.n);
	put_words(&j, "errors", &c->errors);
	put_words(&j, "warnings", &c->warnings);
	json_arr(&j, "runs");
	for (size_t i = 0; !c->errors.n && i < ARRAY_SIZE(c->runs); i++) {
		json_obj(&j, NULL);
		json_str(&j, "as", c->runs[i].unit);
		put_words(&j, "command", &c->runs[i].words);
		if (!c->runs[i].words.n)
			json_str(&j, "reason", c->runs[i].why);
		json_end(&j);
	}
	json_end(&j);
	json_end(&j);
	r = json_print(&j);
	json_free(&j);
	return r;
}

/* --- all of them --- */

static void check(struct checks *all, const char *word)
{
	struct check c = { 0 };
	bool is_file = strchr(word, '/');

	if (check_make(&c, is_file ? NULL : word, is_file ? word : NULL))
		log_err_r(ENOMEM, "cannot check %s", word);
	else if (all->form == FORM_TEXT)
		print_check(&c);
	else if (put_check(&c))
		all->wrong = true;
	all->wrong |= c.errors.n > 0;
	all->n++;
	check_free(&c);
}

static void check_instance(void *arg, const char *instance)
{
	check(arg, instance);
}

int cmd_check_config(int argc, char **argv)
{
	struct checks all = { 0 };
	char **names;
	struct opt_line line = { argc, argv, &names };
	int r = with_usage(&all.form, opt_parse_line, &line);

	if (r)
		return r > 0 ? EXIT_CLEAN : EXIT_USAGE;
	if (!names[0])
		config_each(check_instance, &all);
	for (; *names; names++)
		check(&all, *names);
	if (!all.n && all.form == FORM_TEXT)
		printf("there is no file in %s\n", CONFIG_DIR);
	if (fflush(stdout))
		return EXIT_INCOMPLETE;
	return all.wrong ? EXIT_USAGE : EXIT_CLEAN;
}
