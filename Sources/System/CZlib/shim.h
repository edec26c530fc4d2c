#pragma once
#include <zlib.h>

/// `inflateInit2` is a macro. -MAX_WBITS: deflated data without zlib's own header, as it stands in a ZIP archive.
static inline int czlib_inflate_init_raw(z_stream *stream) { return inflateInit2(stream, -MAX_WBITS); }

/// `deflateInit2` is a macro. 15 + 16: the largest window, in gzip's wrapping (RFC 1952).
static inline int czlib_gzip_begin(z_stream *stream, int level) {
  return deflateInit2(stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}
