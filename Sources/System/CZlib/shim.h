#pragma once
#include <zlib.h>

// deflateInit2 is a macro, which Swift does not import. 15 + 16: the largest window, with a gzip header.
static inline int calyx_gzip_begin(z_stream *stream) {
    return deflateInit2(stream, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY);
}

static inline int calyx_inflate_begin(z_stream *stream) {
    return inflateInit(stream);
}
