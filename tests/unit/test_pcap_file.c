/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of evidence: continued, refused, rotated, full. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include "blocks.h"
#include "report/pcapng.h"
#include "base/util.h"

static struct fault fault;

/* Of the last four names. */
static const char *file(const char *name)
{
	static char path[4][64];
	static int i;

	i = (i + 1) % 4;
	snprintf(path[i], sizeof(path[i]), "%s/%s", test_dir(), name);
	return path[i];
}

static int open_pcap(struct sink **s, const char *name, const char *options)
{
	char spec[128];

	*s = NULL;
	snprintf(spec, sizeof(spec), "pcap:%s%s", file(name), options);
	return sink_open(spec, STDOUT_FILENO, s, &fault);
}

static void append(const char *name, const void *bytes, size_t len, int mode)
{
	int fd = open(file(name), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	CHECK_INT(fchmod(fd, (mode_t)mode), 0);
	CHECK_INT(write(fd, bytes, len), (ssize_t)len);
	close(fd);
}

static off_t size_of(const char *name)
{
	struct stat st;

	return stat(file(name), &st) ? -1 : st.st_size;
}

static void limit_size(rlim_t n)
{
	struct rlimit l;

	getrlimit(RLIMIT_FSIZE, &l);
	l.rlim_cur = n;
	setrlimit(RLIMIT_FSIZE, &l);
}

/* The packets of a file, in their order, are those from `first` on. */
static bool holds(const char *name, unsigned int sections, uint32_t first, size_t n)
{
	struct blocks b;
	bool good = blocks_load(file(name), &b);

	good = CHECK(good) && CHECK_INT(b.sections, sections) && CHECK_INT(b.n, n);
	for (size_t i = 0; good && i < n; i++)
		good = CHECK_INT(packet_number(&b.packets[i]), first + i);
	blocks_free(&b);
	return good;
}

static void test_append(void)
{
	static const uint8_t half[] = { 6, 0, 0, 0, 80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3 };
	struct sink *s;
	struct stat st;

	CHECK_INT(open_pcap(&s, "new", ""), 0);
	CHECK(holds("new", 1, 0, 0)); /* a run without leaks leaves a file that can be read */
	CHECK_INT(send_packet(s, 0, "eth0", 1000), 0);
	sink_free(s);
	CHECK(stat(file("new"), &st) == 0 && (st.st_mode & 07777) == 0600);

	CHECK_INT(open_pcap(&s, "new", ""), 0);
	CHECK_INT(send_packet(s, 1, "eth0", 1000), 0); /* its interface is told anew */
	sink_free(s);
	CHECK(holds("new", 2, 0, 2));

	/* each part that a crash can leave of a block is cut off */
	st.st_size = size_of("new");
	for (size_t n = 1; n <= sizeof(half); n++) {
		append("new", half, n, 0600);
		redirect(-1);
		CHECK_INT(open_pcap(&s, "new", ""), 0);
		restore();
		CHECK_INT(said_lines(), 1);
		sink_free(s);
		CHECK(holds("new", 3, 0, 2));
		CHECK_INT(truncate(file("new"), st.st_size), 0);
	}
	CHECK(holds("new", 2, 0, 2));
	CHECK(tcpdump_reads(file("new")) == 2 || tcpdump_reads(file("new")) == -2);
	append("empty", "", 0, 0600);
	CHECK_INT(open_pcap(&s, "empty", ""), 0);
	sink_free(s);
	CHECK(holds("empty", 1, 0, 0));
}

static void test_other_snaplen(void)
{
	struct sink *s;

	CHECK_INT(open_pcap(&s, "snap", ""), 0);
	CHECK_INT(send_packet(s, 0, "eth0", 1000), 0);
	sink_free(s);
	CHECK_INT(open_pcap(&s, "snap", ",snaplen=512"), 0);
	CHECK_INT(send_packet(s, 1, "eth0", 1000), 0);
	sink_free(s);
	CHECK(holds("snap", 2, 0, 2));
	CHECK(tcpdump_reads(file("snap")) == 2 || tcpdump_reads(file("snap")) == -2);
}

/* A section of a machine with the other byte order, as Wireshark may have left. */
static void test_other_byte_order(void)
{
	static const uint8_t big[] = {
		0x0a, 0x0d, 0x0d, 0x0a, 0,   0,	  0,   28,  0x1a, 0x2b, 0x3c, 0x4d, 0, 1, 0, 0,
		255,  255,  255,  255,	255, 255, 255, 255, 0,	  0,	0,    28,   0, 0, 0, 1,
		0,    0,    0,	  20,	0,   101, 0,   0,   0,	  0,	1,    0,    0, 0, 0, 20,
	};
	struct sink *s;

	append("big", big, sizeof(big), 0600);
	CHECK_INT(open_pcap(&s, "big", ""), 0);
	sink_free(s);
	CHECK_INT(open_pcap(&s, "big", ""), 0);
	sink_free(s);
	CHECK_INT((size_of("big") - (off_t)sizeof(big)) % 2, 0);
}

static void refused(const char *name, int error, const char *words)
{
	off_t before = size_of(name);
	struct sink *s;

	CHECK_INT(open_pcap(&s, name, ""), error);
	if (!CHECK(strstr(fault.reason, words) && strstr(fault.reason, file(name)) &&
		   fault.help[0]))
		printf("# %s\n", fault.reason);
	CHECK(!s);
	CHECK_INT(size_of(name), before);
}

static void test_refused(void)
{
	static const uint8_t damaged[] = { 6, 0, 0, 0, 16, 0, 0, 0, 9, 9, 9, 9, 17, 0, 0, 0 };
	static const uint8_t long_one[] = { 6, 0, 0, 0, 0, 0, 0, 64 };
	static uint8_t zeros[16 << 10];
	struct sink *s, *twice;

	append("text", "some notes of mine\n", 19, 0600);
	refused("text", -ENOMSG, "is not a pcapng file");
	append("short", "\x0a\x0d\x0d\x0a", 4, 0600);
	refused("short", -ENOMSG, "is not a pcapng file");
	append("classic", "\xd4\xc3\xb2\xa1\x02\0\x04\0", 8, 0600);
	refused("classic", -ENOMSG, "is not a pcapng file");

	CHECK_INT(open_pcap(&s, "ours", ""), 0);
	refused("ours", -EBUSY, "is in use by another writer");
	CHECK_INT(send_packet(s, 0, "eth0", 100), 0);
	sink_free(s);
	CHECK_INT(open_pcap(&twice, "ours", ""), 0);
	sink_free(twice);
	for (int mode = 0604; mode <= 0660; mode += 014) {
		CHECK_INT(chmod(file("ours"), (mode_t)mode), 0);
		refused("ours", -EPERM, "others may read or write");
		CHECK(!strncmp(fault.help, "chmod 600 ", 10));
	}
	CHECK_INT(chmod(file("ours"), 0600), 0);

	append("ours", damaged, sizeof(damaged), 0600);
	refused("ours", -EBADMSG, "is damaged at byte");
	/* what claims to be longer than any block of ours is not cut off */
	CHECK_INT(open_pcap(&s, "long", ""), 0);
	sink_free(s);
	append("long", long_one, sizeof(long_one), 0600);
	append("long", zeros, sizeof(zeros), 0600);
	refused("long", -EBADMSG, "is damaged at byte");
	if (geteuid() == 0) {
		CHECK_INT(open_pcap(&s, "theirs", ""), 0);
		sink_free(s);
		CHECK_INT(chown(file("theirs"), 65534, 65534), 0);
		refused("theirs", -EPERM, "belongs to user 65534");
	}
}

static void test_rotate(void)
{
	const uint32_t sent = 6000;
	uint32_t next = 0;
	struct sink *s;
	struct blocks b;
	char name[16];

	CHECK_INT(open_pcap(&s, "rot", ",snaplen=256,rotate=64K"), 0);
	for (uint32_t i = 0; i < sent; i++)
		CHECK_INT(send_packet(s, i, i % 2 ? "eth0" : "wlan0", 200), 0);
	CHECK_INT(sink_written(s), sent);
	CHECK_INT(sink_lost(s), 0);
	sink_free(s);
	CHECK_INT(size_of("rot.10"), -1);
	for (int i = 9; i >= 0; i--) {
		snprintf(name, sizeof(name), i ? "rot.%d" : "rot", i);
		CHECK(size_of(name) <= 64 << 10 && (!i || size_of(name) > 60 << 10));
		CHECK(blocks_load(file(name), &b));
		CHECK_INT(b.sections, 1);
		CHECK_INT(b.interfaces, 2);
		next = i == 9 && b.n ? packet_number(&b.packets[0]) : next;
		for (size_t k = 0; CHECK(b.n > 0) && k < b.n; k++, next++)
			if (!CHECK_INT(packet_number(&b.packets[k]), next) ||
			    !CHECK_STR(b.packets[k].interface, next % 2 ? "eth0" : "wlan0"))
				break;
		if (i == 9)
			CHECK(packet_number(&b.packets[0]) > 0); /* the oldest are given up */
		blocks_free(&b);
	}
	CHECK_INT(next, sent);
	/* one that exists already counts from its size on */
	CHECK_INT(open_pcap(&s, "rot", ",rotate=64K"), 0);
	for (uint32_t i = 0; i < 250; i++)
		CHECK_INT(send_packet(s, sent + i, "eth0", 200), 0);
	sink_free(s);
	CHECK(size_of("rot") <= 64 << 10 && size_of("rot.1") <= 64 << 10);
}

/* Where nothing can be renamed, the packets stay where they are. */
static void test_cannot_rotate(void)
{
	struct sink *s;

	CHECK_INT(open_pcap(&s, "stuck", ",rotate=64K"), 0);
	CHECK_INT(mkdir(file("stuck.1"), 0700), 0);
	CHECK_INT(mkdir(file("stuck.2"), 0700), 0);
	append("stuck.2/x", "", 0, 0600);
	redirect(-1);
	for (uint32_t i = 0; i < 600; i++)
		CHECK_INT(send_packet(s, i, "eth0", 200), 0);
	restore();
	CHECK_INT(said_lines(), 0); /* directories can be renamed as well */
	CHECK_INT(size_of("stuck.1") > 0, 1);
	sink_free(s);

	CHECK_INT(open_pcap(&s, "firm", ",rotate=64K"), 0);
	CHECK_INT(rename(file("firm"), file("firm.0")), 0);
	CHECK_INT(mkdir(file("firm"), 0700), 0); /* somebody's: can't be opened */
	redirect(-1);
	for (uint32_t i = 0; i < 600; i++)
		CHECK_INT(send_packet(s, i, "eth0", 200), 0);
	restore();
	CHECK(said_lines() >= 1 && said_lines() <= 3);
	sink_free(s);
	CHECK(holds("firm.0", 1, 0, 600));
}

static void test_reopen(void)
{
	struct sink *s;

	CHECK_INT(open_pcap(&s, "log", ""), 0);
	CHECK_INT(send_packet(s, 0, "eth0", 100), 0);
	CHECK_INT(sink_reopen(s, &fault), 0); /* not moved: goes on */
	CHECK_INT(send_packet(s, 1, "eth0", 100), 0);
	CHECK_INT(rename(file("log"), file("log.old")), 0);
	CHECK_INT(send_packet(s, 2, "eth0", 100), 0);
	CHECK_INT(sink_reopen(s, &fault), 0);
	CHECK_INT(send_packet(s, 3, "eth0", 100), 0);
	CHECK(holds("log.old", 1, 0, 3));
	CHECK(holds("log", 1, 3, 1));
	/* what logrotate has made for others to read is not written to */
	CHECK_INT(unlink(file("log")), 0);
	append("log", "", 0, 0640);
	CHECK_INT(rename(file("log.old"), file("log.older")), 0);
	CHECK_INT(sink_reopen(s, &fault), -EPERM);
	CHECK(strstr(fault.reason, "others may read"));
	CHECK_INT(send_packet(s, 4, "eth0", 100), 0);
	CHECK_INT(size_of("log"), 0);
	CHECK_INT(sink_written(s), 5);
	CHECK_INT(sink_lost(s), 0);
	sink_free(s);
}

/* What the file can't take waits, whole; at the end a half is taken back. */
static void test_full(void)
{
	struct sink *s;
	off_t size;

	CHECK_INT(open_pcap(&s, "full", ""), 0);
	CHECK_INT(send_packet(s, 0, "eth0", 200), 0);
	redirect(-1);
	limit_size((rlim_t)size_of("full") + 100);
	CHECK_INT(send_packet(s, 1, "eth0", 200), 0);
	CHECK_INT(send_packet(s, 2, "wlan0", 200), 0);
	CHECK(sink_want_write(s) && said_lines() == 1);
	limit_size(RLIM_INFINITY);
	CHECK_INT(send_packet(s, 3, "wlan0", 200), 0);
	CHECK(!sink_want_write(s));
	CHECK(holds("full", 1, 0, 4));

	/* another name while something waits: it is lost, and counted */
	size = size_of("full");
	limit_size((rlim_t)size + 100);
	CHECK_INT(send_packet(s, 4, "eth1", 200), 0);
	CHECK_INT(send_packet(s, 5, "eth1", 200), 0);
	CHECK_INT(size_of("full"), size + 100);
	CHECK_INT(rename(file("full"), file("full.1")), 0);
	CHECK_INT(sink_reopen(s, &fault), 0);
	CHECK_INT(sink_lost(s), 2);
	CHECK_INT(size_of("full.1"), size);
	CHECK_INT(send_packet(s, 6, "eth1", 200), 0);
	limit_size((rlim_t)size_of("full") + 100);
	CHECK_INT(send_packet(s, 7, "eth1", 200), 0);
	CHECK(sink_flush(s, 1000) < 0);
	CHECK_INT(sink_written(s), 5);
	sink_free(s);
	limit_size(RLIM_INFINITY);
	restore();
	CHECK(holds("full", 1, 6, 1));
}

static void test_small_disk(void)
{
	uint32_t sent = 0, lost = 0;
	struct sink *s;
	int r;

	if (geteuid() != 0 || unshare(CLONE_NEWNS))
		SKIP("mounting needs root");
	CHECK_INT(mkdir(file("disk"), 0700), 0);
	mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
	if (!CHECK_INT(mount("none", file("disk"), "tmpfs", 0, "size=128k"), 0))
		return;
	CHECK_INT(open_pcap(&s, "disk/f", ",snaplen=9216,rotate=64K"), 0);
	redirect(-1);
	for (; sent < 400; sent++)
		lost += send_packet(s, sent, "eth0", 9000) != 0;
	restore();
	CHECK(lost > 0 && lost < sent);
	CHECK_INT(sink_lost(s), lost);
	r = sink_flush(s, 100);
	CHECK_INT(r, -ENOSPC);
	CHECK(size_of("disk/f.1") > 0);
	/* room again: what waited is written, whole */
	CHECK_INT(mount("none", file("disk"), NULL, MS_REMOUNT, "size=16m"), 0);
	sink_pump(s);
	CHECK(!sink_want_write(s));
	CHECK_INT(sink_written(s), sent - lost);
	CHECK_INT(send_packet(s, sent, "eth0", 9000), 0);
	sink_free(s);
	{
		struct blocks old, now;

		CHECK(blocks_load(file("disk/f.1"), &old));
		CHECK(blocks_load(file("disk/f"), &now));
		CHECK(old.n && now.n && packet_number(&now.packets[now.n - 1]) == sent);
		blocks_free(&old);
		blocks_free(&now);
	}
	umount(file("disk"));
}

static void test_tcpdump(void)
{
	struct sink *s;
	int n;

	CHECK_INT(open_pcap(&s, "td", ""), 0);
	for (uint32_t i = 0; i < 100; i++)
		CHECK_INT(send_packet(s, i, i % 3 ? "eth0" : "tun0", 20 + i * 7), 0);
	sink_free(s);
	n = tcpdump_reads(file("td"));
	if (n == -2)
		SKIP("tcpdump is not installed");
	CHECK_INT(n, 100);
}

UNIT_MAIN("pcap_file", { "append", test_append }, { "other_snaplen", test_other_snaplen },
	  { "other_byte_order", test_other_byte_order }, { "refused", test_refused },
	  { "rotate", test_rotate }, { "cannot_rotate", test_cannot_rotate },
	  { "reopen", test_reopen }, { "full", test_full }, { "small_disk", test_small_disk },
	  { "tcpdump", test_tcpdump })
