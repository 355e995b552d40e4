/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flood: many packets in little time, for the tests of what happens when there
 * are more than anybody can read or remember.
 *
 *	flood flows ADDRESS COUNT    one datagram to each of COUNT ports
 *	flood dns ADDRESS COUNT      COUNT questions to port 53
 */
#include <arpa/inet.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char question[] = "\0\0\1\0\0\1\0\0\0\0\0\0\5flood\7example\0\0\1\0\1";

#define FIRST_PORT 10000

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	size_t len = sizeof(question) - 1;
	int fd, i, count, flows;

	if (argc != 4 || !inet_aton(argv[2], &to.sin_addr))
		errx(2, "usage: flood flows|dns ADDRESS COUNT");
	flows = !strcmp(argv[1], "flows");
	count = atoi(argv[3]);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0)
		err(1, "socket");
	for (i = 0; i < count; i++) {
		to.sin_port = htons(flows ? FIRST_PORT + i : 53);
		if (sendto(fd, question, len, 0, (struct sockaddr *)&to, sizeof(to)) < 0)
			err(1, "sendto");
		if (i % 64 == 63) /* the wire and its capture have queues too */
			usleep(1000);
	}
	return 0;
}
