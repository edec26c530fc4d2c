// What Swift's importer cannot see of libav (macros, unsigned error codes, fields that moved between versions), as
// constants and inline functions. Everything here exists unchanged from FFmpeg 5.1 to 7.1.
#pragma once
#include <errno.h>
#include <string.h>
#include <libavformat/avformat.h>
#include <libavcodec/avcodec.h>
#include <libavutil/audio_fifo.h>
#include <libavutil/avutil.h>
#include <libavutil/cpu.h>
#include <libavutil/crc.h>
#include <libavutil/md5.h>
#include <libavutil/channel_layout.h>
#include <libavutil/display.h>
#include <libavutil/dovi_meta.h>
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

/* Flags of libav for what every x86-64 has, and for AVX-512. On other architectures: all, and none. */
#if defined(__x86_64__)
static const int zt_cpu_flags_baseline =
    AV_CPU_FLAG_MMX | AV_CPU_FLAG_MMXEXT | AV_CPU_FLAG_SSE | AV_CPU_FLAG_SSE2 | AV_CPU_FLAG_CMOV;
static const int zt_cpu_flags_avx512 = AV_CPU_FLAG_AVX512 | AV_CPU_FLAG_AVX512ICL;
#else
static const int zt_cpu_flags_baseline = ~0;
static const int zt_cpu_flags_avx512 = 0;
#endif

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

// How long a frame is shown, in the time base of its stream; 0 if it is not known. FFmpeg 6 renamed the field.
static inline int64_t zt_duration(const AVFrame *frame) {
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(57, 30, 100)
  return frame->duration;
#else
  return frame->pkt_duration;
#endif
}

static inline void zt_set_duration(AVFrame *frame, int64_t duration) {
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(57, 30, 100)
  frame->duration = duration;
#else
  frame->pkt_duration = duration;
#endif
}

/// An AVIOContext that writes; the callback's bytes are constant in every version, though FFmpeg's type says so only since 7.
static inline AVIOContext *zt_open_output(int size, void *opaque, int (*write)(void *, const uint8_t *, int),
                                          int64_t (*seek)(void *, int64_t, int)) {
  uint8_t *buffer = (uint8_t *)av_malloc(size);
  if (!buffer) return NULL;
#if LIBAVFORMAT_VERSION_MAJOR >= 61
  AVIOContext *io = avio_alloc_context(buffer, size, 1, opaque, NULL, write, seek);
#else
  AVIOContext *io = avio_alloc_context(buffer, size, 1, opaque, NULL, (int (*)(void *, uint8_t *, int))write, seek);
#endif
  if (!io) av_free(buffer);
  else if (!seek) io->seekable = 0;
  return io;
}

static inline AVRational zt_rational(int numerator, int denominator) {
  AVRational value = {numerator, denominator};
  return value;
}

/// The planes of a frame of audio: more of them than `data` holds with many channels.
static inline uint8_t **zt_samples(const AVFrame *frame) { return frame->extended_data; }

/// Samples that a packet's side data tells a decoder to drop: at its start and at its end. 0 without side data.
static inline int zt_skipped_samples(const AVPacket *packet, uint32_t *start, uint32_t *end) {
  size_t size = 0;
  const uint8_t *data = av_packet_get_side_data(packet, AV_PKT_DATA_SKIP_SAMPLES, &size);
  *start = *end = 0;
  if (!data || size < 10) return 0;
  *start = (uint32_t)data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16 | (uint32_t)data[3] << 24;
  *end = (uint32_t)data[4] | (uint32_t)data[5] << 8 | (uint32_t)data[6] << 16 | (uint32_t)data[7] << 24;
  return 1;
}

static const int zt_find_tag_any = AV_DICT_IGNORE_SUFFIX;

/// The stream's Dolby Vision configuration: its profile, or -1 if it has none; `*compatibility` says what the base layer
/// is without Dolby Vision: 0 for nothing that can be shown.
static inline int zt_dolby_vision_profile(const AVStream *stream, int *compatibility) {
#if LIBAVFORMAT_VERSION_INT >= AV_VERSION_INT(60, 15, 100)
  const AVPacketSideData *found = av_packet_side_data_get(stream->codecpar->coded_side_data,
                                                          stream->codecpar->nb_coded_side_data,
                                                          AV_PKT_DATA_DOVI_CONF);
  const uint8_t *data = found ? found->data : NULL;
  size_t size = found ? found->size : 0;
#else
  size_t size = 0;
  const uint8_t *data = av_stream_get_side_data(stream, AV_PKT_DATA_DOVI_CONF, &size);
#endif
  if (!data || size < sizeof(AVDOVIDecoderConfigurationRecord)) return -1;
  const AVDOVIDecoderConfigurationRecord *record = (const AVDOVIDecoderConfigurationRecord *)data;
  *compatibility = record->dv_bl_signal_compatibility_id;
  return record->dv_profile;
}

/// The 3 x 3 display matrix that the coded pictures themselves carry (H.264 and HEVC SEI), or NULL.
static inline const int32_t *zt_frame_matrix(const AVFrame *frame) {
  const AVFrameSideData *data = av_frame_get_side_data(frame, AV_FRAME_DATA_DISPLAYMATRIX);
  return data && data->size >= 36 ? (const int32_t *)data->data : NULL;
}

/// Gives a frame such a matrix; without memory it stays without one.
static inline void zt_set_frame_matrix(AVFrame *frame, const int32_t *matrix) {
  AVFrameSideData *data = av_frame_new_side_data(frame, AV_FRAME_DATA_DISPLAYMATRIX, 36);
  if (data) memcpy(data->data, matrix, 36);
}

static inline const void *zt_stream_side_data(const AVStream *stream, enum AVPacketSideDataType type, size_t least) {
#if LIBAVFORMAT_VERSION_INT >= AV_VERSION_INT(60, 15, 100)
  const AVPacketSideData *data = av_packet_side_data_get(stream->codecpar->coded_side_data,
                                                         stream->codecpar->nb_coded_side_data, type);
  return data && data->size >= least ? data->data : NULL;
#else
  size_t size = 0;
  const uint8_t *data = av_stream_get_side_data(stream, type, &size);
  return data && size >= least ? data : NULL;
#endif
}

/// Whether the container says that the stream's base layer is in Dolby Vision's own colours (IPT), as in profile 5.
static inline int zt_has_dolby_colours(const AVStream *stream) {
  const AVDOVIDecoderConfigurationRecord *record = (const AVDOVIDecoderConfigurationRecord *)zt_stream_side_data(
      stream, AV_PKT_DATA_DOVI_CONF, sizeof(AVDOVIDecoderConfigurationRecord));
  return record && (record->dv_profile == 5 || (record->dv_profile == 10 && !record->dv_bl_signal_compatibility_id));
}

/// The same, from the picture's own metadata: profile 5 alone has a full-range base layer under RPU profile 0.
static inline int zt_frame_has_dolby_colours(const AVFrame *frame) {
  const AVFrameSideData *data = av_frame_get_side_data(frame, AV_FRAME_DATA_DOVI_METADATA);
  if (!data) return 0;
  const AVDOVIRpuDataHeader *header = av_dovi_get_header((const AVDOVIMetadata *)data->data);
  return header->vdr_rpu_profile == 0 && header->bl_video_full_range_flag;
}

/// Moves the edges of a frame inwards without copying it.
static inline int zt_crop(AVFrame *frame, size_t left, size_t top, size_t right, size_t bottom) {
  frame->crop_left = left;
  frame->crop_top = top;
  frame->crop_right = right;
  frame->crop_bottom = bottom;
  return av_frame_apply_cropping(frame, AV_FRAME_CROP_UNALIGNED);
}
