// What Swift's importer cannot see of libav (macros, unsigned error codes, fields that moved between versions), as
// constants and inline functions. Everything here exists unchanged from FFmpeg 5.1 to 7.1.
#pragma once
#include <errno.h>
#include <libavformat/avformat.h>
#include <libavcodec/avcodec.h>
#include <libavutil/avutil.h>
#include <libavutil/display.h>
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

/* Blocks of at least so many bytes are given back to the system when they are freed, where the C library can. */
static inline void zt_return_blocks_from(int bytes) {
#if defined(__GLIBC__)
  mallopt(M_MMAP_THRESHOLD, bytes);
#else
  (void)bytes;
#endif
}


static const int64_t zt_no_timestamp = AV_NOPTS_VALUE;
static const int zt_error_eof = AVERROR_EOF;
static const int zt_error_again = AVERROR(EAGAIN);
static const int zt_error_io = AVERROR(EIO);
static const int zt_error_exit = AVERROR_EXIT;
static const int zt_error_no_memory = AVERROR(ENOMEM);
static const int zt_error_not_supported = AVERROR_PATCHWELCOME;

static inline int zt_refuse_open(AVFormatContext *context, AVIOContext **io, const char *url, int flags,
                                 AVDictionary **options) {
  (void)context; (void)url; (void)flags; (void)options;
  *io = NULL;
  return AVERROR(EPERM);
}

/// No demuxer opens a file or an address by itself: only the bytes that it is given.
static inline void zt_refuse_other_sources(AVFormatContext *context) { context->io_open = zt_refuse_open; }

/// The stream's 3 x 3 display matrix, or NULL. It moved from the stream to its codec parameters in FFmpeg 6.1.
static inline const int32_t *zt_display_matrix(const AVStream *stream) {
#if LIBAVFORMAT_VERSION_INT >= AV_VERSION_INT(60, 15, 100)
  const AVPacketSideData *data = av_packet_side_data_get(stream->codecpar->coded_side_data,
                                                         stream->codecpar->nb_coded_side_data,
                                                         AV_PKT_DATA_DISPLAYMATRIX);
  return data && data->size >= 36 ? (const int32_t *)data->data : NULL;
#else
  size_t size = 0;
  const uint8_t *data = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
  return data && size >= 36 ? (const int32_t *)data : NULL;
#endif
}

/// Lets the muxed index of a stream be walked without touching internal fields.
static inline int zt_index_count(const AVStream *stream) { return avformat_index_get_entries_count(stream); }

/// The n-th plane of a frame (arrays import as tuples).
static inline uint8_t *zt_plane(const AVFrame *frame, int n) { return frame->data[n]; }
static inline int zt_stride(const AVFrame *frame, int n) { return frame->linesize[n]; }
