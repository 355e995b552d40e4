/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The libraries that unpack. All but zlib, which the program is linked with, are loaded when a
 * capture needs them.
 */
#include <errno.h>
#include <stdlib.h>
#include <zlib.h>

#ifdef HAVE_libzstd
#include <zstd.h>
#endif
#ifdef HAVE_liblzma
#include <lzma.h>
#endif
#ifdef HAVE_liblz4
#include <lz4frame.h>
#endif

#include "base/library.h"
#include "unpack_priv.h"

#define FIELD(function) __typeof__(function) *function;
#define ROW(function) { #function, (void **)&functions.function },

/* --- gzip --- */

static int gz_open(void **state)
{
	z_stream *z = calloc(1, sizeof(*z));

	if (!z || inflateInit2(z, 15 + 16) != Z_OK) {
		free(z);
		return -ENOMEM;
	}
	*state = z;
	return 0;
}

/* A file may have several members (RFC 1952 2.2). */
static int gz_step(void *state, struct unpack_step *s)
{
	z_stream *z = state;
	int r;

	z->next_in = (Bytef *)s->in;
	z->avail_in = (uInt)s->in_left;
	z->next_out = s->out;
	z->avail_out = (uInt)s->out_left;
	r = inflate(z, Z_NO_FLUSH);
	s->in = z->next_in;
	s->in_left = z->avail_in;
	s->out = z->next_out;
	s->out_left = z->avail_out;
	if (r == Z_STREAM_END)
		return inflateReset(z) == Z_OK ? 1 : -EBADMSG;
	return r == Z_OK || r == Z_BUF_ERROR ? 0 : -EBADMSG;
}

static void gz_close(void *state)
{
	inflateEnd(state);
	free(state);
}

/* --- zstd --- */

#ifdef HAVE_libzstd
#define ZSTD_FUNCTIONS(X) \
	X(ZSTD_createDStream) X(ZSTD_freeDStream) X(ZSTD_decompressStream) X(ZSTD_isError)

static struct {
	ZSTD_FUNCTIONS(FIELD)
} zstd;

static int zstd_open(void **state)
{
#define functions zstd
	static const struct library_function v[] = { ZSTD_FUNCTIONS(ROW){ 0 } };
#undef functions

	if (!zstd.ZSTD_isError && !library_load("libzstd.so.1", v))
		return -ENOSYS;
	*state = zstd.ZSTD_createDStream();
	return *state ? 0 : -ENOMEM;
}

static int zstd_step(void *state, struct unpack_step *s)
{
	ZSTD_inBuffer in = { s->in, s->in_left, 0 };
	ZSTD_outBuffer out = { s->out, s->out_left, 0 };
	size_t r = zstd.ZSTD_decompressStream(state, &out, &in);

	s->in += in.pos;
	s->in_left -= in.pos;
	s->out += out.pos;
	s->out_left -= out.pos;
	if (zstd.ZSTD_isError(r))
		return -EBADMSG;
	return !r;
}

static void zstd_close(void *state)
{
	zstd.ZSTD_freeDStream(state);
}
#else
#define zstd_open NULL
#define zstd_step NULL
#define zstd_close NULL
#endif

/* --- xz --- */

#ifdef HAVE_liblzma
#define XZ_MEMORY (256ULL << 20) /* more than "xz -9" needs */
#define XZ_FUNCTIONS(X) X(lzma_stream_decoder) X(lzma_code) X(lzma_end)

static struct {
	XZ_FUNCTIONS(FIELD)
} xz;

static int xz_open(void **state)
{
#define functions xz
	static const struct library_function v[] = { XZ_FUNCTIONS(ROW){ 0 } };
#undef functions
	lzma_stream *z;

	if (!xz.lzma_end && !library_load("liblzma.so.5", v))
		return -ENOSYS;
	z = calloc(1, sizeof(*z));
	if (!z || xz.lzma_stream_decoder(z, XZ_MEMORY, LZMA_CONCATENATED) != LZMA_OK) {
		free(z);
		return -ENOMEM;
	}
	*state = z;
	return 0;
}

static int xz_step(void *state, struct unpack_step *s)
{
	lzma_stream *z = state;
	lzma_ret r;

	z->next_in = s->in;
	z->avail_in = s->in_left;
	z->next_out = s->out;
	z->avail_out = s->out_left;
	r = xz.lzma_code(z, s->last ? LZMA_FINISH : LZMA_RUN);
	s->in = z->next_in;
	s->in_left = z->avail_in;
	s->out = z->next_out;
	s->out_left = z->avail_out;
	if (r == LZMA_STREAM_END)
		return 1;
	return r == LZMA_OK || r == LZMA_BUF_ERROR ? 0 : -EBADMSG;
}

static void xz_close(void *state)
{
	xz.lzma_end(state);
	free(state);
}
#else
#define xz_open NULL
#define xz_step NULL
#define xz_close NULL
#endif

/* --- lz4 --- */

#ifdef HAVE_liblz4
#define LZ4_FUNCTIONS(X)                   \
	X(LZ4F_createDecompressionContext) \
	X(LZ4F_freeDecompressionContext) X(LZ4F_decompress) X(LZ4F_isError)

static struct {
	LZ4_FUNCTIONS(FIELD)
} lz4;

static int lz4_open(void **state)
{
#define functions lz4
	static const struct library_function v[] = { LZ4_FUNCTIONS(ROW){ 0 } };
#undef functions
	LZ4F_dctx *z = NULL;

	if (!lz4.LZ4F_isError && !library_load("liblz4.so.1", v))
		return -ENOSYS;
	if (lz4.LZ4F_isError(lz4.LZ4F_createDecompressionContext(&z, LZ4F_VERSION)))
		return -ENOMEM;
	*state = z;
	return 0;
}

static int lz4_step(void *state, struct unpack_step *s)
{
	size_t in = s->in_left, out = s->out_left, r;

	r = lz4.LZ4F_decompress(state, s->out, &out, s->in, &in, NULL);
	s->in += in;
	s->in_left -= in;
	s->out += out;
	s->out_left -= out;
	if (lz4.LZ4F_isError(r))
		return -EBADMSG;
	return !r;
}

static void lz4_close(void *state)
{
	lz4.LZ4F_freeDecompressionContext(state);
}
#else
#define lz4_open NULL
#define lz4_step NULL
#define lz4_close NULL
#endif

const struct unpack_format unpack_formats[] = {
	{ "\x1f\x8b", 2, "gzip", "zcat", NULL, NULL, gz_open, gz_step, gz_close },
	{ "\x28\xb5\x2f\xfd", 4, "zstd", "zstdcat", "libzstd-dev", "libzstd1", zstd_open, zstd_step,
	  zstd_close },
	{ "\xfd"
	  "7zXZ",
	  6, "xz", "xzcat", "liblzma-dev", "liblzma5", xz_open, xz_step, xz_close },
	{ "\x04\x22\x4d\x18", 4, "lz4", "lz4cat", "liblz4-dev", "liblz4-1", lz4_open, lz4_step,
	  lz4_close },
	{ "BZh", 3, "bzip2", "bzcat", NULL, NULL, NULL, NULL, NULL },
	{ 0 },
};
