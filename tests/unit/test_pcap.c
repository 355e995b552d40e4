/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets as pcapng: the bytes, and to whom they go. */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "blocks.h"
#include "report/pcapng.h"
#include "records.h"
#include "base/util.h"

static struct fault fault;

static const char *file(const char *name)
{
	static char path[64];

	snprintf(path, sizeof(path), "%s/%s", test_dir(), name);
	return path;
}

static struct sink *open_pcap(const char *name, const char *options)
{
	char spec[128];

	snprintf(spec, sizeof(spec), "pcap:%s%s", file(name), options);
	return open_sink(spec);
}

static void test_bytes(void)
{
	static const uint8_t packet[] = { 0x45, 0, 0, 20, 7 };
	static const char expected[] = "0a0d0d0a"
				       "2c000000"
				       "4d3c2b1a"
				       "01000000"
				       "ffffffffffffffff"
				       "04000500"
				       "6170702031000000"
				       "00000000"
				       "2c000000" /* "app 1" */
				       "01000000"
				       "30000000"
				       "71000000"
				       "00010000" /* LINKTYPE_LINUX_SLL, 256 */
				       "02000400"
				       "65746830"
				       "03000100"
				       "78000000"
				       "09000100"
				       "09000000"
				       "00000000"
				       "30000000"
				       "06000000"
				       "4c000000"
				       "00000000"
				       "00000000"
				       "02ca9a3b" /* 10^9 + 2 */
				       "15000000"
				       "24000000"
				       "0000fffe"
				       "0000000000000000"
				       "00000800"
				       "4500001407000000"
				       "01000200"
				       "68690000"
				       "02000400"
				       "01000000"
				       "00000000"
				       "4c000000";
	uint8_t buf[512];
	struct pcapng p = { .buf = buf, .size = sizeof(buf) };
	char hex[2 * sizeof(buf) + 1] = "";

	if (htole32(1) != 1)
		SKIP("the bytes are those of a little-endian machine");
	pcapng_section(&p, "app 1");
	pcapng_interface(&p, &(struct pcapng_interface){ "eth0", "x", 256 });
	pcapng_packet(&p, &(struct pcapng_packet){ .time = { 1, 2 },
						   .data = packet,
						   .caplen = sizeof(packet),
						   .len = 20,
						   .inbound = true,
						   .comment = "hi" });
	for (size_t i = 0; i < p.len; i++)
		snprintf(hex + 2 * i, 3, "%02x", buf[i]);
	CHECK_STR(hex, expected);
}

/* What does not fit is not begun, and a string is cut between code points. */
static void test_bounds(void)
{
	static uint8_t buf[2 * PCAPNG_BLOCK_MAX];
	char name[600];
	struct pcapng p;
	size_t whole;

	for (size_t i = 0; i + 2 < sizeof(name); i += 2)
		memcpy(name + i, "\xc3\xbc", 2);
	name[sizeof(name) - 2] = '\0';
	p = (struct pcapng){ .buf = buf, .size = sizeof(buf) };
	pcapng_interface(&p, &(struct pcapng_interface){ name, name, 256 });
	CHECK(!p.full && p.len < PCAPNG_BLOCK_MAX);
	CHECK(buf[18] == 254 && buf[19] == 0); /* of 255 bytes, with no half of an ü */
	whole = p.len;
	for (size_t size = 0; size < whole; size++) {
		p = (struct pcapng){ .buf = buf, .size = size };
		pcapng_interface(&p, &(struct pcapng_interface){ name, name, 256 });
		CHECK(p.full && p.len == 0);
	}
}

static void test_packets(void)
{
	struct sink *s = open_pcap("packets", ",snaplen=64");
	struct record r = dns_leak();
	static const uint8_t data[128] = { 0x45 };
	struct record_packet packet = { &r.leak, { 1795432151, 123456789 }, data, 128, 1500 };
	struct blocks b;
	struct stat st;

	if (!CHECK(s != NULL))
		return;
	CHECK(!sink_takes_records(s) && !sink_on_stream(s));
	CHECK_INT(sink_snaplen(s), 64);
	CHECK_INT(sink_write(s, &r), 0); /* tells nothing */
	CHECK_INT(sink_packet(s, &packet), 0);
	r.leak.flow.key.netns = 2; /* another eth0 */
	r.leak.flow.verdict = LA_VERDICT_DROPPED;
	r.leak.process = (struct record_process){ 0 };
	r.leak.flow.cls = LA_CLASS_IPV4;
	r.leak.flow.detail = LA_DETAIL_NONE;
	packet.caplen = packet.len = 33;
	CHECK_INT(sink_packet(s, &packet), 0);
	r.leak = (struct record_leak){ .flow = { .cls = LA_CLASS_MAX, .key.ifindex = 7 },
				       .ingress = true };
	CHECK_INT(sink_packet(s, &packet), 0);
	r = dns_leak();
	CHECK_INT(sink_packet(s, &packet), 0); /* the first interface again */
	CHECK_INT(sink_written(s), 4);
	CHECK_INT(sink_lost(s), 0);
	sink_free(s);

	CHECK(stat(file("packets"), &st) == 0 && (st.st_mode & 07777) == 0600);
	CHECK(blocks_load(file("packets"), &b));
	CHECK_INT(b.sections, 1);
	CHECK_INT(b.interfaces, 3);
	if (CHECK_INT(b.n, 4)) {
		CHECK_STR(b.packets[0].comment, "transmission-da[812] dns/udp leaked over eth0");
		CHECK_STR(b.packets[0].interface, "eth0");
		CHECK_STR(b.packets[0].description, "index 2, netns 1");
		CHECK(b.packets[0].ns == 1795432151123456789);
		CHECK_INT(b.packets[0].caplen, 64);
		CHECK_INT(b.packets[0].len, 1500);
		CHECK_INT(b.packets[0].flags, 2);
		CHECK_STR(b.packets[1].comment, "ipv4 stopped over eth0");
		CHECK_STR(b.packets[1].description, "index 2, netns 2");
		CHECK_INT(b.packets[1].caplen, 33);
		CHECK_STR(b.packets[2].comment, "leaked");
		CHECK_STR(b.packets[2].interface, "");
		CHECK_STR(b.packets[2].description, "index 7");
		CHECK_INT(b.packets[2].flags, 1);
		CHECK_STR(b.packets[3].description, "index 2, netns 1");
	}
	blocks_free(&b);
}

static void test_hostile_names(void)
{
	static const struct {
		const char *name, *comment;
	} rows[] = {
		{ "a\033[1m\xff", "a\\x1b[1m\\xff[812] dns/udp leaked over a\\x1b[1m\\xff" },
		{ "gr\xc3\xbc\xc3\x9f",
		  "gr\xc3\xbc\xc3\x9f[812] dns/udp leaked over gr\xc3\xbc\xc3\x9f" },
		{ "a\nb", "a\\x0ab[812] dns/udp leaked over a\\x0ab" },
		{ "", "process[812] dns/udp leaked over " },
	};
	struct sink *s = open_pcap("names", "");
	struct record r = dns_leak();
	struct record_packet packet = { &r.leak, { 1, 0 }, (const uint8_t *)"E", 1, 1 };
	char name[300];
	struct blocks b;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		r.leak.process.name = r.leak.ifname = rows[i].name;
		CHECK_INT(sink_packet(s, &packet), 0);
	}
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	r.leak.process.name = r.leak.ifname = name;
	CHECK_INT(sink_packet(s, &packet), 0);
	sink_free(s);
	CHECK(blocks_load(file("names"), &b));
	if (CHECK_INT(b.n, 5))
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
			CHECK_STR(b.packets[i].comment, rows[i].comment);
	blocks_free(&b);
}

/* Every interface that comes and goes is told once in a section, and a section
 * does not grow without end. */
static void test_many_interfaces(void)
{
	struct sink *s = open_pcap("many", "");
	struct blocks b;
	char name[16];

	for (uint32_t i = 0; i < 3000; i++) {
		snprintf(name, sizeof(name), "veth%u", i);
		CHECK_INT(send_packet(s, i, name, 60), 0);
		CHECK_INT(send_packet(s, i, "eth0", 60), 0);
	}
	sink_free(s);
	CHECK(blocks_load(file("many"), &b));
	CHECK_INT(b.sections, 3);
	CHECK_INT(b.interfaces, 3003);
	for (size_t i = 0; CHECK_INT(b.n, 6000) && i < b.n; i++) {
		snprintf(name, sizeof(name), "veth%zu", i / 2);
		if (!CHECK_INT(packet_number(&b.packets[i]), i / 2) ||
		    !CHECK_STR(b.packets[i].interface, i % 2 ? "eth0" : name))
			break;
	}
	blocks_free(&b);
}

static void test_stdout(void)
{
	struct sink *s;
	struct blocks b;
	int p[2];

	if (!CHECK(make_pipe(p, 1 << 16)))
		return;
	redirect(p[1]);
	s = open_sink("pcap:-");
	CHECK(s && sink_on_stream(s) && sink_snaplen(s) == 256);
	CHECK_INT(sink_reopen(s, &fault), 0);
	for (uint32_t i = 0; i < 10; i++)
		CHECK_INT(send_packet(s, i, "eth0", 1000), 0);
	sink_free(s);
	restore();
	close(p[1]);
	CHECK(blocks_read(p[0], &b));
	CHECK_INT(b.sections, 1);
	CHECK_INT(b.n, 10);
	blocks_free(&b);
	close(p[0]);
}

static void drain(struct sink *s, int from, int to)
{
	uint8_t buf[4096];
	ssize_t n;

	do {
		n = read(from, buf, sizeof(buf));
		if (n > 0)
			CHECK_INT(write(to, buf, (size_t)n), n);
		sink_pump(s);
	} while (n > 0 || sink_want_write(s));
}

/* A reader that pauses: what it misses is counted, what it gets is whole, and
 * every packet's interface was told, also where that was lost at first. */
static void test_slow_reader(void)
{
	int p[2], fd = open(file("slow"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	uint32_t sent = 0, lost = 0, number, next = 0;
	struct blocks b;
	struct sink *s;
	char name[16];

	if (!CHECK(make_pipe(p, 1 << 16)))
		return;
	fcntl(p[0], F_SETFL, O_NONBLOCK);
	redirect(p[1]);
	s = open_sink("pcap:-,snaplen=9216");
	for (; sent < 2000; sent++) {
		snprintf(name, sizeof(name), "if%u", sent / 10);
		lost += send_packet(s, sent, name, 2000) != 0;
	}
	CHECK(lost > 0 && said_lines() == 1);
	CHECK_INT(sink_lost(s), lost);
	close(p[1]);
	restore();
	drain(s, p[0], fd);
	for (int i = 0; i < 5; i++) /* of an interface whose first packets were lost */
		CHECK_INT(send_packet(s, sent++, "if199", 100), 0);
	drain(s, p[0], fd);
	CHECK_INT(sink_written(s), sent - lost);
	sink_free(s);
	close(p[0]);
	lseek(fd, 0, SEEK_SET);
	CHECK(blocks_read(fd, &b));
	close(fd);
	CHECK_INT(b.n, sent - lost);
	for (size_t i = 0; i < b.n; i++) {
		number = packet_number(&b.packets[i]);
		snprintf(name, sizeof(name), "if%u", MIN(number / 10, 199U));
		if (!CHECK(number >= next) || !CHECK_STR(b.packets[i].interface, name))
			break;
		next = number + 1;
	}
	CHECK_INT(next, sent);
	blocks_free(&b);
}

static void test_terminal(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), slave, r;
	struct sink *s = NULL;
	char spec[64];

	grantpt(master);
	unlockpt(master);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	redirect(slave);
	r = sink_open("pcap:-", STDOUT_FILENO, &s, &fault);
	restore();
	CHECK_INT(r, -EINVAL);
	CHECK_STR(fault.reason, "packets cannot be shown on a terminal");
	CHECK_STR(fault.help, "keep them in pcap:FILE, or pipe them: | wireshark -k -i -");
	snprintf(spec, sizeof(spec), "pcap:%s", ptsname(master));
	CHECK_INT(sink_open(spec, STDOUT_FILENO, &s, &fault), -EINVAL);
	CHECK(strstr(fault.reason, "is a terminal"));
	close(slave);
	close(master);
}

#define NO_COMMA "pcap:FILE[,snaplen=N][,rotate=SIZE]: FILE itself cannot have a comma"
#define SNAPLEN(got) "output pcap: snaplen takes a size from 64 to 9216, not '" got "'"
#define ROTATE(got) "output pcap: rotate takes a size from 64K to 1024G, not '" got "'"

static void test_specs(void)
{
	static const struct {
		const char *spec, *reason, *help;
	} rows[] = {
		{ "pcap", "output pcap lacks the name of a file",
		  "pcap:FILE, or pcap:- for the standard output" },
		{ "pcap:", "output pcap lacks the name of a file",
		  "pcap:FILE, or pcap:- for the standard output" },
		{ "pcap:,snaplen=64", "output pcap lacks the name of a file",
		  "pcap:FILE, or pcap:- for the standard output" },
		{ "pcap:f,snap=64", "output pcap has no option 'snap'; the nearest is 'snaplen'",
		  NO_COMMA },
		{ "pcap:f,", "output pcap has no option ''; there are snaplen and rotate",
		  NO_COMMA },
		{ "pcap:a,b.pcapng",
		  "output pcap has no option 'b.pcapng'; there are snaplen and rotate", NO_COMMA },
		{ "pcap:f,snaplen=63", SNAPLEN("63"), "snaplen=64" },
		{ "pcap:f,snaplen=9217", SNAPLEN("9217"), "snaplen=9216" },
		{ "pcap:f,snaplen", SNAPLEN(""), "snaplen=64" },
		{ "pcap:f,snaplen=ten", SNAPLEN("ten"), "snaplen=64" },
		{ "pcap:f,rotate=1K", ROTATE("1K"), "rotate=64K" },
		{ "pcap:f,rotate=99999999999999999999", ROTATE("99999999999999999999"),
		  "rotate=1024G" },
		{ "pcap:-,rotate=1M", "output pcap: only files can be rotated",
		  "pcap:FILE,rotate=SIZE" },
		{ "pcap:/dev/null,rotate=1M", "output pcap: only files can be rotated",
		  "pcap:FILE,rotate=SIZE" },
		{ "pcan:f", "no output is called 'pcan'; the nearest is 'pcap'", "" },
	};
	struct sink *s = NULL;
	int p[2];

	CHECK(make_pipe(p, 4096));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		redirect(p[1]);
		CHECK_INT(sink_open(rows[i].spec, STDOUT_FILENO, &s, &fault), -EINVAL);
		restore();
		CHECK_STR(fault.reason, rows[i].reason);
		CHECK_STR(fault.help, rows[i].help);
	}
	CHECK(access("f", F_OK) < 0);
	CHECK_INT(sink_open("pcap:/nowhere/f", STDOUT_FILENO, &s, &fault), -ENOENT);
	CHECK_STR(fault.reason, "cannot open output 'pcap:/nowhere/f': No such file or directory");
	CHECK_INT(sink_open("pcap:/dev/full", STDOUT_FILENO, &s, &fault), -ENOSPC);
	CHECK_STR(fault.reason, "cannot open output 'pcap:/dev/full': No space left on device");
	CHECK(!s);
	close(p[0]);
	redirect(p[1]);
	CHECK_INT(sink_open("pcap:-", STDOUT_FILENO, &s, &fault), -EPIPE);
	restore();
	close(p[1]);
}

UNIT_MAIN("pcap", { "bytes", test_bytes }, { "bounds", test_bounds }, { "packets", test_packets },
	  { "hostile_names", test_hostile_names }, { "many_interfaces", test_many_interfaces },
	  { "stdout", test_stdout }, { "slow_reader", test_slow_reader },
	  { "terminal", test_terminal }, { "specs", test_specs })
