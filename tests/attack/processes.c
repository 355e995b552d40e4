/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Children, threads, sockets that go from hand to hand, and cgroups: who sends is not who has
 * opened the socket. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attack.h"

/* --- children and threads --- */

static void act_as_child(struct attack *a)
{
	unsigned int left = 1 + pick(a, 4);

	while (left--) {
		if (pick(a, 2))
			sleep_ms(pick(a, 200));
		send_plain(a);
		if (!pick(a, 3))
			open_socket(a);
	}
}

/* The child's child is nobody's: it may go on when all else has ended. */
int fork_and_send(struct attack *a)
{
	pid_t pid;

	if (__atomic_add_fetch(&a->shared->children, 1, __ATOMIC_RELAXED) > MAX_CHILDREN) {
		__atomic_fetch_sub(&a->shared->children, 1, __ATOMIC_RELAXED);
		return -EAGAIN;
	}
	pid = fork();
	if (pid < 0) {
		__atomic_fetch_sub(&a->shared->children, 1, __ATOMIC_RELAXED);
		return -errno;
	}
	if (pid) {
		pick(a, 2); /* else both would go on alike */
		waitpid(pid, NULL, 0);
		return 0;
	}
	a->trace = NULL;
	if (pick(a, 3) && fork() > 0)
		_exit(0);
	act_as_child(a);
	__atomic_fetch_sub(&a->shared->children, 1, __ATOMIC_RELAXED);
	_exit(0);
}

static void *send_by_thread(void *arg)
{
	send_plain(arg);
	return NULL;
}

int thread_sends(struct attack *a)
{
	pthread_t thread;
	int r = pthread_create(&thread, NULL, send_by_thread, a);

	if (!r)
		pthread_join(thread, NULL);
	return -r;
}

/* --- from hand to hand --- */

int send_gift(int by, const struct attack_gift *gift, int fd)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec part = { (void *)gift, sizeof(*gift) };
	struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1 };
	struct cmsghdr *c;

	if (fd >= 0) {
		m.msg_control = control;
		m.msg_controllen = sizeof(control);
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(int));
	}
	return sendmsg(by, &m, 0) < 0 ? -errno : 0;
}

int hand_over(struct attack *a)
{
	struct attack_socket *s = pick_socket(a);
	struct attack_gift gift = { 0 };
	int r;

	if (!s)
		return -ENOENT;
	gift.socket = *s;
	r = send_gift(a->bus[pick(a, 2)], &gift, s->fd);
	if (!r && pick(a, 2))
		close_socket(s);
	return r;
}

/* The descriptor that has come along, or was taken; -1: there is none. */
static int gift_of(struct msghdr *m, const struct attack_gift *gift)
{
	const struct cmsghdr *c = CMSG_FIRSTHDR(m);
	int fd = -1;

	if (gift->giver)
		return take_from(gift);
	if (c && c->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(c), sizeof(int));
	return fd;
}

/* Uses it once and closes it, as often as not. */
int take_over(struct attack *a)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
	const int from[] = { a->bus[0], a->bus[1], a->gifts };
	struct attack_socket *s;
	struct attack_gift gift;
	struct iovec part = { &gift, sizeof(gift) };
	struct msghdr m = { .msg_iov = &part,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };

	if (recvmsg(PICK(a, from), &m, MSG_CMSG_CLOEXEC) < 0)
		return -errno;
	gift.socket.fd = gift_of(&m, &gift);
	if (gift.socket.fd < 0)
		return -ENOENT;
	s = free_socket(a);
	*s = gift.socket;
	if (!pick(a, 2))
		return 0;
	fill_payload(a);
	sent(a, send(s->fd, a->payload, 64, MSG_NOSIGNAL));
	close_socket(s);
	return 0;
}

/* --- cgroups --- */

int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), r;

	if (fd < 0)
		return -errno;
	r = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	close(fd);
	return r;
}

static void cgroup_of(struct attack *a, char *path, size_t size)
{
	snprintf(path, size, "%s/%u", a->cgroup, pick(a, 6));
}

/* Makes one, ends one, or goes to one. */
int move_cgroup(struct attack *a)
{
	char path[4096], file[4200];

	cgroup_of(a, path, sizeof(path));
	switch (pick(a, 4)) {
	case 0:
		return rmdir(path) ? -errno : 0;
	case 1:
		return mkdir(path, 0755) ? -errno : 0;
	default:
		snprintf(file, sizeof(file), "%s/cgroup.procs", path);
		return write_text(file, "0");
	}
}

/* A thread that leaves its process behind, and sends from elsewhere. */
static void *send_from_cgroup(void *arg)
{
	struct attack *a = arg;
	char path[4096], file[4200], tid[16];

	cgroup_of(a, path, sizeof(path));
	snprintf(file, sizeof(file), "%s/cgroup.threads", path);
	snprintf(tid, sizeof(tid), "%ld", syscall(SYS_gettid));
	write_text(file, tid);
	open_socket(a);
	send_plain(a);
	return NULL;
}

int move_thread(struct attack *a)
{
	char path[4096], file[4200];
	pthread_t thread;
	int r;

	cgroup_of(a, path, sizeof(path));
	snprintf(file, sizeof(file), "%s/cgroup.type", path);
	write_text(file, "threaded");
	r = pthread_create(&thread, NULL, send_from_cgroup, a);
	if (!r)
		pthread_join(thread, NULL);
	return -r;
}

/* --- memory --- */

/* Takes all that a socket may have for its options, so that nobody can note anything at it. */
int flood_options(struct attack *a)
{
	static struct sock_filter pass[512];
	struct attack_socket *s = pick_socket(a);
	struct sock_fprog program = { .filter = pass };
	unsigned int i;

	if (!s)
		return -ENOENT;
	for (i = 0; i < 512; i++)
		pass[i] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0xffff);
	for (i = 512; i; i /= 2) {
		struct ip_mreqn group = { .imr_multiaddr.s_addr = htonl(0xef020000 + i) };

		program.len = (unsigned short)i;
		if (!setsockopt(s->fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)))
			break;
		setsockopt(s->fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof(group));
	}
	return send_plain(a);
}
