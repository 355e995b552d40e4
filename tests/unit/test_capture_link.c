/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Link layers of captures: each header whole, cut, and beside what the kernel's
 * hooks make of the same frame. */
#include <stdlib.h>

#include "replay/capture_link.h"
#include "core/unwrap.h"
#include "unit.h"
#include "base/util.h"

/* An IP header may stand behind each; ethertype 0: it is not IP. */
static const struct {
	uint32_t linktype;
	const char *bytes;
	uint32_t n;
	uint16_t ethertype;
} headers[] = {
#define H(linktype, bytes, ethertype)                         \
	{                                                     \
		linktype, bytes, sizeof(bytes) - 1, ethertype \
	}
/* What is read no further. */
#define OPAQUE 1
#define ZEROS "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define LLC "\xaa\xaa\x03\0\0\0\x08\x00"
#define WLAN "\x08\1\0\0" ZEROS
#define WLAN_QOS "\x88\1\0\0" ZEROS "\0\0"
#define MACS "\2\0\0\0\0\1\2\0\0\0\0\2"
	H(CAPTURE_ETHERNET, MACS "\x08\x00", LA_ETH_IPV4),
	H(CAPTURE_ETHERNET, MACS "\x86\xdd", LA_ETH_IPV6),
	H(CAPTURE_ETHERNET, MACS "\x08\x06", 0),
	H(CAPTURE_ETHERNET, MACS "\x81\x00\0\5\x08\x00", LA_ETH_IPV4),
	H(CAPTURE_ETHERNET, MACS "\x88\xa8\0\5\x81\x00\0\6\x86\xdd", LA_ETH_IPV6),
	H(CAPTURE_ETHERNET, MACS "\x91\x00\0\5\x81\x00\0\6\x08\x00", LA_ETH_IPV4),
	H(CAPTURE_ETHERNET, MACS "\x88\x64\x11\0\0\1\0\x50\x00\x21", LA_ETH_IPV4),
	H(CAPTURE_ETHERNET, MACS "\x81\x00\0\7\x88\x64\x11\0\0\1\0\x50\x00\x57", LA_ETH_IPV6),
	H(CAPTURE_ETHERNET, MACS "\x88\x64\x11\0\0\1\0\x50\xc0\x21", 0), /* LCP */
	H(CAPTURE_ETHERNET, MACS "\x88\x64\x21\0\0\1\0\x50\x00\x21", OPAQUE), /* no version of it */
	H(CAPTURE_ETHERNET, MACS "\x88\x64\x11\0\0\1\0\x50\x21", LA_ETH_IPV4),
	H(CAPTURE_ETHERNET, MACS "\x88\x64\x11\0\0\1\0\x50\x00\x3d\xc0\0\0\1\x00\x21", LA_ETH_IPV4),
	H(CAPTURE_ETHERNET, MACS "\x88\x64\x11\0\0\1\0\x50\x00\x3d\xc0\1\x00\x21", LA_ETH_IPV4),
	H(CAPTURE_ETHERNET, MACS "\x88\x64\x11\0\0\1\0\x50\x00\x3d\x80\0\0\1\x00\x21", OPAQUE),
	H(CAPTURE_ETHERNET, MACS "\x88\x64\x11\0\0\1\0\x50\x00\xfd\x90\0", OPAQUE),
	H(CAPTURE_ETHERNET, MACS "\x88\x64\x11\0\0\1\0\x50\x02\x81\0\1\1\x40", LA_ETH_IPV4),
	H(CAPTURE_ETHERNET,
	  MACS "\x92\x00\0\5\x93\x00\0\6\x81\x00\0\7\x81\x00\0\7\x81\x00\0\7\x81\x00\0\7\x08\x00",
	  LA_ETH_IPV4),
	H(CAPTURE_ETHERNET, MACS "\x88\x47\0\1\0\x40\0\2\1\x40", LA_ETH_IPV4),
	H(CAPTURE_ETHERNET, MACS "\x88\x48\0\1\1\x40\0\0\0\0" MACS "\x86\xdd", LA_ETH_IPV6),
	H(CAPTURE_ETHERNET, MACS "\x88\x47\0\1\1\x40\x10", OPAQUE),
	H(CAPTURE_ETHERNET, MACS "\0\x40\xaa\xaa\x03\0\0\0\x08\x00", LA_ETH_IPV4),
	H(CAPTURE_ETHERNET, MACS "\0\x40\xaa\xaa\x03\0\0\0\x81\x00\0\5\x86\xdd", LA_ETH_IPV6),
	H(CAPTURE_ETHERNET, MACS "\0\x40\xaa\xaa\x03\x12\x34\x56\x08\x00", OPAQUE),
	H(CAPTURE_ETHERNET, MACS "\0\x40\xaa\xaa\x03\0\0\x0c\x20\x00", 0), /* CDP */
	H(CAPTURE_ETHERNET, MACS "\0\x40\x06\x06\x03", LA_ETH_IPV4),
	H(CAPTURE_ETHERNET, MACS "\0\x40\xfe\xfe\x03\xcf\x00\x21", LA_ETH_IPV4),
	H(CAPTURE_ETHERNET, MACS "\0\x40\xfe\xfe\x03\x83", 0), /* IS-IS */
	H(CAPTURE_ETHERNET, MACS "\0\x26\x42\x42\x03", 0), /* spanning tree */
	H(CAPTURE_ETHERNET, MACS "\0\x26\x98\x98\x03", OPAQUE),
	H(CAPTURE_ETHERNET, MACS "\x88\x70\xaa\xaa\x03\0\0\0\x08\x00", LA_ETH_IPV4),
	H(CAPTURE_ETHERNET, MACS "\x88\xe7\0\0\0\1" MACS "\x08\x00", LA_ETH_IPV4),
	H(CAPTURE_ETHERNET, MACS "\x88\xe5\0\0\0\0\0\1\x08\x00", LA_ETH_IPV4),
	H(CAPTURE_ETHERNET, MACS "\x88\xe5\x20\0\0\0\0\1\1\2\3\4\5\6\7\x08\x86\xdd", LA_ETH_IPV6),
	H(CAPTURE_ETHERNET, MACS "\x88\xe5\x0c\0\0\0\0\1\x08\x00", OPAQUE), /* encrypted */
	H(CAPTURE_ETHERNET, MACS "\x89\x4f\x0f\xc2\2\1\0\0\1\xff", LA_ETH_IPV4),
	H(CAPTURE_ETHERNET, MACS "\x89\x4f\x0f\xc2\2\3\0\0\1\xff" MACS "\x86\xdd", LA_ETH_IPV6),
	H(CAPTURE_ETHERNET, MACS "\x89\x4f\x0f\xc0\2\1", OPAQUE),
	H(CAPTURE_ETHERNET, MACS "\x89\x09\1\1\0\1\0\0\x08\x00", LA_ETH_IPV4),
	H(CAPTURE_ETHERNET, MACS "\x89\x2f\0\x34\0\1\x08\x00", LA_ETH_IPV4),
	H(CAPTURE_ETHERNET, MACS "\x43\x05\x40\x0f\x3f\0\1\2\3\4\5\6" MACS "\x08\x00", LA_ETH_IPV4),
	H(CAPTURE_ETHERNET, MACS "\x22\xf3\0\x3f\0\1\0\2" MACS "\x86\xdd", LA_ETH_IPV6),
	H(CAPTURE_ETHERNET, MACS "\x65\x58" MACS "\x08\x00", LA_ETH_IPV4),
	H(CAPTURE_ETHERNET, MACS "\x88\xcc", 0),
	H(CAPTURE_ETHERNET, MACS "\x12\x34", OPAQUE),
	H(CAPTURE_SLL, "\0\4\0\1\0\6\2\0\0\0\0\1\0\0\x08\x00", LA_ETH_IPV4),
	H(CAPTURE_SLL, "\0\4\0\1\0\6\2\0\0\0\0\1\0\0\x81\x00\0\5\x86\xdd", LA_ETH_IPV6),
	H(CAPTURE_SLL2, "\x08\x00\0\0\0\0\0\2\0\1\4\6\2\0\0\0\0\1\0\0", LA_ETH_IPV4),
	H(CAPTURE_SLL2, "\x08\x06\0\0\0\0\0\2\0\1\4\6\2\0\0\0\0\1\0\0", 0),
	H(CAPTURE_SLL2, "\x81\x00\0\0\0\0\0\2\0\1\4\6\2\0\0\0\0\1\0\0\0\5\x86\xdd", LA_ETH_IPV6),
	H(CAPTURE_NULL, "\2\0\0\0", LA_ETH_IPV4),
	H(CAPTURE_NULL, "\0\0\0\2", LA_ETH_IPV4),
	H(CAPTURE_NULL, "\x1e\0\0\0", LA_ETH_IPV6),
	H(CAPTURE_NULL, "\0\0\0\x1c", LA_ETH_IPV6),
	H(CAPTURE_NULL, "\7\0\0\0", OPAQUE),
	H(CAPTURE_LOOP, "\0\0\0\x18", LA_ETH_IPV6),
	H(CAPTURE_PPP, "\xff\x03\x00\x21", LA_ETH_IPV4),
	H(CAPTURE_PPP, "\xff\x03\x57", LA_ETH_IPV6),
	H(CAPTURE_PPP, "\x00\x57", LA_ETH_IPV6),
	H(CAPTURE_PPP, "\x21", LA_ETH_IPV4),
	H(CAPTURE_PPP, "\xff\x03\x80\x21", 0), /* IPCP */
	H(CAPTURE_PPP_HDLC, "\xff\x03\x00\x57", LA_ETH_IPV6),
	H(CAPTURE_PPP_HDLC, "\x0f\x00\x08\x00", LA_ETH_IPV4),
	H(CAPTURE_PPP_ETHER, "\x11\0\0\1\0\x50\x00\x21", LA_ETH_IPV4),
	H(CAPTURE_RAW, "", LA_ETH_IPV4),
	H(CAPTURE_RAW_12, "", LA_ETH_IPV4),
	H(CAPTURE_RAW_14, "", LA_ETH_IPV4),
	H(CAPTURE_IPV4, "", LA_ETH_IPV4),
	H(CAPTURE_IPV6, "", LA_ETH_IPV6),
	H(CAPTURE_SLL, "\0\4\0\1\0\6\2\0\0\0\0\1\0\0\0\4\xaa\xaa\x03\0\0\0\x08\x00", LA_ETH_IPV4),
	H(CAPTURE_SLL, "\0\4\0\1\0\6\2\0\0\0\0\1\0\0\x88\x47\0\1\1\x40", LA_ETH_IPV4),
	H(CAPTURE_SLL, "\0\4\3\x38\0\0\0\0\0\0\0\0\0\0\x08\x00", 0), /* netlink */
	H(CAPTURE_SLL2, "\x88\x64\0\0\0\0\0\2\0\1\4\6\2\0\0\0\0\1\0\0\x11\0\0\1\0\x50\x57",
	  LA_ETH_IPV6),
	H(CAPTURE_NULL, "\x99\0\0\0", OPAQUE),
	H(CAPTURE_RADIOTAP, "\0\0\x08\0\0\0\0\0" WLAN LLC, LA_ETH_IPV4),
	H(CAPTURE_RADIOTAP, "\0\0\x09\0\2\0\0\0\x20" WLAN_QOS "\0\0" LLC, LA_ETH_IPV4), /* padded */
	H(CAPTURE_RADIOTAP, "\0\0\x08\0\0\0\0\0\x08\x41\0\0" ZEROS "\0\0", OPAQUE), /* encrypted */
	H(CAPTURE_RADIOTAP, "\0\0\x08\0\0\0\0\0\x80\0\0\0" ZEROS "\0\0", 0), /* a beacon */
	H(105, WLAN_QOS LLC, LA_ETH_IPV4),
	H(119, "\0\0\0\x44\0\0\0\x0c\0\0\0\0" WLAN LLC, LA_ETH_IPV4),
	H(163, "\x80\x21\x10\1\0\0\0\x08" WLAN LLC, LA_ETH_IPV4),
	H(192, "\0\0\x08\0\1\0\0\0" MACS "\x08\x00", LA_ETH_IPV4),
	H(166, "\1\x03\x00\x21", LA_ETH_IPV4),
	H(204, "\0\xff\x03\x00\x57", LA_ETH_IPV6),
	H(104, "\x0f\0\x08\x00", LA_ETH_IPV4),
	H(205, "\1\x0f\0\x86\xdd", LA_ETH_IPV6),
	H(107, "\x18\x41\x03\xcc", LA_ETH_IPV4),
	H(107, "\x18\x41\x03\0\x80\0\0\0\x86\xdd", LA_ETH_IPV6),
	H(8, "", LA_ETH_IPV4),
	H(117, "\x3d\2\0\0" ZEROS ZEROS "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\2\0\0\0", LA_ETH_IPV4),
	H(239, "\2\0\0\0\x08\0\5\0\0\0\0\7\x18\0\x09\0", LA_ETH_IPV4),
	H(239, "\x0a\0\0\0\0\x08\0\5\0\0\0\7\0\x18\0\x09", LA_ETH_IPV6),
	H(226, "\2\2\0\1" ZEROS, LA_ETH_IPV4),
	H(109, "\2\0\0\0\0\0\0\0\0\0\0\0", LA_ETH_IPV4),
	H(284, MACS "\xda\xda\0\0\1\2\3\4\x08\x00", LA_ETH_IPV4),
	H(274, "\x55\x55\x55\x55\x55\x55\x55\xd5" MACS "\x08\x00", LA_ETH_IPV4),
	H(178, "MGC\1" MACS "\x08\x00", LA_ETH_IPV4),
	H(10, "\x57" MACS LLC, LA_ETH_IPV4),
	H(6, "\x10\x40\2\0\0\0\0\1\x82\0\0\0\0\2\4\0\0\0" LLC, LA_ETH_IPV4),
	H(129, "\1\2\0\0\xd4\0\1\x66", LA_ETH_IPV4),
	H(129, "\1\2\0\0\xc4\0\1\x66", LA_ETH_IPV6),
	H(129, "\1\2\0\0\xd4\1\1\x66", OPAQUE), /* the first of two pieces */
	H(129, "\1\2\0\0\xf0", LA_ETH_IPV4),
	H(129, "\1\2\0\0\xf1", 0), /* ARP */
	H(100, LLC, LA_ETH_IPV4),
	H(219, "\0\1\1\x40", LA_ETH_IPV4),
	H(189, "\0\0\x08\0\0\0\0\0", OPAQUE),
};

#define IP "\x45\0\0\x14"

/* In a buffer of its size, so that the sanitizer sees a read behind it. */
static enum capture_ip ask(size_t i, uint32_t n, struct capture_link *link)
{
	uint32_t whole = headers[i].n + sizeof(IP) - 1;
	uint8_t *frame = malloc(n ?: 1), bytes[128];
	enum capture_ip answer;

	memcpy(bytes, headers[i].bytes, headers[i].n);
	memcpy(bytes + headers[i].n, IP, sizeof(IP) - 1);
	memcpy(frame, bytes, MIN(n, whole));
	answer = capture_link_of(headers[i].linktype, frame, n, link);
	free(frame);
	return answer;
}

static void test_headers(void)
{
	struct capture_link link;
	enum capture_ip answer;
	bool is_ip;

	for (size_t i = 0; i < ARRAY_SIZE(headers); i++) {
		link = (struct capture_link){ 0 };
		answer = ask(i, headers[i].n + 4, &link);
		is_ip = headers[i].ethertype > OPAQUE;
		if (!CHECK_INT(answer, is_ip		      ? CAPTURE_IS_IP
				       : headers[i].ethertype ? CAPTURE_OPAQUE
							      : CAPTURE_NOT_IP) ||
		    (is_ip && (!CHECK_INT(link.ethertype, headers[i].ethertype) ||
			       !CHECK_INT(link.off, headers[i].n))))
			printf("# row %zu, link type %u\n", i, headers[i].linktype);
	}
}

/* What is cut is IP nowhere but where it is IP, and what is not, never. */
static void test_cut(void)
{
	struct capture_link link;
	enum capture_ip answer;
	uint32_t n;

	for (size_t i = 0; i < ARRAY_SIZE(headers); i++) {
		for (n = 0; n < headers[i].n; n++) {
			answer = ask(i, n, &link);
			CHECK(answer != CAPTURE_IS_IP);
			if (!CHECK(answer == CAPTURE_CUT || headers[i].ethertype <= OPAQUE))
				printf("# row %zu, %u bytes\n", i, n);
		}
	}
}

static void test_raw_by_version(void)
{
	struct capture_link link;

	CHECK_INT(capture_link_of(CAPTURE_RAW, (uint8_t[]){ 0x60 }, 1, &link), CAPTURE_IS_IP);
	CHECK_INT(link.ethertype, LA_ETH_IPV6);
	CHECK_INT(capture_link_of(CAPTURE_RAW, (uint8_t[]){ 0x50 }, 1, &link), CAPTURE_OPAQUE);
	CHECK_INT(capture_link_of(CAPTURE_RAW, (uint8_t[]){ 0x50 }, 0, &link), CAPTURE_CUT);
}

/* Where the hook at TC finds IP, the reader of captures finds it in the same place. */
static void test_agrees_with_the_kernel(void)
{
	static const uint16_t types[] = { 0x0800, 0x86dd, 0x8100, 0x88a8, 0x0806, 0x0026 };
	uint8_t frame[40] = { 0 };
	struct la_src src = { .data = frame, .len = sizeof(frame) };
	struct capture_link link;
	enum capture_ip answer;
	struct la_link hook;
	uint32_t i;

	for (i = 0; i < 6 * 6 * 6; i++) {
		for (uint32_t k = 0, rest = i; k < 3; k++, rest /= 6) {
			frame[12 + k * 4] = (uint8_t)(types[rest % 6] >> 8);
			frame[13 + k * 4] = (uint8_t)types[rest % 6];
		}
		hook = (struct la_link){ 0, 14 };
		la_link_of(&src, &hook);
		answer = capture_link_of(CAPTURE_ETHERNET, frame, sizeof(frame), &link);
		if (hook.ethertype != LA_ETH_IPV4 && hook.ethertype != LA_ETH_IPV6)
			continue;
		CHECK_INT(answer, CAPTURE_IS_IP);
		CHECK_INT(link.ethertype, hook.ethertype);
		CHECK_INT(link.off, hook.l2_len);
	}
}

/* What TC steps over in a frame that a process has made ends at the same packet. */
static void test_agrees_on_frames(void)
{
	unsigned int found = 0;

	for (size_t i = 0; i < ARRAY_SIZE(headers); i++) {
		uint8_t frame[128] = { 0 };
		struct la_src src = { .data = frame, .len = sizeof(frame) };
		struct la_link hook = { 0, 14 };

		if (headers[i].linktype != CAPTURE_ETHERNET)
			continue;
		memcpy(frame, headers[i].bytes, headers[i].n);
		memcpy(frame + headers[i].n, IP, sizeof(IP));
		la_link_of(&src, &hook);
		la_unwrap(&src, &hook);
		if (hook.ethertype != LA_ETH_IPV4 && hook.ethertype != LA_ETH_IPV6)
			continue;
		found++;
		if (!CHECK_INT(hook.ethertype, headers[i].ethertype) ||
		    !CHECK_INT(hook.l2_len, headers[i].n))
			printf("# row %zu\n", i);
	}
	CHECK_INT(found, 18);
}

/* A frame of nothing but tags comes to an end. */
static void test_many_tags(void)
{
	struct capture_link link;
	uint8_t frame[256];

	for (size_t i = 0; i < sizeof(frame); i += 2)
		memcpy(frame + i, "\x81\x00", 2);
	CHECK_INT(capture_link_of(CAPTURE_ETHERNET, frame, sizeof(frame), &link), CAPTURE_OPAQUE);
}

/* What link headers say beside the packet: direction, interface, sender. */
static void test_senders(void)
{
	static const struct {
		uint32_t linktype;
		const char *bytes;
		uint32_t n;
		uint8_t direction;
		uint32_t ifindex;
		uint64_t from;
		const char *name;
	} rows[] = {
#define S(linktype, bytes, ...) { linktype, bytes, sizeof(bytes) - 1, __VA_ARGS__ }
		S(CAPTURE_ETHERNET, MACS "\x08\x00", CAPTURE_UNKNOWN, 0, 0x020000000002, NULL),
		S(CAPTURE_SLL, "\0\4\0\1\0\6\2\0\0\0\0\1\0\0\x08\x00", CAPTURE_OUT, 0,
		  0x020000000001, NULL),
		S(CAPTURE_SLL, "\0\3\0\1\0\6\2\0\0\0\0\1\0\0\x08\x00", CAPTURE_IN, 0,
		  0x020000000001, NULL),
		S(CAPTURE_SLL2, "\x08\x00\0\0\0\0\0\7\xff\xfe\4\0\0\0\0\0\0\0\0\0", CAPTURE_OUT, 7,
		  0, NULL),
		S(166, "\0\x03\x00\x21", CAPTURE_IN, 0, 0, NULL),
		S(204, "\1\x00\x21\0", CAPTURE_OUT, 0, 0, NULL),
		S(117, "\x3d\2\0\0pppoe0\0\0\0\0" ZEROS ZEROS "\0\0\0\0\0\0\2\0\0\0", CAPTURE_OUT,
		  0, 0, "pppoe0"),
		S(239, "\2\0\0\0\x08\0\1\0\x08\0\3\0\x08\0\5\0\0\0\0\7\x18\0\x09\0", CAPTURE_OUT, 7,
		  0, NULL),
		S(239, "\2\0\0\0\x08\0\1\0\x08\0\1\0\x18\0\x09\0", CAPTURE_IN, 0, 0, NULL),
		S(226, "\2\2\0\1\0\0\0\0\0\0\0\5\0\0\0\0\0\0\0\0\0\0\0\0", CAPTURE_OUT, 5, 0, NULL),
		S(258,
		  "\x28\0\0\0\1\0\0\0\x0c\0\0\0utun3\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		  "\2\0\0\0",
		  CAPTURE_OUT, 0, 0, "utun3"),
		S(105, "\x08\2\0\0\1\1\1\1\1\1\2\2\2\2\2\2\3\3\3\3\3\3\0\0" LLC, CAPTURE_UNKNOWN, 0,
		  0x030303030303, NULL),
	};
	struct capture_link link;
	uint8_t frame[128];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		memcpy(frame, rows[i].bytes, rows[i].n);
		memcpy(frame + rows[i].n, IP, sizeof(IP));
		CHECK_INT(capture_link_of(rows[i].linktype, frame, rows[i].n + 4, &link),
			  CAPTURE_IS_IP);
		if (!CHECK_INT(link.direction, rows[i].direction) ||
		    !CHECK_INT(link.ifindex, rows[i].ifindex) ||
		    !CHECK_INT((int64_t)link.from, (int64_t)rows[i].from) ||
		    !CHECK(!rows[i].name == !link.name &&
			   (!link.name || (link.name_len == strlen(rows[i].name) &&
					   !memcmp(link.name, rows[i].name, link.name_len)))))
			printf("# row %zu\n", i);
	}
}

static void test_names(void)
{
	CHECK(capture_link_known(CAPTURE_SLL2));
	CHECK(capture_link_known(127));
	CHECK(!capture_link_known(189));
	CHECK(!capture_link_known(4711));
	CHECK_STR(capture_link_name(189), "USB_LINUX");
	CHECK_STR(capture_link_name(4711), "unknown");
}

/* clang-format off */
UNIT_MAIN("capture_link",
	  { "headers", test_headers },
	  { "cut", test_cut },
	  { "raw_by_version", test_raw_by_version },
	  { "agrees_with_the_kernel", test_agrees_with_the_kernel },
	  { "agrees_on_frames", test_agrees_on_frames },
	  { "many_tags", test_many_tags },
	  { "senders", test_senders },
	  { "names", test_names })
