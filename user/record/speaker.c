/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "speaker.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/random.h>

#include "base/text.h"

static void read_boot(char *ret, size_t size)
{
	_cleanup_(closep) int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, ret, size - 1);

	ret[n == (ssize_t)size - 1 ? n : 0] = '\0';
}

static char *add_hex(char *to, uint64_t v)
{
	static const char digits[] = "0123456789abcdef";

	for (int shift = 60; shift >= 0; shift -= 4)
		*to++ = digits[v >> shift & 15];
	*to = '\0';
	return to;
}

/* Each bit of the word changes about half of the sum's (the finaliser of MurmurHash3). */
static uint64_t stir(uint64_t sum, uint64_t word)
{
	sum ^= word;
	sum = (sum ^ sum >> 33) * 0xff51afd7ed558ccdULL;
	sum = (sum ^ sum >> 33) * 0xc4ceb9fe1a85ec53ULL;
	return sum ^ sum >> 33;
}

static uint64_t stir_bytes(uint64_t sum, const void *from, size_t n)
{
	const uint8_t *at = from;
	uint64_t word;

	for (; n; at += MIN(n, sizeof(word)), n -= MIN(n, sizeof(word))) {
		word = 0;
		memcpy(&word, at, MIN(n, sizeof(word)));
		sum = stir(sum, word);
	}
	return sum;
}

static void put(struct json *j, const struct speaker *s)
{
	json_obj(j, "agent");
	json_str(j, "id", s->agent);
	json_str(j, "type", "leakaudit");
	json_str(j, "version", LEAKAUDIT_VERSION);
	json_end(j);
	json_obj(j, "host");
	json_str(j, "name", *s->host ? s->host : NULL);
	json_obj(j, "boot");
	json_str(j, "id", *s->boot ? s->boot : NULL);
	json_end(j);
	json_end(j);
}

void speaker_put(struct json *j, const struct speaker *s)
{
	if (*s->members)
		json_raw(j, s->members, strlen(s->members));
	else
		put(j, s);
}

/* They are the same in all events. */
static void keep_members(struct speaker *s)
{
	struct json j = { 0 };
	const char *line;
	size_t len;

	json_obj(&j, NULL);
	put(&j, s);
	json_end(&j);
	if (!json_line(&j, &line, &len) && len - 3 < sizeof(s->members))
		memcpy(s->members, line + 1, len - 3); /* without {, } and the newline */
	json_free(&j);
}

int speaker_init(struct speaker *s, bool capture)
{
	uint64_t random[2];
	char name[sizeof(s->host)] = "";

	*s = (struct speaker){ 0 };
	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return -EIO;
	add_hex(add_hex(s->agent, random[0]), random[1]);
	gethostname(name, sizeof(name) - 1);
	memcpy(capture ? s->observer : s->host, name, sizeof(name));
	if (!capture)
		read_boot(s->boot, sizeof(s->boot));
	s->seed = stir_bytes(1, s->boot, sizeof(s->boot));
	keep_members(s);
	return 0;
}

void speaker_flow_id(const struct speaker *s, const struct la_flow *f,
		     char ret[SPEAKER_FLOW_ID_SIZE])
{
	add_hex(add_hex(ret, stir_bytes(s->seed, &f->key, sizeof(f->key))), f->opened);
}
