/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network namespaces, and the interfaces that only their makers have. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attack.h"

/* An interface that is up, named as the tunnel or the exposed one is, with a frame written into it.
 */
int use_tun(struct attack *a)
{
	static const char *const names[] = { "tun0", "eth0", "wg0", "tap%d" };
	struct ifreq req = { .ifr_flags = pick(a, 2) ? IFF_TUN | IFF_NO_PI : IFF_TAP | IFF_NO_PI };
	size_t len = fill_payload(a);
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK), r = 0;

	if (fd < 0)
		return -errno;
	strcpy(req.ifr_name, PICK(a, names));
	if (ioctl(fd, TUNSETIFF, &req) < 0 || (pick(a, 2) && ioctl(fd, TUNSETPERSIST, 1) < 0))
		r = -errno;
	else
		r = sent(a, write(fd, a->payload, len));
	close(fd);
	return r;
}

static int set_up(const char *name)
{
	struct ifreq req = { .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), r;

	if (fd < 0)
		return -errno;
	strcpy(req.ifr_name, name);
	r = ioctl(fd, SIOCSIFFLAGS, &req) ? -errno : 0;
	close(fd);
	return r;
}

/* The socket was made outside, and is used inside: it goes where it was made for. */
static int in_a_new_netns(struct attack *a)
{
	if (unshare(CLONE_NEWNET) < 0)
		return -errno;
	set_up("lo");
	use_tun(a);
	open_socket(a);
	send_plain(a);
	hand_over(a);
	return 0;
}

static int by_child(struct attack *a, int (*fn)(struct attack *))
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return -errno;
	if (!pid) {
		a->trace = NULL;
		_exit(-fn(a) & 0xff);
	}
	pick(a, 2);
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -ECHILD;
	return -WEXITSTATUS(status);
}

int new_netns(struct attack *a)
{
	return by_child(a, in_a_new_netns);
}

/* A user namespace, too: that is open to everybody where the machine lets them. */
static int in_a_new_user(struct attack *a)
{
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
		return -errno;
	set_up("lo");
	use_tun(a);
	send_with_control(a);
	send_plain(a);
	return 0;
}

int send_from_netns(struct attack *a)
{
	return by_child(a, in_a_new_user);
}
