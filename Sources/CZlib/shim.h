#pragma once
#include <zlib.h>

// inflateInit2 is a macro. -MAX_WBITS: deflated data without zlib's own header, as it stands in a ZIP archive.
static inline int czlib_inflate_init_raw(z_stream *stream) { return inflateInit2(stream, -MAX_WBITS); }
