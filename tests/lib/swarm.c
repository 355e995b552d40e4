/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * swarm: many processes that live for one datagram each.
 *
 *	swarm ADDRESS COUNT RATE PROGRAM...
 *
 * Starts COUNT processes, at most RATE in a second, of the PROGRAMs in turn: copies of this one.
 * Each sends a question to port 53 whose name says who it is, and has ended when that is on the
 * wire:
 *
 *	PROGRAM ask ADDRESS    asks for PID.PROGRAM.example
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static size_t put_label(unsigned char *at, const char *label)
{
	size_t len = strlen(label);

	*at = (unsigned char)len;
	memcpy(at + 1, label, len);
	return len + 1;
}

static int ask(const char *self, const char *address)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(53) };
	unsigned char question[256] = { 0, 0, 1, 0, 0, 1 };
	const char *slash = strrchr(self, '/');
	size_t len = 12;
	char pid[16];
	int fd;

	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	len += put_label(question + len, pid);
	len += put_label(question + len, slash ? slash + 1 : self);
	len += put_label(question + len, "example");
	memcpy(question + len, "\0\0\1\0\1", 5);
	len += 5;
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0 || !inet_aton(address, &to.sin_addr) ||
	    sendto(fd, question, len, 0, (struct sockaddr *)&to, sizeof(to)) < 0)
		err(1, "%s", address);
	_exit(0);
}

/* Until it is time for the next one; the dead are buried meanwhile. */
static void keep_rate(const struct timespec *began, long n, long rate)
{
	struct timespec at = *began;

	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	at.tv_sec += n / rate;
	at.tv_nsec += n % rate * (1000000000L / rate);
	if (at.tv_nsec >= 1000000000L) {
		at.tv_sec++;
		at.tv_nsec -= 1000000000L;
	}
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
}

int main(int argc, char **argv)
{
	struct timespec began, ended;
	char *args[4] = { NULL, "ask", NULL, NULL };
	long i, count, rate;

	if (argc == 3 && !strcmp(argv[1], "ask"))
		return ask(argv[0], argv[2]);
	if (argc < 5)
		errx(2, "usage: swarm ADDRESS COUNT RATE PROGRAM...");
	count = atol(argv[2]);
	rate = atol(argv[3]);
	args[2] = argv[1];
	clock_gettime(CLOCK_MONOTONIC, &began);
	for (i = 0; i < count; i++) {
		args[0] = argv[4 + i % (argc - 4)];
		errno = posix_spawn(&(pid_t){ 0 }, args[0], NULL, NULL, args, environ);
		if (errno)
			err(1, "%s", args[0]);
		keep_rate(&began, i, rate);
	}
	while (wait(NULL) > 0)
		;
	clock_gettime(CLOCK_MONOTONIC, &ended);
	printf("%.0f a second\n", (double)count / ((double)(ended.tv_sec - began.tv_sec) +
						   (double)(ended.tv_nsec - began.tv_nsec) / 1e9));
	return 0;
}
