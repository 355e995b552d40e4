/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "top.h"

#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "cmd.h"
#include "curses.h"
#include "host/permitted.h"

static int with_usage(uint64_t *interval, opt_use_fn *use, void *arg)
{
	const struct opt opts[] = {
		OPT_SECONDS('i', "interval", interval, NSEC_PER_SEC / 2, 3600 * NSEC_PER_SEC, "SEC",
			    "between two looks (default 1)"),
		OPT_END,
	};
	const struct opt_usage usage = {
		.synopsis = "top [OPTION]... [GUARD | PID]",
		.about = "Shows a run or a guard of this machine on the whole screen: whether one "
			 "is safe now and why, and who leaks what over which line. h lists the "
			 "keys.",
		.opts = opts,
		.operand = "GUARD",
	};

	return use(arg, &usage);
}

int cmd_top_usage(opt_use_fn *use, void *arg)
{
	return with_usage(&(uint64_t){ 0 }, use, arg);
}

#ifdef HAVE_ncursesw
struct top {
	const struct curses *c;
	const char *name; /* NULL: any */
	uint64_t interval; /* ns */
	struct top_view view;
	struct top_state state;
	size_t at; /* which of several */
	bool over;
};

static volatile sig_atomic_t ended;

static void on_end(int sig)
{
	(void)sig;
	ended = 1;
}

static void look(struct top *t)
{
	int r = top_read(&t->view, t->name, t->at);

	t->state.error = r;
	if (!r)
		t->state.answered = time(NULL);
}

/* --- keys --- */

static void edit(struct top_state *s, int key)
{
	size_t len = strlen(s->choice.filter);

	if (key == '\n' || key == '\r' || key == KEY_ENTER) {
		s->editing = false;
	} else if (key == 27) {
		s->editing = false;
		s->choice.filter[0] = '\0';
	} else if ((key == KEY_BACKSPACE || key == 127 || key == 8) && len) {
		s->choice.filter[len - 1] = '\0';
	} else if (key >= ' ' && key < 127 && len < sizeof(s->choice.filter) - 1) {
		s->choice.filter[len] = (char)key;
		s->choice.filter[len + 1] = '\0';
	}
	s->scroll = 0;
}

static void scroll_by(struct top *t, int key)
{
	size_t page = (size_t)MAX(t->c->getmaxy(*t->c->screen) - 12, 1);
	size_t step = key == KEY_NPAGE || key == KEY_PPAGE ? page : 1;

	if (key == KEY_DOWN || key == KEY_NPAGE)
		t->state.scroll += step;
	else
		t->state.scroll -= MIN(step, t->state.scroll);
}

static bool sort_by(struct top_state *s, int key)
{
	unsigned int i;

	for (i = 0; i < TOP_SORT_MAX; i++) {
		if (top_sort_key((enum top_sort)i) != key)
			continue;
		s->choice.sort = (enum top_sort)i;
		return true;
	}
	return false;
}

static void next_thing(struct top *t)
{
	t->at = t->view.n ? (t->at + 1) % t->view.n : 0;
	t->view = (struct top_view){ 0 };
	t->state.scroll = 0;
	t->state.answered = 0;
	look(t);
}

static void on_key(struct top *t, int key)
{
	struct top_state *s = &t->state;

	if (s->editing) {
		edit(s, key);
		return;
	}
	switch (key) {
	case 'q':
		t->over = true;
		break;
	case 'p':
		s->paused = !s->paused;
		break;
	case 'v':
		s->choice.flows = !s->choice.flows;
		s->scroll = 0;
		break;
	case 's':
		s->choice.sort = (enum top_sort)((s->choice.sort + 1) % TOP_SORT_MAX);
		break;
	case '/':
		s->editing = true;
		break;
	case 27:
		s->choice.filter[0] = '\0';
		s->help = false;
		break;
	case 'h':
	case '?':
		s->help = !s->help;
		break;
	case '\t':
		next_thing(t);
		break;
	case KEY_UP:
	case KEY_DOWN:
	case KEY_PPAGE:
	case KEY_NPAGE:
		scroll_by(t, key);
		break;
	default:
		sort_by(s, key);
	}
}

/* --- the screen --- */

static void loop(struct top *t)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
	uint64_t next = 0;
	int key;

	while (!t->over && !ended) {
		uint64_t now = ktime_now();

		if (now >= next && !t->state.paused)
			look(t);
		if (now >= next)
			next = now + t->interval;
		top_draw(t->c, &t->view, &t->state);
		poll(&p, 1, (int)((next - now) / (NSEC_PER_SEC / 1000)) + 1);
		if (p.revents & (POLLHUP | POLLERR | POLLNVAL))
			break;
		while ((key = t->c->wgetch(*t->c->screen)) != ERR)
			on_key(t, key);
	}
}

static int show(struct top *t)
{
	SCREEN *screen;

	signal(SIGTERM, on_end);
	signal(SIGINT, on_end);
	signal(SIGHUP, on_end);
	setlocale(LC_CTYPE, "");
	screen = t->c->newterm(NULL, stdout, stdin);
	if (!screen) {
		log_err("this terminal (TERM=%s) cannot be used for a full screen",
			getenv("TERM") ?: "");
		log_hint("leakaudit status shows the same once");
		return EXIT_DENIED;
	}
	t->c->set_escdelay(50);
	t->c->cbreak();
	t->c->noecho();
	t->c->curs_set(0);
	t->c->keypad(*t->c->screen, TRUE);
	t->c->nodelay(*t->c->screen, TRUE);
	top_begin(t->c);
	loop(t);
	t->c->endwin();
	t->c->delscreen(screen);
	return EXIT_CLEAN;
}

static int run(const char *name, uint64_t interval)
{
	struct top *t = calloc(1, sizeof(*t));
	int r;

	if (!t)
		return EXIT_DENIED;
	t->c = curses_load();
	t->name = name;
	t->interval = interval;
	if (!t->c) {
		log_err("top needs %s, which is not installed", CURSES_LIBRARY);
		log_hint("Debian and Ubuntu: apt install libncursesw6; leakaudit status shows the "
			 "same once");
		free(t);
		return EXIT_DENIED;
	}
	look(t);
	if (t->state.error == -ENOENT) {
		log_err(name ? "there is no guard '%s', nor a run with that pid"
			     : "nothing is watched, and no guard holds%s",
			name ?: "");
		log_hint("leakaudit status shows what there is; leakaudit watch begins a run");
		r = EXIT_DENIED;
	} else {
		r = show(t);
	}
	free(t);
	return r;
}
#else
static int run(const char *name, uint64_t interval)
{
	(void)name;
	(void)interval;
	log_err("this build lacks ncurses, which top needs");
	log_hint("install libncurses-dev (Fedora: ncurses-devel), build again; leakaudit status "
		 "shows the same once");
	return EXIT_DENIED;
}
#endif

int cmd_top(int argc, char **argv)
{
	char **names;
	struct opt_line line = { argc, argv, &names };
	uint64_t interval = NSEC_PER_SEC;
	struct fault f = { 0 };
	int r = with_usage(&interval, opt_parse_line, &line);

	if (r)
		return r > 0 ? EXIT_CLEAN : EXIT_USAGE;
	if (names[0] && names[1]) {
		log_err("unexpected argument '%s'; --help lists what it takes", names[1]);
		return EXIT_USAGE;
	}
	r = permitted("looking at runs and guards", &f);
	if (r)
		return exit_code_of(log_fault(r, &f));
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		log_err("top needs a terminal");
		log_hint("leakaudit status shows the same once, -o json for programs");
		return EXIT_USAGE;
	}
	return run(names[0], interval);
}
