/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of the random attacker share. An attacker is one process (and its children) with a
 * generator and a set of sockets of its own; several run beside each other and hand sockets over.
 * What an action returns is what the kernel said to it: 0 or -errno. That an action fails is usual.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/types.h>

#define ATTACKERS 4
#define GIVERS 2 /* in each place outside: root, and the attackers' user */
#define MAX_SOCKETS 48
#define MAX_CHILDREN 24 /* of all attackers together, at a time */

/* The first bytes of each payload: a packet with them on the wire is the attacker's. */
#define MARK "leakaudit-attack"

/* Who it is: what it may do. */
enum attack_mode {
	ATTACK_USER, /* nobody */
	ATTACK_RAW, /* nobody, with CAP_NET_RAW where it is attached */
	ATTACK_USERNS, /* root of a user namespace of its own, which has NET_ADMIN in what it makes
			  there */
	ATTACK_GIVES, /* root outside the scope, or nobody there */
};

/* In memory that all attackers have. */
struct attack_shared {
	uint64_t actions, failed; /* all that was tried, and what the kernel refused of it */
	uint64_t tried, sent; /* packets (or calls that should make some) */
	uint32_t children;
};

struct attack_socket {
	int fd; /* -1: none */
	int family, type;
	bool connected;
};

/* What a giver hands over, or lets be taken. */
struct attack_gift {
	struct attack_socket socket;
	pid_t giver; /* who has it open as socket.fd; 0: it comes along */
};

union attack_addr {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_storage room;
};

struct attack {
	enum attack_mode mode;
	unsigned int number; /* of this attacker */
	uint64_t state; /* of the generator */
	uint64_t end; /* CLOCK_MONOTONIC, ns */
	const char *cgroup; /* a directory that it may make others in; it is in one of them */
	const char *interface; /* the exposed one */
	struct attack_socket sockets[MAX_SOCKETS];
	int bus[2]; /* sockets are handed over here: all attackers read and write both ends */
	int gifts; /* and come from outside here */
	struct attack_shared *shared;
	FILE *trace;
	unsigned char payload[1600];
};

/* Evenly of 0 to n - 1. */
uint32_t pick(struct attack *a, uint32_t n);
#define PICK(a, array) ((array)[pick(a, (uint32_t)(sizeof(array) / sizeof((array)[0])))])

/* Of those that are open, or NULL. */
struct attack_socket *pick_socket(struct attack *a);
/* A place for one more: it may close another one for it. */
struct attack_socket *free_socket(struct attack *a);
void close_socket(struct attack_socket *s);
/* 0, with one that is new, or -errno. */
int new_socket(struct attack *a, struct attack_socket **ret);

/* fd: goes along; -1: none does. 0 or -errno. */
int send_gift(int by, const struct attack_gift *gift, int fd);
/* A socket for both ends of the way of gifts, or -1. */
int open_gifts(bool for_givers);
/* Takes a descriptor out of the giver; -1 where that is refused. */
int take_from(const struct attack_gift *gift);
/* Gives until the end. */
void give(struct attack *a);

/* Somewhere outside, mostly, of that family; returns its length. */
socklen_t pick_address(struct attack *a, int family, union attack_addr *ret);
socklen_t pick_own_address(struct attack *a, int family, union attack_addr *ret);
/* A payload with the mark, who sends and which action it is. */
size_t fill_payload(struct attack *a);
/* Notes a try to send: r is what a call returned that sends. Returns r, or -errno. */
int sent(struct attack *a, long r);

void become_nobody(bool raw);
int write_text(const char *path, const char *text);
void sleep_ms(unsigned int ms);
uint64_t now_ns(void);

/* An action, as random as it likes. */
typedef int attack_fn(struct attack *a);

attack_fn open_socket, bind_socket, set_option, connect_socket, end_socket,
	listen_and_accept; /* sockets.c */
attack_fn send_plain, send_with_control, send_many, send_file, send_raw, send_frame; /* sends.c */
attack_fn ring_send; /* ring.c */
attack_fn fork_and_send, thread_sends, hand_over, take_over, move_cgroup, move_thread,
	flood_options; /* processes.c */
attack_fn new_netns, use_tun, send_from_netns; /* namespaces.c */
