/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Link layers of captures: each header whole, cut, and beside what the kernel's
 * hooks make of the same frame. */
#include <stdlib.h>

#include "replay/capture_link.h"
#include "core/parse.h"
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
	H(CAPTURE_ETHERNET, MACS "\x88\x64\x21\0\0\1\0\x50\x00\x21", 0), /* no version of it */
	H(CAPTURE_SLL, "\0\4\0\1\0\6\2\0\0\0\0\1\0\0\x08\x00", LA_ETH_IPV4),
	H(CAPTURE_SLL, "\0\4\0\1\0\6\2\0\0\0\0\1\0\0\x81\x00\0\5\x86\xdd", LA_ETH_IPV6),
	H(CAPTURE_SLL2, "\x08\x00\0\0\0\0\0\2\0\1\4\6\2\0\0\0\0\1\0\0", LA_ETH_IPV4),
	H(CAPTURE_SLL2, "\x08\x06\0\0\0\0\0\2\0\1\4\6\2\0\0\0\0\1\0\0", 0),
	H(CAPTURE_SLL2, "\x81\x00\0\0\0\0\0\2\0\1\4\6\2\0\0\0\0\1\0\0\0\5\x86\xdd", LA_ETH_IPV6),
	H(CAPTURE_NULL, "\2\0\0\0", LA_ETH_IPV4),
	H(CAPTURE_NULL, "\0\0\0\2", LA_ETH_IPV4),
	H(CAPTURE_NULL, "\x1e\0\0\0", LA_ETH_IPV6),
	H(CAPTURE_NULL, "\0\0\0\x1c", LA_ETH_IPV6),
	H(CAPTURE_NULL, "\7\0\0\0", 0),
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
	H(127, "\0\0\x08\0\0\0\0\0", 0),
};

#define IP "\x45\0\0\x14"

/* In a buffer of its size, so that the sanitizer sees a read behind it. */
static enum capture_ip ask(size_t i, uint32_t n, struct capture_link *link)
{
	uint32_t whole = headers[i].n + sizeof(IP) - 1;
	uint8_t *frame = malloc(n ?: 1), bytes[64];
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

	for (size_t i = 0; i < ARRAY_SIZE(headers); i++) {
		link = (struct capture_link){ 0 };
		answer = ask(i, headers[i].n + 4, &link);
		if (!CHECK_INT(answer, headers[i].ethertype ? CAPTURE_IS_IP : CAPTURE_NOT_IP) ||
		    !CHECK_INT(link.ethertype, headers[i].ethertype) ||
		    !CHECK_INT(link.off, headers[i].ethertype ? headers[i].n : 0))
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
			CHECK(answer == CAPTURE_CUT || !headers[i].ethertype);
		}
	}
}

static void test_raw_by_version(void)
{
	struct capture_link link;

	CHECK_INT(capture_link_of(CAPTURE_RAW, (uint8_t[]){ 0x60 }, 1, &link), CAPTURE_IS_IP);
	CHECK_INT(link.ethertype, LA_ETH_IPV6);
	CHECK_INT(capture_link_of(CAPTURE_RAW, (uint8_t[]){ 0x50 }, 1, &link), CAPTURE_NOT_IP);
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

/* A frame of nothing but tags comes to an end. */
static void test_many_tags(void)
{
	struct capture_link link;
	uint8_t frame[64];

	for (size_t i = 0; i < sizeof(frame); i += 2)
		memcpy(frame + i, "\x81\x00", 2);
	CHECK_INT(capture_link_of(CAPTURE_ETHERNET, frame, sizeof(frame), &link), CAPTURE_NOT_IP);
}

static void test_names(void)
{
	CHECK(capture_link_known(CAPTURE_SLL2));
	CHECK(!capture_link_known(127));
	CHECK(!capture_link_known(4711));
	CHECK_STR(capture_link_name(127), "IEEE802_11_RADIO");
	CHECK_STR(capture_link_name(4711), "unknown");
}

/* clang-format off */
UNIT_MAIN("capture_link",
	  { "headers", test_headers },
	  { "cut", test_cut },
	  { "raw_by_version", test_raw_by_version },
	  { "agrees_with_the_kernel", test_agrees_with_the_kernel },
	  { "many_tags", test_many_tags },
	  { "names", test_names })
