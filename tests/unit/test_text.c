/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text sink on a terminal: width, colour, a terminal that is stopped. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "sinks.h"
#include "base/text.h"

static int terminal(int *slave, unsigned short columns)
{
	struct winsize size = { .ws_row = 50, .ws_col = columns };
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	struct termios t;

	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
		return -1;
	*slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (*slave < 0 || tcgetattr(*slave, &t) < 0)
		return -1;
	t.c_oflag &= ~OPOST; /* no \r */
	tcsetattr(*slave, TCSANOW, &t);
	ioctl(*slave, TIOCSWINSZ, &size);
	return master;
}

static struct record leak(const char *name)
{
	return (struct record){
		.action = RECORD_LEAK,
		.time = { 1795432151, 0 },
		.leak = {
			.flow = { .key = { .family = 6, .proto = 6, .dport = 443 }, .packets = 1,
				  .cls = LA_CLASS_IPV6 },
			.state = RECORD_FLOW_OPEN,
			.cause = RECORD_CAUSE_FAMILY,
			.ifname = "eth0",
			.process = { .pid = 812, .name = name },
		},
	};
}

static struct record summary(void)
{
	static struct record_sum class[] = { { "dns", 1, 71 },
					     { "stun", 0, 0 },
					     { "ipv6", 12, 9000 } };
	static const struct record_dropouts dropouts = { 2, 14000000000, 8000000000, true };
	static struct record_sum process[20], exempt[] = { { "lan", 2, 80 }, { "allowed", 0, 0 } };
	static char names[20][64];

	for (unsigned int i = 0; i < 20; i++) {
		snprintf(names[i], sizeof(names[i]), "%s[%u]",
			 i == 19 ? "a\033[31m-very-long-name-of-a-process" : "p", i);
		process[i] = (struct record_sum){ names[i], i + 1, 100 * (i + 1) };
	}
	return (struct record){
		.action = RECORD_SUMMARY,
		.time = { 1795432152, 0 },
		.summary = {
			.leaks = { NULL, 13, 9071 },
			.by_class = { class, 3 }, .by_process = { process, 20 }, .exempt = { exempt, 2 },
			.inside = { NULL, 3, 300 }, .dropouts = &dropouts,
			.lost = { .events = 12, .evidence = 7 }, .seconds = 3.25,
			.incomplete = "12 events were lost since the ring buffer was full: a larger "
				      "--buffer helps",
		},
	};
}

/* What the text sink writes of a leak and a summary. */
static const char *shown(unsigned short columns, bool to_terminal)
{
	static char buf[1 << 16];
	int slave = -1, p[2] = { -1, -1 }, master = -1;
	struct record r = leak("a\033[31m\xff"), sum = summary();
	struct sink *s;
	ssize_t n;

	if (to_terminal)
		master = terminal(&slave, columns);
	else if (make_pipe(p, 1 << 16))
		master = p[0], slave = p[1], fcntl(p[0], F_SETFL, O_NONBLOCK);
	redirect(slave);
	s = open_sink("text");
	CHECK_INT(sink_write(s, &r), 0);
	CHECK_INT(sink_write(s, &sum), 0);
	n = read(master, buf, sizeof(buf) - 1);
	for (ssize_t more = n; more > 0 && n<(ssize_t)sizeof(buf) - 1; n += more> 0 ? more : 0) {
		sink_pump(s);
		more = read(master, buf + n, sizeof(buf) - 1 - n);
	}
	buf[n > 0 ? n : 0] = '\0';
	sink_free(s);
	restore();
	close(slave);
	close(master);
	return buf;
}

static void test_plain(void)
{
	CHECK_STR(shown(0, false),
		  "11:09:11 leak  ipv6    a\\x1b[31m\\xff[812] leaked an IPv6 tcp packet over eth0 "
		  "to "
		  "[::]:443 (the tunnel carries no IPv6)\n"
		  "11:09:12 end           13 packets (9.1 kB) leaked, 3 messages through the "
		  "tunnel told an exposed address, 2 packets (80 B) exempt, 2 dropouts of the "
		  "tunnel (14 s, still "
		  "down) in 3.2 s; incomplete: 12 events were lost since the ring buffer was full: "
		  "a larger --buffer helps\n"
		  "\n"
		  "                                                               packets       "
		  "bytes\n"
		  "  leaked                                                            13      9.1 "
		  "kB\n"
		  "  stopped                                                            0         "
		  "0 B\n"
		  "  inside       address revealed                                      3       "
		  "300 B\n"
		  "  by class     ipv6                                                 12      9.0 "
		  "kB\n"
		  "               dns                                                   1        "
		  "71 B\n"
		  "  by process   a\\x1b[31m-very-long-name-of-a-process[19]            20      "
		  "2.0 kB\n"
		  "               p[18]                                                19      1.9 "
		  "kB\n"
		  "               p[17]                                                18      1.8 "
		  "kB\n"
		  "               p[16]                                                17      1.7 "
		  "kB\n"
		  "               p[15]                                                16      1.6 "
		  "kB\n"
		  "               p[14]                                                15      1.5 "
		  "kB\n"
		  "               p[13]                                                14      1.4 "
		  "kB\n"
		  "               p[12]                                                13      1.3 "
		  "kB\n"
		  "               p[11]                                                12      1.2 "
		  "kB\n"
		  "               p[10]                                                11      1.1 "
		  "kB\n"
		  "               p[9]                                                 10      1.0 "
		  "kB\n"
		  "               p[8]                                                  9       "
		  "900 B\n"
		  "               all others                                           36      3.6 "
		  "kB\n"
		  "  exempt       lan                                                   2        "
		  "80 B\n"
		  "  tunnel       down: 2 dropouts, 14 s in all, the longest 8.0 s\n"
		  "  lost         12 events, 0 packets without a flow, 0 lines of output, "
		  "7 packets of the evidence\n"
		  "  complete     no: 12 events were lost since the ring buffer was full: a larger "
		  "--buffer helps\n");
}

static void test_width(void)
{
	static const unsigned short widths[] = { 50, 80, 120, 200 };
	size_t columns, widest;
	const char *s;

	setenv("NO_COLOR", "1", 1);
	for (size_t i = 0; i < ARRAY_SIZE(widths); i++) {
		s = shown(widths[i], true);
		CHECK(strstr(s, "complete") && strstr(s, "helps\n"));
		CHECK(!strchr(s, '\033'));
		widest = columns = 0;
		for (; *s; s++) {
			columns = *s == '\n' ? 0 : columns + 1;
			widest = MAX(widest, columns);
		}
		if (!CHECK(widest <= widths[i]))
			printf("# %zu of %d columns\n", widest, widths[i]);
	}
	unsetenv("NO_COLOR");
}

static void test_colour(void)
{
	const char *s;

	setenv("TERM", "xterm", 1);
	s = shown(80, true);
	CHECK(strstr(s, "\033[1m\033[31mleak "));
	CHECK(!strstr(s, "\033[31m\xff"));
	CHECK(strstr(s, "a\\x1b[31m\\xff[812]"));
	CHECK(!strchr(shown(0, false), '\033'));
	setenv("NO_COLOR", "", 1); /* empty is unset */
	CHECK(strchr(shown(80, true), '\033'));
	setenv("NO_COLOR", "1", 1);
	CHECK(!strchr(shown(80, true), '\033'));
	unsetenv("NO_COLOR");
	setenv("TERM", "dumb", 1);
	CHECK(!strchr(shown(80, true), '\033'));
}

/* ^S, or a screen that nobody looks at: the terminal takes no more. */
static void test_stopped_terminal(void)
{
	struct record r = leak("x");
	struct timespec from, to;
	int slave, master = terminal(&slave, 80);
	struct sink *s;

	redirect(slave);
	s = open_sink("text");
	clock_gettime(CLOCK_MONOTONIC, &from);
	for (int i = 0; i < 20000; i++)
		sink_write(s, &r);
	clock_gettime(CLOCK_MONOTONIC, &to);
	CHECK(to.tv_sec - from.tv_sec < 5);
	CHECK(sink_want_write(s) && sink_lost(s) > 0 && sink_fd(s) >= 0);
	CHECK_INT(fcntl(slave, F_GETFL) & O_NONBLOCK, 0);
	CHECK_INT(sink_flush(s, 20), -EAGAIN);
	sink_free(s);
	restore();
	close(slave);
	close(master);
}

/* The clock of the lines is local time. */
__attribute__((constructor)) static void utc(void)
{
	setenv("TZ", "UTC", 1);
	tzset();
}

UNIT_MAIN("text", { "plain", test_plain }, { "width", test_width }, { "colour", test_colour },
	  { "stopped_terminal", test_stopped_terminal })
