/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the growth bench sends, at a steady rate, and what a call cost.
 *
 *	send questions ADDRESS COUNT RATE    DNS questions by one socket: each is an event
 *	send sockets ADDRESS COUNT RATE      a datagram by a socket of its own: each is a flow
 *	send peers ADDRESS COUNT RATE        a datagram to each of so many ports, twice, by one
 *	                                     socket: the second time is measured
 *	send hold PROCESSES SOCKETS          nothing: so many processes hold so many sockets each,
 *	                                     until stdin ends
 *	send watched ADDRESS COUNT FILE      questions, each once the last one's event is in the
 *	                                     file: microseconds until then, the median and the most
 *
 * Says how many calls succeeded, and ns of CPU time for each (of the last pass).
 */
#include <arpa/inet.h>
#include <err.h>
#include <inttypes.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NSEC_PER_SEC ((uint64_t)1000000000)
/* Calls between two looks at the clock. */
#define BURST 50
#define FIRST_PORT 1024

static uint64_t now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * NSEC_PER_SEC + (uint64_t)t.tv_nsec;
}

static void wait_until(uint64_t ns)
{
	struct timespec t = { (time_t)(ns / NSEC_PER_SEC), (long)(ns % NSEC_PER_SEC) };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static size_t question(char *to, size_t size, unsigned int n)
{
	static const char head[] = "\0\0\1\0\0\1\0\0\0\0\0", tail[] = "\7example\3com\0\0\1\0\1";
	size_t len = sizeof(head);

	memcpy(to, head, len);
	to[len++] = 8;
	len += (size_t)snprintf(to + len, size - len, "h%07u", n % 10000000);
	memcpy(to + len, tail, sizeof(tail) - 1);
	return len + sizeof(tail) - 1;
}

struct load {
	const char *what;
	struct sockaddr_in to;
	unsigned int count;
	uint64_t rate;
	int fd;
};

static int send_one(struct load *l, unsigned int n)
{
	char payload[64] = { 0 };
	size_t len = sizeof(payload);
	ssize_t sent;

	if (!strcmp(l->what, "questions"))
		len = question(payload, sizeof(payload), n);
	if (!strcmp(l->what, "peers"))
		l->to.sin_port = htons((uint16_t)(FIRST_PORT + n));
	if (!strcmp(l->what, "sockets"))
		l->fd = socket(AF_INET, SOCK_DGRAM, 0);
	sent = sendto(l->fd, payload, len, 0, (struct sockaddr *)&l->to, sizeof(l->to));
	if (!strcmp(l->what, "sockets"))
		close(l->fd);
	return sent == (ssize_t)len;
}

static unsigned int pass(struct load *l)
{
	uint64_t began = now(CLOCK_MONOTONIC);
	unsigned int i, sent = 0;

	for (i = 0; i < l->count; i++) {
		if (l->rate && !(i % BURST))
			wait_until(began + i * NSEC_PER_SEC / l->rate);
		sent += (unsigned int)send_one(l, i);
	}
	return sent;
}

static int flood(char **argv)
{
	struct load l = { .what = argv[1], .to.sin_family = AF_INET };
	unsigned int sent = 0;
	uint64_t cpu, began;

	if (!inet_aton(argv[2], &l.to.sin_addr))
		errx(2, "%s is no address", argv[2]);
	l.count = (unsigned int)strtoul(argv[3], NULL, 10);
	l.rate = strtoull(argv[4], NULL, 10);
	l.to.sin_port = htons(!strcmp(l.what, "questions") ? 53 : 5000);
	l.fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (l.fd < 0)
		err(1, "socket");
	if (!strcmp(l.what, "peers"))
		sent = pass(&l);
	began = now(CLOCK_MONOTONIC);
	cpu = now(CLOCK_PROCESS_CPUTIME_ID);
	sent += pass(&l);
	cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	printf("%u %" PRIu64 " %" PRIu64 "\n", sent, cpu / l.count,
	       l.count * NSEC_PER_SEC / (now(CLOCK_MONOTONIC) - began));
	return 0;
}

static off_t size_of(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		err(1, "%s", path);
	return st.st_size;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* From a look that found nothing new; its reader may be asleep, or read every few milliseconds. */
static uint64_t time_one(struct load *l, unsigned int n, const char *path)
{
	off_t before = size_of(path);
	uint64_t began = now(CLOCK_MONOTONIC), at = began;

	if (!send_one(l, n))
		err(1, "sendto");
	while (size_of(path) == before) {
		at += 100000;
		wait_until(at);
	}
	return (now(CLOCK_MONOTONIC) - began) / 1000;
}

static int watched(char **argv)
{
	struct load l = { .what = "questions", .to.sin_family = AF_INET, .to.sin_port = htons(53) };
	unsigned int i;
	uint64_t *took;

	l.count = (unsigned int)strtoul(argv[3], NULL, 10);
	l.fd = socket(AF_INET, SOCK_DGRAM, 0);
	took = calloc(l.count, sizeof(*took));
	if (!inet_aton(argv[2], &l.to.sin_addr) || l.fd < 0 || !took || !l.count)
		errx(2, "cannot send %s questions to %s", argv[3], argv[2]);
	for (i = 0; i < l.count; i++) {
		took[i] = time_one(&l, i, argv[4]);
		wait_until(now(CLOCK_MONOTONIC) + (i % 2 ? 1 : 100) * 1000000);
	}
	qsort(took, l.count, sizeof(*took), compare);
	printf("%u %" PRIu64 " %" PRIu64 "\n", l.count, took[l.count / 2], took[l.count - 1]);
	return 0;
}

static int hold(char **argv)
{
	unsigned long processes = strtoul(argv[2], NULL, 10), n = strtoul(argv[3], NULL, 10), i;
	struct rlimit limit = { n + 64, n + 64 };
	char byte;

	if (setrlimit(RLIMIT_NOFILE, &limit))
		err(1, "setrlimit");
	while (processes--) {
		switch (fork()) {
		case -1:
			err(1, "fork");
		case 0:
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (i = 0; i < n; i++)
				if (socket(AF_INET, SOCK_DGRAM, 0) < 0)
					err(1, "socket");
			for (;;)
				pause();
		}
	}
	puts("held");
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "hold"))
		return hold(argv);
	if (argc == 5 && !strcmp(argv[1], "watched"))
		return watched(argv);
	if (argc != 5)
		errx(2, "usage: send questions|sockets|peers ADDRESS COUNT RATE | send hold "
			"PROCESSES SOCKETS | send watched ADDRESS COUNT FILE");
	return flood(argv);
}
