/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "blocks.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "records.h"
#include "base/text.h"

#define FAIL(...) (printf("# "), printf(__VA_ARGS__), putchar('\n'), false)

struct interface {
	char name[256], description[256];
	uint32_t snaplen;
};

struct reader {
	struct blocks *b;
	struct interface *interfaces; /* of the section */
	unsigned int n;
};

static uint32_t u32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static uint16_t u16(const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static bool zeros(const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (p[i])
			return false;
	return true;
}

static bool utf8(const char *s)
{
	size_t n;

	for (; *s; s += n)
		if (!text_printable(text_rune(s, &n)))
			return false;
	return true;
}

/* The one option of that code; *len is 0 and NULL returned where it is absent.
 * All options are checked on the way. */
static const uint8_t *option(const uint8_t *p, const uint8_t *end, uint16_t code, uint16_t *len,
			     bool *valid)
{
	const uint8_t *found = NULL;

	*len = 0;
	for (; p + 4 <= end; p += 4 + ((u16(p + 2) + 3U) & ~3U)) {
		size_t padded = (u16(p + 2) + 3U) & ~3U;

		if (!u16(p)) {
			*valid &= !u16(p + 2) && p + 4 == end;
			return found;
		}
		if (p + 4 + padded > end || !zeros(p + 4 + u16(p + 2), padded - u16(p + 2)))
			break;
		if (u16(p) == code) {
			*valid &= !found;
			found = p + 4;
			*len = u16(p + 2);
		}
	}
	*valid = false;
	return NULL;
}

static bool string(const uint8_t *p, const uint8_t *end, uint16_t code, char to[256])
{
	bool valid = true;
	uint16_t len;
	const uint8_t *s = option(p, end, code, &len, &valid);

	if (!valid || len > 255)
		return FAIL("options are not well-formed");
	if (s)
		memcpy(to, s, len);
	to[len] = '\0';
	return strlen(to) == len && utf8(to) ? true : FAIL("option %d is no clean text", code);
}

static bool read_section(struct reader *r, const uint8_t *p, const uint8_t *end)
{
	char application[256];

	if (end - p < 16 || u32(p) != 0x1a2b3c4d || u16(p + 4) != 1 || u16(p + 6) != 0 ||
	    u32(p + 8) != UINT32_MAX || u32(p + 12) != UINT32_MAX)
		return FAIL("section header");
	if (!string(p + 16, end, 4, application) ||
	    strcmp(application, "leakaudit " LEAKAUDIT_VERSION) != 0)
		return FAIL("application '%s'", application);
	r->b->sections++;
	r->n = 0;
	return true;
}

/* Room for one more than n. It is doubled, since the sanitizer's realloc() always copies. */
static void *grow(void *v, size_t n, size_t size)
{
	return n & (n - 1) ? v : realloc(v, (n ?: 1) * 2 * size);
}

static bool read_interface(struct reader *r, const uint8_t *p, const uint8_t *end)
{
	struct interface *i;
	bool valid = true;
	const uint8_t *resolution;
	uint16_t len;

	if (end - p < 8 || u16(p) != 113 || u16(p + 2) != 0)
		return FAIL("interface description");
	resolution = option(p + 8, end, 9, &len, &valid);
	if (!valid || !resolution || len != 1 || *resolution != 9)
		return FAIL("resolution of the time");
	r->interfaces = grow(r->interfaces, r->n, sizeof(*i));
	i = &r->interfaces[r->n++];
	i->snaplen = u32(p + 4);
	r->b->interfaces++;
	return string(p + 8, end, 2, i->name) && string(p + 8, end, 3, i->description);
}

static bool read_packet(struct reader *r, const uint8_t *p, const uint8_t *end)
{
	struct block_packet *packet;
	const struct interface *i;
	const uint8_t *flags;
	bool valid = true;
	size_t padded;
	uint16_t len;

	if (end - p < 20 || u32(p) >= r->n)
		return FAIL("packet of an interface that was not told");
	i = &r->interfaces[u32(p)];
	r->b->packets = grow(r->b->packets, r->b->n, sizeof(*packet));
	packet = &r->b->packets[r->b->n++];
	memcpy(packet->interface, i->name, sizeof(i->name));
	memcpy(packet->description, i->description, sizeof(i->description));
	packet->ns = (uint64_t)u32(p + 4) << 32 | u32(p + 8);
	padded = (u32(p + 12) + 3U) & ~3U;
	if (u32(p + 12) > i->snaplen || u32(p + 12) > u32(p + 16) || u32(p + 12) < 16 ||
	    padded > (size_t)(end - p - 20) || !zeros(p + 20 + u32(p + 12), padded - u32(p + 12)))
		return FAIL("packet of %u of %u bytes", u32(p + 12), u32(p + 16));
	packet->caplen = u32(p + 12) - 16;
	packet->len = u32(p + 16) - 16;
	packet->data = p + 20 + 16;
	flags = option(p + 20 + padded, end, 2, &len, &valid);
	if (!valid || !flags || len != 4)
		return FAIL("flags of the packet");
	packet->flags = u32(flags);
	if (memcmp(p + 20, packet->flags == 2 ? "\0\4\xff\xfe" : "\0\0\xff\xfe", 4) != 0 ||
	    !zeros(p + 24, 10) || memcmp(p + 34, "\10\0", 2) != 0)
		return FAIL("pseudo header");
	return string(p + 20 + padded, end, 1, packet->comment);
}

static bool read_block(struct reader *r, size_t *at)
{
	const uint8_t *p = r->b->bytes + *at;
	size_t left = r->b->size - *at, total;

	if (left < 12)
		return FAIL("%zu bytes are left at %zu", left, *at);
	total = u32(p + 4);
	if (total < 12 || total % 4 || total > left || u32(p + total - 4) != total)
		return FAIL("block of %zu bytes at %zu, %zu are left", total, *at, left);
	*at += total;
	if (u32(p) == 0x0a0d0d0a)
		return read_section(r, p + 8, p + total - 4);
	if (u32(p) == 1 && r->b->sections)
		return read_interface(r, p + 8, p + total - 4);
	if (u32(p) == 6 && r->b->sections)
		return read_packet(r, p + 8, p + total - 4);
	return FAIL("block of type %u", u32(p));
}

bool blocks_read(int fd, struct blocks *b)
{
	struct reader r = { .b = b };
	size_t room = 4 << 20, at = 0;
	bool good = true;
	ssize_t n;

	*b = (struct blocks){ .bytes = malloc(room) };
	while ((n = read(fd, b->bytes + b->size, room - b->size)) > 0)
		b->size += n;
	while (good && at < b->size)
		good = read_block(&r, &at);
	free(r.interfaces);
	return good;
}

bool blocks_load(const char *path, struct blocks *b)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool good = blocks_read(fd, b);

	if (fd >= 0)
		close(fd);
	return good && fd >= 0;
}

void blocks_free(struct blocks *b)
{
	free(b->packets);
	free(b->bytes);
}

int send_packet(struct sink *s, uint32_t n, const char *interface, uint32_t bytes)
{
	static uint8_t data[LA_SNAPLEN_MAX] = { 0 };
	struct record r = dns_leak();
	const struct record_packet packet = {
		.leak = &r.leak,
		.time = { 1795432151, n },
		.data = data,
		.caplen = MIN(bytes, (uint32_t)sizeof(data)),
		.len = bytes,
	};

	/* an IPv4 header's first byte and length, the number where its id is */
	data[0] = 0x45;
	data[2] = (uint8_t)(bytes >> 8);
	data[3] = (uint8_t)bytes;
	memcpy(data + 4, &n, sizeof(n));
	r.leak.ifname = interface;
	return sink_packet(s, &packet);
}

uint32_t packet_number(const struct block_packet *p)
{
	return u32(p->data + 4);
}

int tcpdump_reads(const char *path)
{
	char command[256], what[64];
	int packets = -1, n = 0;
	FILE *f;

	if (system("PATH=$PATH:/usr/sbin command -v tcpdump >/dev/null"))
		return -2;
	snprintf(command, sizeof(command),
		 "PATH=$PATH:/usr/sbin tcpdump -n -r %s 2>&1 >%s/lines "
		 "| grep -v '^reading from file'; wc -l <%s/lines",
		 path, test_dir(), test_dir());
	f = popen(command, "re");
	while (f && fgets(what, sizeof(what), f))
		n++, packets = atoi(what);
	if (f)
		pclose(f);
	if (n != 1)
		printf("# tcpdump: %s", what);
	return n == 1 ? packets : -1;
}
