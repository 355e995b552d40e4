/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/opt_file.h"
#include "base/util.h"
#include "opt_values.h"
#include "unit.h"

static struct values c;

static const struct opt opts[] = {
	OPT_GROUP_LINE("What to do"),
	OPT_FLAG(0, "now", &c.now, "at once"),
	OPT_GROUP("How"),
	OPT_FLAG('q', "quiet", &c.quiet, "say less"),
	OPT_STR('u', "unit", &c.unit, "NAME", "a unit"),
	OPT_LIST('t', "tunnel", &c.tunnels, "IF", "a tunnel"),
	OPT_MIXED('p', "pid", &c.targets, 1, true, "PID", "a process"),
	OPT_MIXED(0, "cgroup", &c.targets, 2, true, "CGROUP", "a cgroup"),
	OPT_SECONDS(0, "interval", &c.interval, NSEC_PER_SEC, 60 * NSEC_PER_SEC, "SEC", "a time"),
	OPT_CHOICE(0, "tc", &c.tc, modes, "MODE", "how"),
	OPT_SET(0, "drop", &c.drop, classes, "CLASS", "what"),
	OPT_END,
};
static const struct opt_usage usage = { .synopsis = "x", .about = "x", .opts = opts };
static const struct opt_other others[] = { { "ttl", false }, { "list", true }, { NULL, false } };

static struct opt_file file;
static char dir[] = "/tmp/test_opt_file.XXXXXX", path[64];
static char said[4096];
static unsigned int times_said;

static void note(void *arg, const char *tag, const char *what)
{
	(void)arg;
	(void)tag;
	times_said++;
	snprintf(said, sizeof(said), "%s", what);
}

static void clear(void)
{
	opt_file_free(&file);
	values_clear(&c);
	said[0] = '\0';
	times_said = 0;
}

static void write_file(const char *text, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	CHECK(write(fd, text, len) == (ssize_t)len);
	close(fd);
}

/* Reads it, and applies it behind that command line. */
static int apply(const char *text, int argc, char **argv)
{
	struct opt_line line = { argc, argv, NULL };
	struct opt_given given = { .n = 0 };
	struct fault f = { 0 };
	int r;

	clear();
	write_file(text, strlen(text));
	CHECK_INT(opt_parse_noting(&line, &usage, &given), 0);
	log_divert(note, NULL);
	r = opt_file_read(&file, path, &f);
	if (r)
		snprintf(said, sizeof(said), "%s", f.reason);
	else
		r = opt_file_apply(&file, &usage, &given, others);
	log_divert(NULL, NULL);
	return r;
}

static int read_alone(const char *text)
{
	char name[] = "x", *argv[] = { name, NULL };

	return apply(text, 1, argv);
}

static void test_values(void)
{
	CHECK_INT(read_alone("# a comment\n\n  quiet\n"
			     "unit = a # b\n\ttunnel=wg0\r\ntunnel = with a # comment\n"
			     "tunnel = \" as # it is \" # and more\n"
			     "pid = 7\ncgroup = /a#b\ninterval = 2.5\ntc = clsact\n"
			     "drop = dns\ndrop = stun\nttl = whatever"),
		  0);
	CHECK_STR(said, "");
	CHECK(c.quiet);
	CHECK_STR(c.unit, "a");
	if (!CHECK_INT(c.tunnels.n, 3) || !CHECK_INT(c.targets.n, 2))
		return;
	CHECK_STR(c.tunnels.v[0], "wg0");
	CHECK_STR(c.tunnels.v[1], "with a");
	CHECK_STR(c.tunnels.v[2], " as # it is ");
	CHECK_STR(c.targets.v[1].value, "/a#b");
	CHECK_INT(c.targets.v[1].kind, 2);
	CHECK_INT(c.interval, 2500000000);
	CHECK_INT(c.tc, 2);
	CHECK_INT(c.drop, 5);
	CHECK_INT(read_alone("drop\nquiet = no\n"), 0);
	CHECK_INT(c.drop, 15);
	CHECK(!c.quiet);
	CHECK_INT(read_alone("quiet = yes"), 0);
	CHECK(c.quiet);
	CHECK_INT(read_alone(""), 0);
}

/* What the line has said is instead of all that the file says of it. */
static void test_line_counts(void)
{
	char *argv[] = { (char[]){ "x" }, (char[]){ "--tunnel=tun0" }, (char[]){ "--pid=1" },
			 (char[]){ "--tc=tcx" }, NULL };

	CHECK_INT(apply("tunnel = wg0\ntunnel = wg1\ncgroup = /a\ntc = clsact\nunit = a", 4, argv),
		  0);
	if (!CHECK_INT(c.tunnels.n, 1) || !CHECK_INT(c.targets.n, 1))
		return;
	CHECK_STR(c.tunnels.v[0], "tun0");
	CHECK_STR(c.targets.v[0].value, "1");
	CHECK_INT(c.tc, 1);
	CHECK_STR(c.unit, "a");
}

/* expected: behind "PATH:" */
static void wrong(const char *text, const char *expected)
{
	char full[512];

	snprintf(full, sizeof(full), "%s:%s", path, expected);
	CHECK_INT(read_alone(text), -EINVAL);
	CHECK_STR(said, full);
}

/* Each wrong line is told, and the right ones between them are no excuse. */
static void test_all_that_is_wrong(void)
{
	CHECK_INT(read_alone("tunel = wg0\nquiet\ntc = x\nunit = a"), -EINVAL);
	CHECK_INT(times_said, 2);
}

static void test_wrong_lines(void)
{
	char line[2100] = "";

	wrong("\n\ntunel = wg0", "3: there is no option 'tunel'; the nearest is 'tunnel'");
	wrong("--tunnel = wg0", "1: there is no option '--tunnel'; the nearest is 'tunnel'");
	wrong("ttll = 5", "1: there is no option 'ttll'; the nearest is 'ttl'");
	wrong("bogus", "1: there is no option 'bogus'; leakaudit.conf(5) says which there are");
	wrong("quiet\nnow", "2: 'now' is for the command line only");
	wrong("list", "1: 'list' is for the command line only");
	wrong("tunnel", "1: tunnel needs a value: tunnel = IF");
	wrong("tunnel =", "1: tunnel has no value behind its '='");
	wrong("tunnel = # wg0", "1: tunnel has no value behind its '='");
	wrong("tunnel = \"\"", "1: tunnel has no value behind its '='");
	wrong("tunnel = \"wg0", "1: tunnel has no closing '\"'");
	wrong("tunnel = \"wg0\" wg1", "1: there is more behind the closing '\"'");
	wrong("[watch]", "1: there are no sections: a line is NAME = VALUE");
	wrong("a b = c", "1: 'a b' is no option: a line is NAME = VALUE");
	wrong("= c", "1: there is no name before the '=': a line is NAME = VALUE");
	wrong("tunnel = 'wg0'", "1: tunnel: a value is in double quotes, or in none");
	wrong("drop = dns,\\\n  stun",
	      "1: drop: a '\\' does not join two lines: each is NAME = VALUE");
	wrong("tunnel = wg0 \\\r\n",
	      "1: tunnel: a '\\' does not join two lines: each is NAME = VALUE");
	memset(line, 'x', sizeof(line) - 1);
	wrong(line, "1: the line has more than 2048 bytes");
	wrong("TUNNEL = wg0", "1: there is no option 'TUNNEL'; the nearest is 'tunnel'");
	wrong("quiet = maybe", "1: quiet takes yes or no, or stands alone");
	wrong("tc = clsat", "1: tc has no value 'clsat'; the nearest is 'clsact'");
	wrong("drop = dns,x",
	      "1: drop has no value 'x'; there are all, dns, ipv6, stun and torrent");
	wrong("interval = 0", "1: interval takes a value between 1 and 60, not '0'");
	wrong("tc = tcx\nquiet\ntc = tcx", "3: tc was said before, in line 1");
	CHECK_INT(read_alone("quiet # tunnel = x"), 0);
	CHECK(c.quiet);
	CHECK_INT(read_alone("\xef\xbb\xbfquiet\r\n"), 0);
	CHECK(c.quiet);
}

static void refused(int r, int expected, const char *words)
{
	CHECK_INT(r, expected);
	CHECK(strstr(said, words));
	if (!strstr(said, words))
		printf("# %s\n", said);
}

static void test_files_that_are_not_read(void)
{
	struct fault f = { 0 };

	clear();
	write_file("quiet\0quiet", 11);
	CHECK_INT(opt_file_read(&file, path, &f), -EINVAL);
	CHECK(strstr(f.reason, ":1: there is a byte of 0"));
	CHECK_INT(opt_file_read(&file, "/dev/zero", &f), -EINVAL);
	CHECK_INT(opt_file_read(&file, "/nowhere/at/all", &f), -ENOENT);
	write_file("quiet", 5);
	CHECK(!truncate(path, 70000));
	CHECK_INT(opt_file_read(&file, path, &f), -EFBIG);
	chmod(path, 0664);
	refused(read_alone("quiet"), -EPERM, "others may write it");
	chmod(path, 0646);
	refused(read_alone("quiet"), -EPERM, "others may write it");
	chmod(path, 0644);
	chmod(dir, 0757);
	refused(read_alone("quiet"), -EPERM, "others may write to its directory");
	chmod(dir, 01777);
	CHECK_INT(read_alone("quiet"), 0);
	chmod(dir, 0755);
	if (geteuid())
		SKIP("needs root");
	CHECK(!chown(path, 1, 0));
	refused(read_alone("quiet"), -EPERM, "others may write it");
	CHECK(!chown(path, 0, 0) && !chown(dir, 1, 0));
	refused(read_alone("quiet"), -EPERM, "others may write to its directory");
	CHECK(!chown(dir, 0, 0));
}

static void test_places(void)
{
	struct fault f = { 0 };

	CHECK_INT(read_alone("quiet\nunit = a"), 0);
	fault_say(&f, -EINVAL, "it is wrong");
	opt_file_fault(&file, c.unit, -EINVAL, &f);
	CHECK(strstr(f.reason, ":2: it is wrong"));
	fault_say(&f, -EINVAL, "it is wrong");
	opt_file_fault(&file, "a", -EINVAL, &f);
	CHECK_STR(f.reason, "it is wrong");
	CHECK_INT(opt_file_fault(NULL, "a", -EINVAL, &f), -EINVAL);
	clear();
	unlink(path);
	rmdir(dir);
}

static void test_begin(void)
{
	CHECK(mkdtemp(dir));
	chmod(dir, 0755);
	snprintf(path, sizeof(path), "%s/x.conf", dir);
}

UNIT_MAIN("opt_file", { "begin", test_begin }, { "values", test_values },
	  { "line_counts", test_line_counts }, { "wrong_lines", test_wrong_lines },
	  { "all_that_is_wrong", test_all_that_is_wrong },
	  { "files_that_are_not_read", test_files_that_are_not_read }, { "places", test_places })
