// libvips as Swift can call it: its operations are variadic, so each one that is used has a typed wrapper here.
// A wrapper that makes an image returns it with one reference, or NULL; the reason is then in vips' error buffer.
#pragma once
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <vips/vips.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

/* No warnings on standard error: what is wrong with a file is said once, by the error. */
static inline void zt_vips_ignore_log(const gchar *domain, GLogLevelFlags level, const gchar *text, gpointer data) {
  (void)domain; (void)level; (void)text; (void)data;
}

/* An installation that brings its libraries has libvips' modules (HEIC, AVIF, JPEG XL) among them, not where the library was
   built to look: `private/ARCHITECTURE/vips-modules-VERSION` beside the program. */
static inline void zt_vips_find_modules(void) {
  char path[4096];
  ssize_t length = readlink("/proc/self/exe", path, sizeof path - sizeof "/private");
  if (length <= 0) return;
  path[length] = 0;
  char *end = strrchr(path, '/');
  if (end == NULL) return;
  strcpy(end, "/private");
  if (access(path, R_OK) == 0) setenv("VIPSHOME", path, 0);
}

/* Starts libvips for a process that makes one image at a time of files that are not trusted. Returns 0, or -1. */
static inline int zt_vips_start(void) {
  g_log_set_handler("VIPS", (GLogLevelFlags)(G_LOG_LEVEL_WARNING | G_LOG_LEVEL_INFO | G_LOG_LEVEL_DEBUG),
                    zt_vips_ignore_log, NULL);
  zt_vips_find_modules();
  if (vips_init("zoetrope")) return -1;
  vips_concurrency_set(1);
  vips_cache_set_max(0);
  vips_cache_set_max_mem(0);
  vips_cache_set_max_files(0);
  /* Every loader is closed, then the allowed ones are opened. */
  vips_block_untrusted_set(TRUE);
  vips_operation_block_set("VipsForeignLoad", TRUE);
  vips_operation_block_set("VipsForeignLoadJpeg", FALSE);
  vips_operation_block_set("VipsForeignLoadPng", FALSE);
  vips_operation_block_set("VipsForeignLoadWebp", FALSE);
  vips_operation_block_set("VipsForeignLoadHeif", FALSE);
  vips_operation_block_set("VipsForeignLoadNsgif", FALSE);
  vips_operation_block_set("VipsForeignLoadTiff", FALSE);
  vips_operation_block_set("VipsForeignLoadJxl", FALSE);
#if defined(__GLIBC__)
  /* Blocks of image rows go back to the system when they are freed. */
  mallopt(M_MMAP_THRESHOLD, 256 << 10);
  mallopt(M_ARENA_MAX, 2);
#endif
  return 0;
}

/* Gives the heap's free pages back to the system. */
static inline void zt_vips_trim(void) {
#if defined(__GLIBC__)
  malloc_trim(0);
#endif
}

/* Loaders. The bytes must outlive the image: nothing is copied, and pixels are decoded when they are asked for. Rows are
   asked for once, from top to bottom. */
static inline VipsImage *zt_vips_load_jpeg(const void *bytes, size_t count, int shrink) {
  VipsImage *out = NULL;
  vips_jpegload_buffer((void *)bytes, count, &out, "shrink", shrink, "access", VIPS_ACCESS_SEQUENTIAL, NULL);
  return out;
}
static inline VipsImage *zt_vips_load_png(const void *bytes, size_t count) {
  VipsImage *out = NULL;
  vips_pngload_buffer((void *)bytes, count, &out, "access", VIPS_ACCESS_SEQUENTIAL, NULL);
  return out;
}
static inline VipsImage *zt_vips_load_webp(const void *bytes, size_t count, double scale) {
  VipsImage *out = NULL;
  vips_webpload_buffer((void *)bytes, count, &out, "scale", scale, "access", VIPS_ACCESS_SEQUENTIAL, NULL);
  return out;
}
static inline VipsImage *zt_vips_load_heif(const void *bytes, size_t count) {
  VipsImage *out = NULL;
  vips_heifload_buffer((void *)bytes, count, &out, "access", VIPS_ACCESS_SEQUENTIAL, NULL);
  return out;
}
static inline VipsImage *zt_vips_load_gif(const void *bytes, size_t count) {
  VipsImage *out = NULL;
  vips_gifload_buffer((void *)bytes, count, &out, "access", VIPS_ACCESS_SEQUENTIAL, NULL);
  return out;
}
static inline VipsImage *zt_vips_load_tiff(const void *bytes, size_t count) {
  VipsImage *out = NULL;
  vips_tiffload_buffer((void *)bytes, count, &out, "access", VIPS_ACCESS_SEQUENTIAL, NULL);
  return out;
}
static inline VipsImage *zt_vips_load_jxl(const void *bytes, size_t count) {
  VipsImage *out = NULL;
  vips_jxlload_buffer((void *)bytes, count, &out, "access", VIPS_ACCESS_SEQUENTIAL, NULL);
  return out;
}

/* Steps. None consumes its input. */
static inline VipsImage *zt_vips_resize(VipsImage *in, double horizontal, double vertical) {
  VipsImage *out = NULL;
  vips_resize(in, &out, horizontal, "vscale", vertical, "kernel", VIPS_KERNEL_LANCZOS3, NULL);
  return out;
}
static inline VipsImage *zt_vips_premultiply(VipsImage *in) {
  VipsImage *out = NULL;
  vips_premultiply(in, &out, NULL);
  return out;
}
static inline VipsImage *zt_vips_unpremultiply(VipsImage *in) {
  VipsImage *out = NULL;
  vips_unpremultiply(in, &out, NULL);
  return out;
}
static inline VipsImage *zt_vips_cast(VipsImage *in, VipsBandFormat format) {
  VipsImage *out = NULL;
  vips_cast(in, &out, format, NULL);
  return out;
}
static inline VipsImage *zt_vips_colourspace(VipsImage *in, VipsInterpretation space) {
  VipsImage *out = NULL;
  vips_colourspace(in, &out, space, NULL);
  return out;
}
/* By the embedded profile, or by `fallback` without a usable one; to 8-bit sRGB. */
static inline VipsImage *zt_vips_to_srgb(VipsImage *in, const char *fallback) {
  VipsImage *out = NULL;
  vips_icc_transform(in, &out, "srgb", "embedded", TRUE, "input_profile", fallback, "intent", VIPS_INTENT_PERCEPTUAL,
                     "depth", 8, NULL);
  return out;
}
static inline VipsImage *zt_vips_first_bands(VipsImage *in, int count) {
  VipsImage *out = NULL;
  vips_extract_band(in, &out, 0, "n", count, NULL);
  return out;
}
static inline VipsImage *zt_vips_crop(VipsImage *in, int left, int top, int width, int height) {
  VipsImage *out = NULL;
  vips_extract_area(in, &out, left, top, width, height, NULL);
  return out;
}
static inline VipsImage *zt_vips_rotate(VipsImage *in, VipsAngle angle) {
  VipsImage *out = NULL;
  vips_rot(in, &out, angle, NULL);
  return out;
}
static inline VipsImage *zt_vips_flip(VipsImage *in, VipsDirection direction) {
  VipsImage *out = NULL;
  vips_flip(in, &out, direction, NULL);
  return out;
}
/* Over white. */
static inline VipsImage *zt_vips_flatten(VipsImage *in) {
  VipsImage *out = NULL;
  VipsArrayDouble *white = vips_array_double_newv(1, 255.0);
  vips_flatten(in, &out, "background", white, NULL);
  vips_area_unref(VIPS_AREA(white));
  return out;
}
/* The same pixels and nothing that is said of them: no profile, EXIF, XMP, comments, pages or palette. Encoders keep
   some of it, whatever they are told. */
static inline VipsImage *zt_vips_without_metadata(VipsImage *in) {
  VipsImage *out = NULL;
  if (vips_copy(in, &out, NULL)) return NULL;
  char **fields = vips_image_get_fields(out);
  for (char **field = fields; field && *field; field++)
    if (strcmp(*field, VIPS_META_SEQUENTIAL) != 0) vips_image_remove(out, *field);
  g_strfreev(fields);
  return out;
}

/* Encoders. The bytes are the caller's, to be freed with g_free; NULL if it failed. */
static inline void *zt_vips_save_jpeg(VipsImage *in, int quality, size_t *count) {
  void *bytes = NULL;
  vips_jpegsave_buffer(in, &bytes, count, "Q", quality, "interlace", TRUE, "optimize_coding", TRUE, "strip", TRUE, NULL);
  return bytes;
}
static inline void *zt_vips_save_webp(VipsImage *in, int quality, int effort, size_t *count) {
  void *bytes = NULL;
  vips_webpsave_buffer(in, &bytes, count, "Q", quality, "effort", effort, "strip", TRUE, NULL);
  return bytes;
}
static inline void *zt_vips_save_avif(VipsImage *in, int quality, int effort, size_t *count) {
  void *bytes = NULL;
  vips_heifsave_buffer(in, &bytes, count, "compression", VIPS_FOREIGN_HEIF_COMPRESSION_AV1, "Q", quality, "effort",
                       effort, "bitdepth", 8, "strip", TRUE, NULL);
  return bytes;
}
static inline void *zt_vips_save_png(VipsImage *in, size_t *count) {
  void *bytes = NULL;
  vips_pngsave_buffer(in, &bytes, count, "compression", 6, "filter", VIPS_FOREIGN_PNG_FILTER_ALL, "strip", TRUE, NULL);
  return bytes;
}

/* What a decoder is told while it works: to stop when `*deadline` (microseconds of the monotonic clock) has passed or
   is zero. */
static inline void zt_vips_stop_now(int64_t *deadline) { __atomic_store_n(deadline, 0, __ATOMIC_RELAXED); }
static inline int zt_vips_has_passed(int64_t *deadline) {
  gint64 limit = __atomic_load_n(deadline, __ATOMIC_RELAXED);
  return limit == 0 || g_get_monotonic_time() > limit;
}
static inline void zt_vips_on_progress(VipsImage *image, VipsProgress *progress, gpointer deadline) {
  (void)progress;
  if (zt_vips_has_passed((int64_t *)deadline)) vips_image_set_kill(image, TRUE);
}
static inline void zt_vips_stop_at(VipsImage *image, int64_t *deadline) {
  vips_image_set_progress(image, TRUE);
  g_signal_connect(image, "eval", G_CALLBACK(zt_vips_on_progress), deadline);
}

static inline void zt_vips_release(VipsImage *image) { g_object_unref(image); }
static inline int zt_vips_has(VipsImage *image, const char *field) { return vips_image_get_typeof(image, field) != 0; }
static inline void zt_vips_remove(VipsImage *image, const char *field) { vips_image_remove(image, field); }

/* The length of a binary field; 0 without it. */
static inline size_t zt_vips_blob(VipsImage *image, const char *field, const void **bytes) {
  size_t count = 0;
  if (!vips_image_get_typeof(image, field) || vips_image_get_blob(image, field, bytes, &count)) {
    vips_error_clear();
    return 0;
  }
  return count;
}
