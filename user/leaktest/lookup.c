/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Uses the C library's resolver as applications do. Its sockets are its own; they are left open
 * here, so that we can read where they led.
 */
#include <arpa/nameser.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <resolv.h>
#include <string.h>
#include <sys/socket.h>

#include "send.h"
#include "base/util.h"

static bool is_inet(int fd)
{
	int domain = 0;
	socklen_t len = sizeof(domain);

	return !getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) &&
	       (domain == AF_INET || domain == AF_INET6);
}

/*
 * Finds the sockets that the lookup has opened. `before` is the first descriptor that was free
 * before it.
 */
static void find_sockets(const struct datapath *k, int before, struct probe_attempt *r)
{
	_cleanup_(closedirp) DIR *dir = opendir("/proc/self/fd");
	struct dirent *e;
	uint64_t fd;

	while (dir && r->n_socks < PROBE_SOCKS_MAX && (e = readdir(dir))) {
		struct probe_sock *sock = &r->socks[r->n_socks];
		socklen_t len = sizeof(sock->cookie);

		if (parse_u64(e->d_name, (uint64_t)before, INT32_MAX, &fd) || !is_inet((int)fd))
			continue;
		if (getsockopt((int)fd, SOL_SOCKET, SO_COOKIE, &sock->cookie, &len))
			continue;
		probe_read_path(k, (int)fd, sock);
		r->n_socks++;
	}
}

void probe_look_up(const struct datapath *k, const struct probe *p, struct probe_attempt *r)
{
	struct __res_state res = { 0 };
	uint8_t answer[512];
	int before = dup(STDERR_FILENO);

	r->stage = PROBE_OPENING;
	if (before < 0 || res_ninit(&res))
		return;
	res.options |= RES_STAYOPEN;
	res.retrans = 1;
	res.retry = 1;
	r->stage = PROBE_SENDING;
	if (res_nquery(&res, p->name, ns_c_in, ns_t_a, answer, sizeof(answer)) < 0)
		r->error = errno;
	r->stage = PROBE_SENT;
	find_sockets(k, before, r);
}
