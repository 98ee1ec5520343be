#pragma once
#include <zlib.h>

// deflateInit2 is a macro, which Swift does not import. 15 + 16: the largest window, with a gzip header.
static inline int calyx_gzip_begin(z_stream *stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, 15 + 16, level == Z_BEST_COMPRESSION ? 9 : 8, Z_DEFAULT_STRATEGY);
}

static inline int calyx_inflate_begin(z_stream *stream) {
    return inflateInit(stream);
}
