/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether netfilter of a namespace may send what a process there sends to another destination: by
 * a chain of nftables of type nat at the output hook, or by the table nat of iptables-legacy. Such
 * rules are followed; what is not known counts as "may".
 */
#pragma once

#include <stdbool.h>

#include "nl_read.h"

struct nat;

/* ns is borrowed and must outlive it. -ENOMEM. */
int nat_open(struct nat **ret, const struct netns *ns);
void nat_free(struct nat *n);

static inline void nat_freep(struct nat **n)
{
	nat_free(*n);
}

/* Readable when nat_follow() has work. -1: the kernel has no nftables yet. */
int nat_fd(const struct nat *n);

/* Handles changes of nftables. It never blocks. */
void nat_follow(struct nat *n);

/* Call it every second: checks for what the kernel reports to nobody. */
void nat_poll(struct nat *n);

/* LA_FAMILY_*: families of which it may be. */
unsigned int nat_families(const struct nat *n);

/* The families of a chain that is type nat at the output hook; 0: another one, or no chain. */
unsigned int nat_of_chain(const struct nlmsghdr *nlh);
extern const struct nl_kind nat_chains_kind;
