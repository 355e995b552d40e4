/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reader of captures, on files whose every byte is made here. */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "replay/capture_link.h"
#include "replay/capture_priv.h"
#include "captures.h"
#include "unit.h"

static struct fault fault;
static struct capture *open_file(const struct file *f, int *result)
{
	int fd = memfd_create("capture", 0);
	struct capture *c = NULL;
	char path[64];

	if (fd < 0 || write(fd, f->b, f->n) != (ssize_t)f->n)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	*result = capture_open(&c, path, &fault);
	close(fd);
	return c;
}

static bool expect(struct capture *c, uint64_t time, uint32_t len, const char *data)
{
	struct capture_packet p;

	return CHECK_INT(capture_next(c, &p), 1) && CHECK_INT((int64_t)p.time, (int64_t)time) &&
	       CHECK_INT(p.len, len) && CHECK_INT(p.caplen, (int64_t)strlen(data)) &&
	       CHECK(!memcmp(p.data, data, p.caplen));
}

#define START 1700000000000000000

static void check_pcap(uint32_t magic, uint64_t tick, bool swapped)
{
	struct file f = { .swapped = swapped };
	struct capture_packet p;
	struct capture *c;
	int r;

	put_pcap(&f, magic, 65535);
	put_record(&f, 7, 5, "first");
	put_record(&f, 999999, 1400, "cut");
	c = open_file(&f, &r);
	if (!CHECK_INT(r, 0))
		return;
	CHECK_INT((int64_t)capture_size(c), (int64_t)f.n);
	expect(c, START + 7 * tick, 5, "first");
	expect(c, START + 999999 * tick, 1400, "cut");
	CHECK_INT(capture_next(c, &p), 0);
	CHECK_INT(capture_rewind(c), 0);
	expect(c, START + 7 * tick, 5, "first");
	capture_free(c);
}

static void test_pcap(void)
{
	for (int swapped = 0; swapped < 2; swapped++) {
		check_pcap(0xa1b2c3d4, 1000, swapped);
		check_pcap(0xa1b23c4d, 1, swapped);
	}
}

/* ticks of the given resolution -> ns */
static void check_time(uint8_t resolution, uint32_t offset, uint64_t ticks, uint64_t ns)
{
	struct file f = { .swapped = resolution & 1 };
	struct capture *c;
	int r;

	put_section(&f);
	put_interface(&f, 1, 0, "eth0", resolution, offset);
	put_enhanced(&f, 0, ticks, 4, "data");
	c = open_file(&f, &r);
	if (CHECK_INT(r, 0))
		expect(c, ns, 4, "data");
	capture_free(c);
}

static void test_resolutions(void)
{
	check_time(0, 0, 1700000000000001, START + 1000);
	check_time(3, 0, 1700000000001, START + 1000000);
	check_time(9, 0, START + 1, START + 1);
	check_time(12, 0, 1999, 1);
	check_time(0x80 | 1, 0, 3400000001, START + 500000000);
	check_time(0x80 | 32, 0, 1700000000ULL << 32 | 1ULL << 31, START + 500000000);
	check_time(6, 1700000000, 5, START + 5000);
	/* nobody's clock: no time is made up from it */
	check_time(100, 0, 77, 0);
	check_time(0x80 | 100, 0, 77, 0);
	/* nor one past what an event can say */
	check_time(6, 0, UINT64_MAX, 0);
	check_time(9, 0, UINT64_MAX, 0);
	check_time(0, 0, UINT64_MAX / 2, 0);
	check_time(0x80 | 1, 0, UINT64_MAX, 0);
	check_time(6, 0xffffffff, UINT64_MAX / 4, 0);
}

/* What the flags of a packet say of its direction, and a name of Windows. */
static void test_options(void)
{
	static const uint8_t directions[] = { CAPTURE_UNKNOWN, CAPTURE_IN, CAPTURE_OUT,
					      CAPTURE_UNKNOWN };
	const char *guid = "\\Device\\NPF_{3F2504E0-4F89-11D3-9A0C-0305E82C3301}";
	struct file f = { 0 };
	struct capture_packet p;
	struct capture *c;
	size_t at;
	int r;

	put_section(&f);
	at = begin_block(&f, 1);
	put32(&f, 1);
	put32(&f, 0);
	put16(&f, 3);
	put16(&f, 18);
	put_bytes(&f, "TAP-Windows Adapter\0", 20);
	put16(&f, 2);
	put16(&f, (uint16_t)strlen(guid));
	put_bytes(&f, guid, strlen(guid));
	end_block(&f, at);
	for (uint32_t i = 0; i < 4; i++) {
		at = begin_block(&f, 6);
		put32(&f, 0);
		put32(&f, 0);
		put32(&f, 0);
		put32(&f, 3);
		put32(&f, 3);
		put_bytes(&f, "abc\0", 4);
		put16(&f, 2);
		put16(&f, 4);
		put32(&f, i | 0x100);
		end_block(&f, at);
	}
	c = open_file(&f, &r);
	if (!CHECK_INT(r, 0))
		return;
	for (size_t i = 0; i < 4; i++) {
		if (!CHECK_INT(capture_next(c, &p), 1))
			break;
		CHECK_INT(p.direction, directions[i]);
		CHECK_STR(p.interface->name, guid);
		CHECK_STR(p.interface->description, "TAP-Windows Adapte");
	}
	capture_free(c);
}

static void put_all_blocks(struct file *f)
{
	size_t at;

	put_section(f);
	put_interface(f, 1, 0, "eth0", 0, 0);
	put_interface(f, 101, 6, "tun0", 9, 0);
	at = begin_block(f, 5); /* statistics */
	put32(f, 0);
	end_block(f, at);
	put_enhanced(f, 1, 5, 9, "tunnelled");
	at = begin_block(f, 2); /* the obsolete form, with a count of drops */
	put16(f, 0);
	put16(f, 3);
	put32(f, 0);
	put32(f, 8);
	put32(f, 5);
	put32(f, 5);
	put_bytes(f, "older", 5);
	end_block(f, at);
	at = begin_block(f, 3);
	put32(f, 6);
	put_bytes(f, "simple", 6);
	end_block(f, at);
	f->swapped = !f->swapped; /* another section, another machine */
	put_section(f);
	put_interface(f, 113, 3, "any", 0, 0);
	at = begin_block(f, 3);
	put32(f, 900);
	put_bytes(f, "cut", 3);
	end_block(f, at);
}

static void test_blocks(void)
{
	struct file f = { 0 };
	struct capture_packet p;
	struct capture *c;
	int r;

	put_all_blocks(&f);
	c = open_file(&f, &r);
	if (!CHECK_INT(r, 0))
		return;
	CHECK_INT(capture_next(c, &p), 1);
	CHECK_STR(p.interface->name, "tun0");
	CHECK_INT(p.interface->linktype, 101);
	CHECK_INT(p.interface->number, 1);
	CHECK_INT((int64_t)p.time, 5);
	expect(c, 8000, 5, "older");
	expect(c, 8000, 6, "simple"); /* has no time of its own */
	CHECK_INT(capture_next(c, &p), 1);
	CHECK_STR(p.interface->name, "any");
	CHECK_INT(p.interface->linktype, 113);
	CHECK_INT(p.caplen, 3);
	CHECK_INT(p.len, 900);
	CHECK_INT(capture_next(c, &p), 0);
	capture_free(c);
}

/* Packets that are read, and in *end what came instead of the next one. */
static int count(const struct file *f, int *end)
{
	struct capture_packet p;
	struct capture *c = open_file(f, end);
	int n = 0;

	if (!c)
		return 0;
	while ((*end = capture_next(c, &p)) == 1) {
		n++;
		if (p.caplen) /* all of it may be read */
			n += memchr(p.data, 0xa5, p.caplen) == p.data + p.caplen;
	}
	CHECK(*end == 0 || capture_fault(c)[0]);
	CHECK(c->room <= sizeof(f->b)); /* whatever lengths it says */
	capture_free(c);
	return n;
}

/* What is whole is read, and no end within something passes for the end. */
static void check_cut(const struct file *whole, int packets, int clean_ends)
{
	struct file f = *whole;
	int n, last = 0, end, clean = 0;

	for (f.n = 0; f.n <= whole->n; f.n++) {
		n = count(&f, &end);
		CHECK(n >= last && n <= last + 1);
		CHECK(end == 0 || end == -EBADMSG || end == -EINVAL);
		clean += !end;
		last = n;
	}
	CHECK_INT(last, packets);
	CHECK_INT(clean, clean_ends);
}

static void test_cut_at_every_byte(void)
{
	struct file f = { 0 };

	put_pcap(&f, 0xa1b2c3d4, 100);
	put_record(&f, 0, 5, "first");
	put_record(&f, 0, 5, "other");
	check_cut(&f, 2, 3);
	f = (struct file){ 0 };
	put_all_blocks(&f);
	check_cut(&f, 4, 10);
}

static int end_of(const struct file *f)
{
	int end;

	count(f, &end);
	return end;
}

static void test_damage(void)
{
	struct file good = { 0 }, f;
	size_t packet;

	put_section(&good);
	put_interface(&good, 1, 0, "eth0", 0, 0);
	packet = good.n;
	put_enhanced(&good, 0, 5, 4, "data");
	CHECK_INT(end_of(&good), 0);
	f = good;
	f.b[packet + 8] = 1; /* an interface that was not described */
	CHECK_INT(end_of(&f), -EBADMSG);
	f = good;
	f.b[packet + 20] = 5; /* more bytes than the block has */
	CHECK_INT(end_of(&f), -EBADMSG);
	f = good;
	f.b[packet + 4]--; /* a length that is no multiple of four */
	CHECK_INT(end_of(&f), -EBADMSG);
	f.b[packet + 4] = 8; /* shorter than its own frame */
	CHECK_INT(end_of(&f), -EBADMSG);
	f = good;
	f.b[f.n - 4]++; /* two lengths */
	CHECK_INT(end_of(&f), -EBADMSG);
	f = good;
	f.b[packet + 7] = 0x7f; /* no block is that long */
	CHECK_INT(end_of(&f), -EBADMSG);
	f = good;
	f.b[8] = 0; /* no byte order */
	CHECK_INT(end_of(&f), -EBADMSG);
	f = (struct file){ 0 };
	put_pcap(&f, 0xa1b2c3d4, 100);
	put_record(&f, 0, 5, "first");
	f.b[24 + 10] = 0x10; /* a captured length of a megabyte */
	CHECK_INT(end_of(&f), -EBADMSG);
}

static void test_no_capture(void)
{
	struct capture *c = NULL;
	struct file f = { 0 };
	int r;

	open_file(&f, &r);
	CHECK_INT(r, -EINVAL);
	put_pcap(&f, 0xa1b2c3d4, 100);
	f.n--; /* not even its header */
	open_file(&f, &r);
	CHECK_INT(r, -EINVAL);
	f.n = 0;
	put_bytes(&f, "\x1f\x8b\x08 something compressed", 25);
	open_file(&f, &r);
	CHECK_INT(r, -EINVAL);
	CHECK_INT(capture_open(&c, "/nonexistent", &fault), -ENOENT);
	CHECK_INT(capture_open(&c, "/", &fault), -EISDIR);
	CHECK(!c);
}

/* A pipe's first packets can be read twice, if that is known beforehand. */
static void test_pipe(void)
{
	char path[64];
	struct capture_packet p;
	struct capture *c = NULL;
	struct file f = { 0 };
	int fds[2];

	put_pcap(&f, 0xa1b2c3d4, 100);
	put_record(&f, 0, 5, "first");
	put_record(&f, 1, 5, "other");
	if (!CHECK_INT(pipe(fds), 0) || !CHECK(write(fds[1], f.b, f.n) == (ssize_t)f.n))
		return;
	close(fds[1]);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[0]);
	if (!CHECK_INT(capture_open(&c, path, &fault), 0))
		return;
	close(fds[0]);
	CHECK_INT((int64_t)capture_size(c), 0);
	expect(c, START, 5, "first");
	CHECK_INT(capture_rewind(c), 0);
	expect(c, START, 5, "first");
	expect(c, START + 1000, 5, "other");
	CHECK_INT(capture_next(c, &p), 0);
	capture_free(c);
}

static void test_random_damage(void)
{
	struct file whole = { 0 }, f;
	uint32_t seed = 1;
	int end;

	put_all_blocks(&whole);
	for (int i = 0; i < 20000; i++) {
		f = whole;
		for (int k = 0; k < 3; k++) {
			seed = seed * 1664525 + 1013904223;
			f.b[(seed >> 8) % f.n] = (uint8_t)(seed >> 24);
		}
		count(&f, &end);
		CHECK(end == 0 || end == -EBADMSG || end == -EINVAL);
	}
}

/* clang-format off */
UNIT_MAIN("capture",
	  { "pcap", test_pcap },
	  { "resolutions", test_resolutions },
	  { "options", test_options },
	  { "blocks", test_blocks },
	  { "cut_at_every_byte", test_cut_at_every_byte },
	  { "damage", test_damage },
	  { "no_capture", test_no_capture },
	  { "pipe", test_pipe },
	  { "random_damage", test_random_damage })
