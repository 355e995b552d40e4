/* SPDX-License-Identifier: GPL-2.0-or-later */
/* user/replay/capture.h on a file of any bytes, and again on the same behind a pipe;
 * user/report/pcapng.h on the same, looking for its end. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "replay/capture.h"
#include "replay/unpack.h"
#include "fuzz.h"
#include "report/pcapng.h"

/* What one reading of a file comes to. */
struct reading {
	int open, end;
	uint64_t packets, bytes, sum;
};

/* The file is compressed: there may be more in it than its size. */
static bool packed;

static void look(struct reading *r, const struct capture_packet *p)
{
	REQUIRE(p->interface && p->len >= p->caplen);
	REQUIRE(memchr(p->interface->name, 0, sizeof(p->interface->name)));
	REQUIRE(!p->interface->user);
	for (uint32_t i = 0; i < p->caplen; i++)
		r->sum = r->sum * 31 + p->data[i];
	r->sum = r->sum * 31 + p->time + p->interface->number + p->interface->linktype;
	r->packets++;
	r->bytes += p->caplen;
}

static void read_all(struct capture *c, struct reading *r, size_t size)
{
	struct capture_packet p;
	const char *why;

	while ((r->end = capture_next(c, &p)) > 0) {
		look(r, &p);
		REQUIRE(packed || r->packets <= size); /* each takes some bytes of the file */
	}
	why = capture_fault(c);
	REQUIRE(r->end == 0 || r->end == -EBADMSG);
	REQUIRE(strlen(why) < sizeof(struct fault) && (!r->end || *why));
	REQUIRE(packed || (r->bytes <= size && capture_offset(c) <= size));
}

static struct reading read_file(const char *path, size_t size, bool again)
{
	_cleanup_(capture_freep) struct capture *c = NULL;
	struct reading r = { 0 }, second = { 0 };
	struct fault f = { 0 };

	r.open = capture_open(&c, path, &f);
	if (r.open) {
		REQUIRE(r.open == -EINVAL && !c && *f.reason &&
			memchr(f.reason, 0, sizeof(f.reason)));
		return r;
	}
	read_all(c, &r, size);
	if (again && !capture_rewind(c)) {
		read_all(c, &second, size);
		REQUIRE(!memcmp(&r, &second, sizeof(r)));
	}
	return r;
}

static void read_pipe(const uint8_t *data, size_t size, const struct reading *expected)
{
	char path[INPUT_PATH_MAX];
	struct reading r;
	int fds[2];

	if (size > 65536) /* what a pipe holds */
		return;
	REQUIRE(!pipe(fds));
	REQUIRE(write(fds[1], data, size) == (ssize_t)size);
	close(fds[1]);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[0]);
	r = read_file(path, size, true);
	close(fds[0]);
	REQUIRE(!memcmp(&r, expected, sizeof(r)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[INPUT_PATH_MAX];
	int fd = input_file(0, data, size, path), r;
	struct reading reading;
	uint64_t end = 0;

	packed = unpack_begins(data, size);
	reading = read_file(path, size, true);

	read_pipe(data, size, &reading);
	r = pcapng_end(fd, &end);
	REQUIRE(r <= 0 && end <= size);
	return 0;
}
