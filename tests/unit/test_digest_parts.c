/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a digest is made of: files, flows, numbers, times. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <zlib.h>

#include "digest/files.h"
#include "digest/recording.h"
#include "digest/sequences.h"
#include "digest/bins.h"
#include "digest/told.h"
#include "base/util.h"
#include "unit.h"

/* More flows than there is room for: those that are over make room, and nothing is in doubt. */
static void test_many_flows(void)
{
	struct told *t = NULL;
	char id[33];
	bool fresh;

	CHECK_INT(told_open(&t), 0);
	for (unsigned int i = 0; i < TOLD_FLOWS_MAX + 5000; i++) {
		snprintf(id, sizeof(id), "%032x", i);
		told_flow(t, id, true, &fresh);
	}
	CHECK_INT(told_forgotten(t), 0);
	told_flow(t, id, true, &fresh);
	CHECK(!fresh);
	for (unsigned int i = 0; i < TOLD_FLOWS_MAX; i++) {
		snprintf(id, sizeof(id), "%032x", 1U << 30 | i);
		told_flow(t, id, false, &fresh);
	}
	CHECK(told_forgotten(t) < 3);
	told_flow(t, "none of these", false, &fresh);
	CHECK(fresh && told_forgotten(t) > 0);
	told_free(t);
}

static void test_sequences(void)
{
	struct sequences s = { 0 };

	for (uint64_t i = 3; i < 10; i++)
		CHECK_INT(sequences_add(&s, i), 1);
	CHECK_INT(sequences_add(&s, 5), 0);
	CHECK_INT(sequences_add(&s, 20), 1);
	CHECK_INT(sequences_before(&s), 2);
	CHECK_INT(sequences_missing(&s), 10);
	for (uint64_t i = 19; i >= 10; i--)
		CHECK_INT(sequences_add(&s, i), 1);
	CHECK_INT(s.n, 1);
	CHECK_INT(sequences_missing(&s), 0);
	for (uint64_t i = 0; i < 3 * SEQUENCES_SPANS_MAX; i++)
		sequences_add(&s, 100 + 2 * i);
	CHECK(s.rough && s.n <= SEQUENCES_SPANS_MAX);
	CHECK_INT(sequences_add(&s, 100 + 6 * SEQUENCES_SPANS_MAX), 1);
	sequences_clear(&s);
}

static void test_times(void)
{
	CHECK_INT(recorded_time("1970-01-01T00:00:00Z"), 0);
	CHECK_INT(recorded_time("2024-02-29T23:59:59.000000001Z"), 1709251199000000001);
	CHECK_INT(recorded_time("2026-11-29T18:16:21.610520498Z"), 1795976181610520498);
	CHECK_INT(recorded_time("9999-01-01T00:00:00Z"), RECORDED_NO_TIME);
	CHECK_INT(recorded_time("2026-13-01T00:00:00Z"), RECORDED_NO_TIME);
	CHECK_INT(recorded_time("2026-11-29 18:16:21Z"), RECORDED_NO_TIME);
	CHECK_INT(recorded_time("2026-11-29T18:16:21.6+01:00"), RECORDED_NO_TIME);
	CHECK_INT(recorded_time(""), RECORDED_NO_TIME);
}

/* However long it reaches, what is in its bins stays the same. */
static void test_timeline(void)
{
	struct bins t;
	uint64_t sum = 0;
	size_t n;

	CHECK_INT(bins_open(&t, 3600), 0);
	for (int64_t i = 0; i < 3 * BINS_MAX; i++)
		bins_at(&t, (i * 7919 % 50000) * 3600 * (int64_t)NSEC_PER_SEC)->stopped.packets++;
	n = bins_fit(&t, 100);
	CHECK(n > 10 && n <= 100);
	for (size_t i = 0; i < t.n; i++) {
		sum += t.v[i].stopped.packets;
		CHECK(!i || t.v[i].number > t.v[i - 1].number);
	}
	CHECK_INT(sum, 3 * BINS_MAX);
	bins_close(&t);
}

static char dir[] = "/tmp/leakaudit-test-digest.XXXXXX";

static const char *path_of(const char *name)
{
	static char path[2][128];
	static unsigned int turn;

	turn = !turn;
	snprintf(path[turn], sizeof(path[turn]), "%s/%s", dir, name);
	return path[turn];
}

static void write_file(const char *name, const char *bytes, size_t len)
{
	FILE *f = fopen(path_of(name), "we");

	if (f) {
		fwrite(bytes, 1, len, f);
		fclose(f);
	}
}

/* "LINE:LENGTH " for each; -1 is one that is too long. */
static const char *lines_of(const char *name)
{
	static char words[4096];
	_cleanup_(recording_freep) struct recording *r = NULL;
	struct fault f = { 0 };
	char *line;
	size_t len;
	int n;

	words[0] = '\0';
	if (!CHECK_INT(recording_open(path_of(name), &r, &f), 0))
		return words;
	while ((n = recording_line(r, &line, &len, &f)) > 0)
		snprintf(words + strlen(words), sizeof(words) - strlen(words), "%d:%d ",
			 (int)recording_number(r), line ? (int)len : -1);
	snprintf(words + strlen(words), sizeof(words) - strlen(words), "%s",
		 n < 0 ? f.reason : "end");
	return words;
}

static void test_lines(void)
{
	enum { LONG = 3 * 4 * RECORDING_LINE_MAX };
	char *bytes = malloc(LONG + 16);

	CHECK(mkdtemp(dir) != NULL);
	write_file("a", "one\n\n\nfour4\nfive", 16);
	CHECK_STR(lines_of("a"), "1:3 4:5 5:4 end");
	write_file("a", "", 0);
	CHECK_STR(lines_of("a"), "end");
	memset(bytes, 'x', LONG);
	memcpy(bytes, "one\n", 4);
	memcpy(bytes + LONG, "\nthree\n", 7);
	write_file("a", bytes, LONG + 7);
	CHECK_STR(lines_of("a"), "1:3 2:-1 3:5 end");
	write_file("a", bytes, LONG);
	CHECK_STR(lines_of("a"), "1:3 2:-1 end");
	memset(bytes, 'x', RECORDING_LINE_MAX);
	bytes[RECORDING_LINE_MAX] = '\n';
	write_file("a", bytes, RECORDING_LINE_MAX + 1);
	CHECK_STR(lines_of("a"), "1:65536 end");
	free(bytes);
}

static void test_compressed_lines(void)
{
	struct stat st;
	gzFile gz = gzopen(path_of("b.gz"), "wb");

	gzputs(gz, "one\ntwo two\n");
	gzclose(gz);
	CHECK_STR(lines_of("b.gz"), "1:3 2:7 end");
	CHECK_INT(stat(path_of("b.gz"), &st), 0);
	CHECK_INT(truncate(path_of("b.gz"), st.st_size - 9), 0);
	CHECK(strstr(lines_of("b.gz"), "cut off"));
}

static void test_no_file(void)
{
	struct recording *r = NULL;
	struct fault f = { 0 };

	CHECK_INT(recording_open(path_of("none"), &r, &f), -ENOENT);
	CHECK(strstr(f.reason, "none"));
	CHECK_INT(recording_open(dir, &r, &f), -EISDIR);
	CHECK(!r);
}

#define EVENT(second, sequence, action, more)                                                   \
	"{\"@timestamp\":\"2026-01-02T10:00:" second "Z\",\"event\":{\"action\":\"" action      \
	"\",\"dataset\":\"leakaudit\",\"sequence\":" sequence "},\"agent\":{\"id\":\"a\"}" more \
	"}\n"
#define FLOW(state, packets)                                                                   \
	",\"source\":{\"packets\":" packets ",\"bytes\":0},\"leakaudit\":{\"class\":\"ipv4\"," \
	"\"flow\":\"" state "\",\"flow_id\":\"f\"}"

/* Rotated files come in the order of a shell's pattern: the newest first. */
static void test_order_of_files(void)
{
	static const char newer[] = EVENT("09", "3", "leak", FLOW("close", "9"));
	static const char older[] = "\n" EVENT("01", "1", "ready", "")
		EVENT("02", "2", "leak", FLOW("open", "2"));
	_cleanup_(digest_freep) struct digest *d = NULL;
	char first[128], second[128];
	struct fault f = { 0 };

	write_file("leaks.json", newer, sizeof(newer) - 1);
	write_file("leaks.json.1", older, sizeof(older) - 1);
	snprintf(first, sizeof(first), "%s", path_of("leaks.json"));
	snprintf(second, sizeof(second), "%s", path_of("leaks.json.1"));
	CHECK_INT(digest_open(&d), 0);
	CHECK_INT(files_read(d, (char *[]){ first, second, NULL }, &f), 0);
	digest_end(d);
	CHECK_INT(d->events, 3);
	CHECK_INT(d->bins.n, 2);
	CHECK_INT(d->bins.v[0].left[0].packets, 2);
	CHECK_INT(d->bins.v[1].left[0].packets, 7);
}

static void test_tidy(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", dir);
	CHECK_INT(system(command), 0);
}

UNIT_MAIN("digest_parts", { "many_flows", test_many_flows }, { "sequences", test_sequences },
	  { "times", test_times }, { "timeline", test_timeline }, { "lines", test_lines },
	  { "compressed_lines", test_compressed_lines }, { "no_file", test_no_file },
	  { "order_of_files", test_order_of_files }, { "tidy", test_tidy })
