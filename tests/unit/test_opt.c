/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/opt.h"
#include "base/opt_complete.h"
#include "opt_values.h"
#include "unit.h"
#include "base/util.h"

static struct values c;

static const struct opt opts[] = {
	OPT_GROUP("Scope"),
	OPT_FLAG('q', "quiet", &c.quiet, "say less"),
	OPT_STR('u', "unit", &c.unit, "NAME", "a systemd unit"),
	OPT_LIST(0, "tunnel", &c.tunnels, "IF", "a tunnel"),
	OPT_MIXED('p', "pid", &c.targets, 7, true, "PID", "a process"),
	OPT_MIXED(0, "cgroup", &c.targets, 9, false, "PATH", "a cgroup"),
	OPT_GROUP("Numbers"),
	OPT_SIZE(0, "buffer", &c.buffer, 4096, 64 << 20, "SIZE", "the ring buffer"),
	OPT_SECONDS(0, "interval", &c.interval, NSEC_PER_SEC / 10, 3600 * NSEC_PER_SEC, "SEC",
		    "between two updates of a flow, and words enough to reach beyond the edge"),
	OPT_CHOICE(0, "tc", &c.tc, modes, "MODE", "how to attach"),
	OPT_SET(0, "drop", &c.drop, classes, "CLASS,...", "what to stop"),
	OPT_END,
};

static const struct opt_usage usage = { .synopsis = "watch [OPTION]...",
					.about = "Watches.",
					.opts = opts };

static const struct opt_usage command_usage = {
	.synopsis = "run [OPTION]... -- COMMAND", .about = "Runs.", .opts = opts, .command = true
};

/* stdout and stderr of the last parse() */
static char said[8192];

static int parse_as(const struct opt_usage *u, const char *line, char ***operands)
{
	static char words[512];
	static char *argv[32];
	int argc = 0, out = dup(1), err = dup(2), r, fd;
	char path[] = "/tmp/test_opt.XXXXXX";
	ssize_t n;

	values_clear(&c);
	snprintf(words, sizeof(words), "watch %s", line);
	for (char *w = strtok(words, " "); w; w = strtok(NULL, " "))
		argv[argc++] = w;
	argv[argc] = NULL;

	fd = mkstemp(path);
	unlink(path);
	fflush(stdout);
	dup2(fd, 1);
	dup2(fd, 2);
	r = opt_parse_line(&(struct opt_line){ argc, argv, operands }, u);
	fflush(stdout);
	dup2(out, 1);
	dup2(err, 2);
	close(out);
	close(err);
	n = pread(fd, said, sizeof(said) - 1, 0);
	said[n > 0 ? n : 0] = '\0';
	close(fd);
	return r;
}

static int parse(const char *line, char ***operands)
{
	return parse_as(&usage, line, operands);
}

static void test_values(void)
{
	CHECK_INT(parse("--quiet --unit a.service --buffer 64K --interval 0.25 "
			"--tunnel tun0 --tunnel=wg0 --tc clsact --drop=dns,stun",
			NULL),
		  0);
	CHECK(c.quiet);
	CHECK_STR(c.unit, "a.service");
	CHECK_INT(c.buffer, 65536);
	CHECK_INT(c.interval, 250000000);
	CHECK_INT(c.tunnels.n, 2);
	CHECK_STR(c.tunnels.v[0], "tun0");
	CHECK_STR(c.tunnels.v[1], "wg0");
	CHECK_INT(c.tc, 2);
	CHECK_INT(c.drop, 5);
	CHECK_STR(said, "");
	CHECK_INT(parse("-q -u x --drop", NULL), 0);
	CHECK(c.quiet);
	CHECK_STR(c.unit, "x");
	CHECK_INT(c.drop, 15);
	CHECK_INT(parse("--unit=a=b", NULL), 0);
	CHECK_STR(c.unit, "a=b");
	CHECK_INT(parse("--drop=all", NULL), 0);
	CHECK_INT(c.drop, 15);
}

static void test_mixed(void)
{
	if (!CHECK_INT(parse("--pid 1 --cgroup /a -p 2", NULL), 0) || !CHECK_INT(c.targets.n, 3))
		return;
	/* in the order of the line */
	CHECK(c.targets.v[0].kind == 7 && !strcmp(c.targets.v[0].value, "1"));
	CHECK(c.targets.v[1].kind == 9 && !strcmp(c.targets.v[1].value, "/a"));
	CHECK(c.targets.v[2].kind == 7 && !strcmp(c.targets.v[2].value, "2"));
}

static void wrong(const char *line, const char *expected)
{
	char full[512];

	snprintf(full, sizeof(full), "leakaudit: error: %s\n", expected);
	CHECK_INT(parse(line, NULL), -EINVAL);
	CHECK_STR(said, full);
}

static void test_nearest(void)
{
	wrong("--unti x", "unknown option '--unti'; the nearest is '--unit'");
	wrong("--uni=x", "unknown option '--uni'; the nearest is '--unit'");
	wrong("--i 5", "unknown option '--i'; the nearest is '--interval'");
	wrong("--hepl", "unknown option '--hepl'; the nearest is '--help'");
	wrong("--bogus", "unknown option '--bogus'; --help lists them");
	wrong("-z", "unknown option '-z'; --help lists them");
	wrong("-qu", "unknown option '-qu'; the nearest is '--quiet'");
	wrong("-ua.service", "unknown option '-ua.service'; a value is apart: -u a.service");
	wrong("--tc xml", "--tc has no value 'xml'; there are auto, tcx and clsact");
	wrong("--tc clsat", "--tc has no value 'clsat'; the nearest is 'clsact'");
	wrong("--tc=", "--tc needs a value: --tc=MODE");
	wrong("--drop=dsn", "--drop has no value 'dsn'; the nearest is 'dns'");
	wrong("--drop=dns,torent", "--drop has no value 'torent'; the nearest is 'torrent'");
	wrong("--drop=al", "--drop has no value 'al'; the nearest is 'all'");
	wrong("--drop=x", "--drop has no value 'x'; there are all, dns, ipv6, stun and torrent");
	CHECK_INT(c.drop, 0);
}

/* A value that may be left out is taken only behind a "=": apart, it is no operand either. */
static void test_value_apart(void)
{
	char **rest;

	wrong("--drop dns", "the value of --drop comes behind a '=': --drop=dns");
	wrong("--drop dns,all", "the value of --drop comes behind a '=': --drop=dns,all");
	wrong("--drop foo",
	      "--drop has no value 'foo'; there are all, dns, ipv6, stun and torrent");
	CHECK_INT(parse_as(&command_usage, "--drop dns -- ls", &rest), -EINVAL);
	CHECK_INT(c.drop, 0);
	CHECK_INT(parse_as(&command_usage, "--drop ls dns", &rest), 0);
	CHECK_STR(rest[0], "ls");
	CHECK_INT(c.drop, 15);
	CHECK_INT(parse_as(&command_usage, "--drop -- dns", &rest), 0);
	CHECK_STR(rest[0], "dns");
}

static void test_wrong_values(void)
{
	wrong("--unit", "--unit needs a value: --unit=NAME");
	wrong("--unit --quiet", "--unit needs a value: --unit=NAME");
	wrong("--quiet=yes", "--quiet takes no value");
	wrong("--buffer 1", "--buffer takes a value between 4K and 64M, not '1'");
	wrong("--buffer 1KB", "--buffer takes a size such as 512K or 4M, not '1KB'");
	wrong("--buffer 99999999999G",
	      "--buffer takes a value between 4K and 64M, not '99999999999G'");
	wrong("--interval 0", "--interval takes a value between 0.1 and 3600, not '0'");
	wrong("--interval 1e3", "--interval takes seconds such as 5 or 0.5, not '1e3'");
	wrong("--interval 1.", "--interval takes seconds such as 5 or 0.5, not '1.'");
	wrong("here", "unexpected argument 'here'; --help lists what it takes");
	wrong("--un\033[31m", "unknown option '--un\\x1b[31m'; --help lists them");
}

static void test_operands(void)
{
	char **rest;

	CHECK_INT(parse("a --quiet b -- --unit -q", &rest), 0);
	CHECK(c.quiet && !c.unit);
	CHECK_STR(rest[0], "a");
	CHECK_STR(rest[1], "b");
	CHECK_STR(rest[2], "--unit");
	CHECK_STR(rest[3], "-q");
	CHECK(!rest[4]);
	CHECK_INT(parse("", &rest), 0);
	CHECK(!rest[0]);
	CHECK_INT(parse("- --", &rest), 0);
	CHECK_STR(rest[0], "-");
}

/* A command's own options are not ours, with and without "--" before it. */
static void test_command(void)
{
	static const char *const lines[] = { "--quiet -- ls -u x -- y", "--quiet ls -u x -- y" };
	char **rest;

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		CHECK_INT(parse_as(&command_usage, lines[i], &rest), 0);
		CHECK(c.quiet && !c.unit);
		CHECK_STR(rest[0], "ls");
		CHECK_STR(rest[1], "-u");
		CHECK_STR(rest[2], "x");
		CHECK_STR(rest[3], "--");
		CHECK_STR(rest[4], "y");
		CHECK(!rest[5]);
	}
	CHECK_INT(parse_as(&command_usage, "-- --quiet", &rest), 0);
	CHECK(!c.quiet);
	CHECK_STR(rest[0], "--quiet");
	CHECK_INT(parse_as(&command_usage, "--quiet --", &rest), 0);
	CHECK(!rest[0]);
}

/* --- completion --- */

static void note_offer(struct opt_offers *o, const char *head, const char *word, const char *help)
{
	size_t used = strlen(said);

	(void)o;
	(void)help;
	snprintf(said + used, sizeof(said) - used, "%s%s ", head, word);
}

static void note_things(struct opt_offers *o, const char *head, const char *kind)
{
	note_offer(o, head, kind, NULL);
}

/* The words behind the command's name; the last one is to be completed. */
static void offers(const struct opt_usage *u, const char *words, int at, const char *expected)
{
	struct opt_offers to = { .offer = note_offer, .things = note_things };
	char copy[256], *rest = copy;
	const char *v[16];
	size_t n = 0;

	snprintf(copy, sizeof(copy), "%s", words);
	while (n < ARRAY_SIZE(v) && rest)
		v[n++] = strsep(&rest, " ");
	said[0] = '\0';
	CHECK_INT(opt_complete(u, v, n, &to), at);
	CHECK_STR(said, expected);
}

static void test_complete(void)
{
	static const struct opt some[] = { OPT_FLAG('q', "quiet", &c.quiet, "say less"),
					   OPT_CHOICE(0, "tc", &c.tc, modes, "MODE", "how"),
					   OPT_CHOICE(0, "ct", &c.tc, modes, "MODE", NULL),
					   OPT_SET(0, "drop", &c.drop, classes, "CLASS", "what"),
					   OPT_LIST('t', "tunnel", &c.tunnels, "IF", "tunnels"),
					   OPT_END };
	static const struct opt_usage files = { .opts = some, .operand = "FILE" };
	static const struct opt_usage command = { .opts = some, .command = true };

	offers(&files, "-", -1, "--quiet --tc --drop --drop= --tunnel --help ");
	offers(&files, "", -1, "FILE --quiet --tc --drop --drop= --tunnel --help ");
	offers(&files, "-q x --tc ", -1, "auto tcx clsact ");
	offers(&files, "--tc=a", -1, "--tc=auto --tc=tcx --tc=clsact ");
	offers(&files, "--drop=", -1,
	       "--drop=all --drop=dns --drop=ipv6 --drop=stun --drop=torrent ");
	offers(&files, "--drop=dns,s", -1,
	       "--drop=dns,all --drop=dns,dns --drop=dns,ipv6 --drop=dns,stun --drop=dns,torrent ");
	offers(&files, "--drop x", -1, "FILE --quiet --tc --drop --drop= --tunnel --help ");
	offers(&files, "-t w", -1, "IF ");
	offers(&files, "--tunnel=w", -1, "--tunnel=IF ");
	offers(&files, "-t wg0 --tunnel w", -1, "IF ");
	offers(&files, "--quiet=", -1, "");
	offers(&files, "--what=", -1, "");
	offers(&files, "-- -t", -1, "FILE ");
	offers(&command, "-t x --", -1, "--quiet --tc --drop --drop= --tunnel --help ");
	offers(&command, "-t x l", 2, "");
	offers(&command, "-t x -- l", 3, "");
	offers(&command, "-t x ls --tc ", 2, "");
}

static void test_help(void)
{
	size_t length = 0, longest = 0;

	CHECK_INT(parse("--help", NULL), 1);
	CHECK(strstr(said, "usage: leakaudit watch [OPTION]...\n"));
	CHECK(strstr(said, "\nScope:\n  -q, --quiet                 say less\n"));
	CHECK(strstr(said, "  --tc MODE                   how to attach (auto, tcx, clsact)\n"));
	CHECK(strstr(
		said,
		"  --drop[=CLASS,...]          what to stop (all, dns, ipv6, stun, torrent)\n"));
	for (const char *p = said; *p; p++) {
		length = *p == '\n' ? 0 : length + 1;
		longest = MAX(longest, length);
	}
	CHECK(longest <= 80);
}

static void test_help_of_rows_that_are_not_listed(void)
{
	const struct opt hidden[] = {
		OPT_FLAG(0, "hidden", &c.quiet, NULL),
		OPT_GROUP("Shown"),
		OPT_FLAG('q', "quiet", &c.quiet, "say less"),
		OPT_END,
	};
	const struct opt_usage run = { .synopsis = "run", .about = "Runs.", .opts = hidden };

	CHECK_INT(parse_as(&run, "--help", NULL), 1);
	CHECK(strstr(said, "Runs.\n\nShown:\n  -q, --quiet"));
}

static void test_seconds(void)
{
	uint64_t v = 42;

	CHECK_INT(parse_seconds("0.000000001", 0, UINT64_MAX, &v), 0);
	CHECK_INT(v, 1);
	CHECK_INT(parse_seconds("0.0000000001", 0, UINT64_MAX, &v), -EINVAL);
	CHECK_INT(parse_seconds("18446744074", 0, UINT64_MAX, &v), -ERANGE);
	CHECK_INT(parse_seconds("18446744073.9", 0, UINT64_MAX, &v), -ERANGE);
	CHECK_INT(parse_seconds(" 1", 0, UINT64_MAX, &v), -EINVAL);
	CHECK_INT(parse_seconds("", 0, UINT64_MAX, &v), -EINVAL);
	CHECK_INT(v, 1);
	CHECK_INT(parse_u64("18446744073709551615", 0, UINT64_MAX, &v), 0);
	CHECK(v == UINT64_MAX);
	CHECK_INT(parse_u64("18446744073709551616", 0, UINT64_MAX, &v), -ERANGE);
}

static void test_distance(void)
{
	CHECK_INT(word_distance("same", "same"), 0);
	CHECK_INT(word_distance("unti", "unit"), 1);
	CHECK_INT(word_distance("", "unit"), 4);
	CHECK_INT(word_distance("kitten", "sitting"), 3);
	CHECK_INT(word_distance("int", "interval"), 1);
}

UNIT_MAIN("opt", { "values", test_values }, { "mixed", test_mixed }, { "nearest", test_nearest },
	  { "value_apart", test_value_apart }, { "wrong_values", test_wrong_values },
	  { "operands", test_operands }, { "command", test_command }, { "help", test_help },
	  { "help_of_rows_that_are_not_listed", test_help_of_rows_that_are_not_listed },
	  { "complete", test_complete }, { "seconds", test_seconds }, { "distance", test_distance })
