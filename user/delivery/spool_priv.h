/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by spool.c and spool_disk.c: the segments of a spool. */
#pragma once

#include "spool.h"

/* What moves between memory and disk at once. */
#define SEGMENT_SIZE (64U << 10)

/* Of a message. The checksum is that of the number, the length and the data. */
struct spool_head {
	uint32_t len;
	uint32_t crc;
	uint64_t number;
};

struct segment {
	struct segment *next;
	uint64_t first, end; /* numbers of its messages */
	char *buf; /* heads and data, without the file's own head; NULL: only on disk */
	size_t len, size; /* of buf */
	size_t saved; /* bytes of buf that are on disk */
	int fd; /* while bytes are to be saved, else -1 */
	bool on_disk; /* it has a file */
};

struct cursor {
	struct segment *at; /* NULL: there are no segments */
	size_t offset;
	uint64_t number;
};

struct spool_disk;

struct spool {
	struct segment *head, *tail;
	struct cursor arrived, taken; /* the next message of either */
	uint64_t end; /* number of the next message */
	size_t waiting; /* bytes that were not taken */
	size_t again; /* of these, what was taken before: it takes no room from what is new */
	size_t unsaved; /* bytes that are not on disk */
	int error; /* -errno of the last time that something was written there; 0: it was */
	uint64_t size;
	uint64_t lost;
	struct spool_disk *disk; /* NULL: in memory */
};

/* The length of the whole messages at the beginning of what a file has, and how many they are. */
size_t spool_valid(const char *buf, size_t len, uint64_t first, uint64_t *n);

/*
 * Opens the directory, and adds the segments that an earlier run has left. *arrived: the number of
 * the first message that has not arrived.
 */
int spool_disk_open(struct spool *s, const char *dir, const char *kind, uint64_t *arrived,
		    struct fault *f);
void spool_disk_free(struct spool_disk *d);
/* Makes its file, and writes what is not written yet. 0 or -errno; what was written counts. */
int spool_disk_save(struct spool_disk *d, struct segment *g);
/* Reads the file into buf. What is damaged is left out: g->end then says where it begins. */
int spool_disk_load(struct spool_disk *d, struct segment *g);
/* What was saved of its last message, and is not whole, is cut off: it was counted as lost. */
void spool_disk_cut(struct spool_disk *d, struct segment *g);
void spool_disk_remove(struct spool_disk *d, struct segment *g);
/* Remembers that all messages before that number have arrived. */
void spool_disk_arrived(struct spool_disk *d, uint64_t number);
