/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * user/replay/replay.h from a file to the lines that it tells: settings (1 byte), then
 * packets, each its length (2), an interface and a time (1), and its bytes from
 * the IP header on; or, with SETTING_FILE, the bytes of the file itself.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/exit.h"
#include "fuzz.h"
#include "policy/known_resolvers.h"
#include "replay/audited_host.h"
#include "report/pcapng.h"
#include "replay/replay.h"

#define SETTING_ALL 0x01
#define SETTING_FILE 0x02
#define SETTING_NO_PAYLOAD 0x04
#define SETTING_TUNNEL 0x08

#define FILE_MAX (1U << 20)

static size_t write_capture(struct input *in, uint8_t *to)
{
	struct pcapng file = { .buf = to, .size = FILE_MAX };
	struct pcapng_packet p = { .time = { 1700000000, 0 } };
	uint8_t *data, where;
	size_t len;

	pcapng_section(&file, "fuzz");
	pcapng_interface(&file, &(struct pcapng_interface){ .name = "eth0" });
	pcapng_interface(&file, &(struct pcapng_interface){ .name = "tun0" });
	while (in->left && !file.full) {
		len = input_16(in);
		where = input_8(in);
		data = input_bytes(in, len, &len);
		p.interface = where & 1;
		p.time.tv_sec += where >> 1;
		p.data = data;
		p.caplen = p.len = (uint32_t)len;
		pcapng_packet(&file, &p);
		free(data);
	}
	return file.len;
}

static void check_lines(int fd)
{
	struct stat st;
	char *lines, *line, *end;

	REQUIRE(!fstat(fd, &st));
	lines = malloc((size_t)st.st_size + 1);
	REQUIRE(lines && pread(fd, lines, (size_t)st.st_size, 0) == st.st_size);
	lines[st.st_size] = 0;
	for (line = lines; line < lines + st.st_size; line = end + 1) {
		end = strchr(line, '\n');
		REQUIRE(end && json_is_valid(line, (size_t)(end - line)));
	}
	REQUIRE(strstr(lines, "\"action\":\"summary\""));
	free(lines);
}

/* The built-in ones, read once. */
static const struct known_resolvers *resolvers(void)
{
	static struct known_resolvers *known;
	struct fault f;

	if (!known)
		REQUIRE(!known_resolvers_open(&known, NULL, &f));
	return known;
}

static void replay(uint8_t settings, const uint8_t *file, size_t size)
{
	char path[INPUT_PATH_MAX], told[INPUT_PATH_MAX], output[INPUT_PATH_MAX + 5];
	int out = input_file(1, NULL, 0, told), code;
	_cleanup_(audited_host_freep) struct audited_host *local = NULL;
	char *files[] = { path, NULL };
	struct fault f;
	const char *outputs[] = { output };
	struct replay_config cfg = { .files = files,
				     .outputs = { outputs, 1 },
				     .interval = NSEC_PER_SEC,
				     .memory = 64 << 20,
				     .all = settings & SETTING_ALL,
				     .no_payload = settings & SETTING_NO_PAYLOAD };

	input_file(0, file, size, path);
	snprintf(output, sizeof(output), "json:%s", told);
	REQUIRE(!audited_host_open(&local));
	cfg.local = local;
	cfg.known = resolvers();
	if (settings & SETTING_TUNNEL)
		REQUIRE(!policy_add_tunnel(&cfg.policy, "tun0", &f));
	silence_begin();
	code = replay_run(&cfg);
	silence_end();
	if (settings & SETTING_FILE)
		REQUIRE(code == EXIT_USAGE || code == EXIT_CLEAN || code == EXIT_LEAKS ||
			code == EXIT_INCOMPLETE);
	else
		REQUIRE(code == EXIT_CLEAN || code == EXIT_LEAKS || code == EXIT_INCOMPLETE);
	if (code != EXIT_USAGE)
		check_lines(out);
	policy_clear(&cfg.policy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	uint8_t settings = input_8(&in);
	static uint8_t file[FILE_MAX];

	if (settings & SETTING_FILE)
		replay(settings, in.at, in.left);
	else
		replay(settings, file, write_capture(&in, file));
	return 0;
}
