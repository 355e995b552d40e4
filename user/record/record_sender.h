/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who has sent a packet, in records: a process, the kernel, another host or namespace. */
#pragma once

#include "base/json.h"
#include "base/text.h"
#include "record.h"

void record_say_process(struct text *t, const struct record_process *p);
/* Of several scopes: "/a/b: " */
void record_say_whose(struct text *t, const char *scope);
void record_say_sender(struct text *t, const struct record_leak *l);

/*
 * Whether nobody has sent it: the kernel connects nowhere by itself, nor does it send UDP but for
 * its tunnels. A firewall makes copies of packets, without their sockets (nft dup).
 */
bool record_is_copied(const struct la_flow *f);
/* What a packet is that the kernel has made: "tcp-reset". NULL: not known, or another's. */
const char *record_kernel_packet(const struct la_flow *f);
/* The same for people: "a tcp reset". NULL as well where its class says more. */
const char *record_kernel_words(const struct la_flow *f, bool many);

/* Else no source is chosen yet, or there is none. */
bool record_has_source(const struct record_leak *l);
/* "source", which stays open: the address before nat. "nat" has the one after it. */
void record_put_source(struct json *j, const struct record_leak *l);
void record_put_destination(struct json *j, const struct record_leak *l);
