/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "base/log.h"
#include "base/opt.h"
#include "base/screen.h"
#include "base/text_wrap.h"
#include "cmd.h"
#include "digest/files.h"
#include "digest/show.h"

enum form { FORM_TEXT, FORM_JSON };

struct report_config {
	char **files;
	const char *html;
	unsigned int form;
};

static int with_usage(struct report_config *cfg, opt_use_fn *use, void *arg)
{
	static const char *const forms[] = { "text", "json", NULL };
	const struct opt opts[] = {
		OPT_STR(0, "html", &cfg->html, "FILE",
			"also make a page for a browser, in one file; - is standard output"),
		OPT_CHOICE('o', "output", &cfg->form, forms, "FORM",
			   "what is written to standard output: text or json (default text)"),
		OPT_END
	};
	const struct opt_usage usage = {
		.synopsis = "report [OPTION]... FILE...",
		.about = "Sums up recorded events (the lines of watch -o json:FILE): what leaked, "
			 "of whom, when, and whether that is all. Files may be rotated ones, in "
			 "any order, compressed by gzip, and of several hosts; - is standard "
			 "input.",
		.opts = opts,
		.operand = "FILE",
	};

	return use(arg, &usage);
}

int cmd_report_usage(opt_use_fn *use, void *arg)
{
	struct report_config cfg = { 0 };

	return with_usage(&cfg, use, arg);
}

static int parse(int argc, char **argv, struct report_config *cfg)
{
	struct opt_line line = { argc, argv, &cfg->files };
	int r = with_usage(cfg, opt_parse_line, &line);

	if (r)
		return r;
	if (!cfg->files[0]) {
		log_err("no file to read");
		log_hint("record events first: leakaudit watch -o json:leaks.json; or name -, for "
			 "standard input");
		return -EINVAL;
	}
	return 0;
}

#define WIDTH_MAX 100

static int close_file(FILE *file)
{
	bool failed = fflush(file) || ferror(file);
	int error = errno;

	if (file != stdout && fclose(file) && !failed) {
		failed = true;
		error = errno;
	}
	return failed ? -error : 0;
}

static int write_page(struct digest *d, const char *path)
{
	bool on_stdout = !strcmp(path, "-");
	FILE *file = on_stdout ? stdout : fopen(path, "we");
	int r = file ? 0 : -errno;

	if (!r) {
		show_page(d, file);
		r = close_file(file);
	}
	return r ? log_err_r(r, "cannot write the page to '%s'", path) : 0;
}

static int print_json(struct digest *d)
{
	struct json j = { 0 };
	int r;

	show_json(d, &j);
	r = json_print(&j);
	json_free(&j);
	return r;
}

static int write_all(struct digest *d, const struct report_config *cfg)
{
	bool page_alone = cfg->html && !strcmp(cfg->html, "-");
	int r = 0;

	if (cfg->html && write_page(d, cfg->html))
		return -EIO;
	if (page_alone)
		return 0;
	if (cfg->form == FORM_JSON)
		r = print_json(d);
	else
		show_text(d, text_width(WIDTH_MAX), screen_coloured(STDOUT_FILENO), stdout);
	r = r ?: close_file(stdout);
	return r ? log_err_r(r, "cannot write the report") : 0;
}

static int report(const struct report_config *cfg)
{
	_cleanup_(digest_freep) struct digest *d = NULL;
	struct fault f = { 0 };
	char words[2048];
	struct text t;
	int r = digest_open(&d);

	r = r ?: files_read(d, cfg->files, &f);
	if (r) {
		log_fault(r, &f);
		return EXIT_DENIED;
	}
	digest_end(d);
	if (write_all(d, cfg))
		return EXIT_INCOMPLETE;
	text_init(&t, words, sizeof(words));
	switch (conclusion_say(d, &t)) {
	case CONCLUSION_LEAKED:
	case CONCLUSION_TOLD:
		return EXIT_LEAKS;
	case CONCLUSION_GOES_ON:
	case CONCLUSION_UNSURE:
		return EXIT_INCOMPLETE;
	case CONCLUSION_CLEAN:
		break;
	}
	return EXIT_CLEAN;
}

int cmd_report(int argc, char **argv)
{
	struct report_config cfg = { 0 };
	int r = parse(argc, argv, &cfg);

	if (r)
		return r > 0 ? EXIT_CLEAN : EXIT_USAGE;
	return report(&cfg);
}
