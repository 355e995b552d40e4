/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes owners from user space. The storage of a socket can be written with a descriptor of that
 * socket, and pidfd_getfd() (since 5.6) copies a descriptor from another process.
 */
#include "scan_sockets.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_xdp.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "host/cgroup.h"
#include "priv.h"
#include "host/proc.h"

#ifndef SIOCGSKNS
#define SIOCGSKNS 0x894C
#endif

struct sweep {
	struct datapath *k;
	held_fn *fn;
	void *arg;
	struct la_owner owner;
};

static int read_line(int dir, const char *name, const char *begin, char *buf, size_t size)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC), r = -ENOENT;
	FILE *f = fd < 0 ? NULL : fdopen(fd, "r");

	if (!f) {
		closep(&fd);
		return -errno;
	}
	while (r && fgets(buf, (int)size, f))
		r = strncmp(buf, begin, strlen(begin)) ? -ENOENT : 0;
	fclose(f);
	buf[strcspn(buf, "\n")] = '\0';
	return r;
}

static int read_owner(const struct scope *scope, int proc, pid_t pid, struct la_owner *o)
{
	char line[4096];
	uint64_t ticks;
	int r = proc_start_ticks(proc, &ticks), fd;

	if (r < 0)
		return r;
	*o = (struct la_owner){ .tgid = (uint32_t)pid, .start_ns = ticks * (NSEC_PER_SEC / 100) };
	if (!read_line(proc, "comm", "", line, sizeof(line)))
		snprintf(o->comm, sizeof(o->comm), "%.15s", line);
	if (!read_line(proc, "status", "Uid:", line, sizeof(line)))
		sscanf(line, "Uid: %u", &o->uid);
	if (!read_line(proc, "cgroup", "0::/", line, sizeof(line))) {
		fd = openat(scope->mount_fd, line[4] ? line + 4 : ".",
			    O_PATH | O_DIRECTORY | O_CLOEXEC);
		o->cgroup = fd < 0 ? 0 : cgroup_id(fd);
		closep(&fd);
	}
	return 0;
}

static uint64_t netns_of(int sock)
{
	_cleanup_(netns_freep) struct netns *ns = NULL;
	int fd = ioctl(sock, SIOCGSKNS);

	return fd < 0 || netns_open_fd(&ns, fd) < 0 ? 0 : ns->cookie;
}

/* The socket's owner was unknown when it sent: its flow gets the owner here. */
static void own_flow(struct datapath *k, const struct la_sock *s, int sock)
{
	struct la_flow *f = s->hint && s->hint <= k->n_flows ? &k->flows[s->hint - 1] : NULL;
	uint64_t cookie;
	socklen_t len = sizeof(cookie);

	if (!f || f->attribution != LA_ATTR_UNKNOWN ||
	    getsockopt(sock, SOL_SOCKET, SO_COOKIE, &cookie, &len) < 0 || f->key.cookie != cookie)
		return;
	f->owner = s->owner;
	f->attribution = s->attribution;
}

/* Returns the socket's flags. */
static unsigned int own_socket(const struct sweep *w, int sock)
{
	int map = datapath_socks(w->k);
	struct la_sock s = { 0 };
	bool is_new = bpf_map_lookup_elem(map, &sock, &s) < 0;

	/*
	 * Reading and writing are two steps, so a packet's change in between would be lost: done
	 * only once for a socket.
	 */
	if (s.netns && (s.attribution == LA_ATTR_SOCKET || s.flags & LA_SF_IN_SCOPE)) {
		own_flow(w->k, &s, sock);
		return s.flags;
	}
	if (s.attribution == LA_ATTR_UNKNOWN) {
		s.owner = w->owner;
		s.attribution = LA_ATTR_ITERATOR;
	}
	if (!s.netns)
		s.netns = netns_of(sock);
	s.flags |= LA_SF_IN_SCOPE;
	/* if a hook has created the storage meanwhile, its data is better */
	bpf_map_update_elem(map, &sock, &s, is_new ? BPF_NOEXIST : BPF_EXIST);
	own_flow(w->k, &s, sock);
	return s.flags;
}

/*
 * Whether an AF_XDP socket has a ring to send. The kernel does not tell for a bound socket
 * (-EBUSY): assume that it has one.
 */
static bool has_ring(int sock)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	void *ring = mmap(NULL, size, PROT_READ, MAP_SHARED, sock, XDP_PGOFF_TX_RING);

	if (ring == MAP_FAILED)
		return errno == EBUSY;
	munmap(ring, size);
	return true;
}

static void report_held(const struct sweep *w, int sock, uint32_t fd)
{
	struct la_held held = { .owner = w->owner, .fd = fd };
	socklen_t len = sizeof(int);
	struct stat st;
	int family;

	if (!w->fn || getsockopt(sock, SOL_SOCKET, SO_DOMAIN, &family, &len) < 0 ||
	    (family != AF_PACKET && (family != AF_XDP || !has_ring(sock))) || fstat(sock, &st))
		return;
	held.xdp = family == AF_XDP;
	held.inode = st.st_ino;
	held.netns = netns_of(sock);
	w->fn(w->arg, &held);
}

static int own_process(void *arg, pid_t pid)
{
	struct sweep *w = arg;
	_cleanup_(closep) int proc = proc_open(pid), pidfd = -1;
	_cleanup_(closedirp) DIR *dir = NULL;
	struct dirent *e;
	char target[16];
	int fd, sock;

	if (proc < 0)
		return 0;
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (pidfd < 0 || read_owner(w->k->scope, proc, pid, &w->owner) < 0)
		return 0;
	fd = openat(proc, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		closep(&fd);
		return 0;
	}
	while ((e = readdir(dir))) {
		if (readlinkat(fd, e->d_name, target, sizeof(target)) < 8 ||
		    strncmp(target, "socket:[", 8))
			continue;
		sock = (int)syscall(SYS_pidfd_getfd, pidfd, atoi(e->d_name), 0);
		if (sock < 0)
			continue;
		if (!(own_socket(w, sock) & LA_SF_BYPASSES))
			report_held(w, sock, (uint32_t)atoi(e->d_name));
		close(sock);
	}
	return 0;
}

int scan_sockets(struct datapath *k, held_fn *fn, void *arg)
{
	struct sweep w = { .k = k, .fn = fn, .arg = arg };

	return scope_pids(k->scope, own_process, &w);
}
