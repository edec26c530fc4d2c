#ifndef ZOETROPE_CPIXELS_H
#define ZOETROPE_CPIXELS_H

#include <stddef.h>
#include <stdint.h>

// The inner loops of scaling, colour conversion, palettes and dithering.
//
// One body per kernel is compiled for each level of vector instructions. Every level computes the same bytes: in whole
// numbers, or in floating point in the same order and without fused multiplications. Sizes are the callers' business:
// nothing here checks them. All kernels may run on several threads at the same time, each with memory of its own.

#if defined(__clang__)
#pragma clang assume_nonnull begin
#endif

// Levels, each with all instructions of the one before it. Other architectures than x86-64 have the first one only, which
// is what their compiler takes for granted: NEON on arm64.
enum {
  CPIXELS_BASELINE = 0,
  CPIXELS_AVX2 = 1,
  // The foundation and its extensions BW, DQ and VL.
  CPIXELS_AVX512 = 2,
  CPIXELS_LEVELS = 3,
};

// Rows of floats are padded to a multiple of so many.
enum { CPIXELS_ROW = 64 };

// From a picture's matrix and range to JFIF's, in 1/256; see JPEGColour.
struct cpixels_jpeg_colour {
  int16_t luma_of_u, luma_of_v;
  int16_t u_of_u, u_of_v;
  int16_t v_of_u, v_of_v;
  // Whether luma is 0 ... 255 already, instead of 16 ... 235.
  int32_t is_full_range;
};

// From Y, U and V to R, G and B on the scale of 8 bits; see YUVMatrix.
struct cpixels_matrix {
  float luma_offset, luma_scale;
  float red_of_v, green_of_u, green_of_v, blue_of_u;
};

// Eight colours of a palette, which is sorted by green. Unused places are far away from every colour.
struct cpixels_group {
  float red[8], green[8], blue[8];
  int32_t index[8];
  float lowest_green, highest_green;
};

// A palette in groups, for finding the nearest colour.
struct cpixels_palette {
  const struct cpixels_group *groups;
  int32_t count;
  // For green of 0 ... 255 (rounded down, and unscaled) the group in which the search begins. The result does not depend
  // on it.
  const uint8_t *begin;
};

// The nearest colour of every cell of 2 x 2 x 2 colours, found for a cube of 4 x 4 x 4 cells when one of them is first asked
// for: most of its colours can be left out for all of the cube at once.
//
// Threads may share it: what two of them find for the same cube is the same.
struct cpixels_map {
  // Colours here are twice as large, because the middle of a cell lies between two whole numbers.
  const struct cpixels_palette *palette;
  // 2^21 cells, see `cpixels_cell`: the colour's index and 1, 0 if it was not asked for yet.
  uint8_t *table;
};

// The cell of a colour, given as four numbers of 16 bits: red, green and blue of 0 ... 255, and whatever else.
//
// From the lowest bits: two each of blue, green and red, then five each. So a line of 64 bytes in a processor's cache has a
// cube of 4 x 4 x 4 cells, and similar colours share it.
static inline uint32_t cpixels_cell(uint64_t colour) {
  // One multiplication brings bits of three numbers next to each other.
  uint64_t high = (colour & 0x00f800f800f8) * (1ull << 42 | 1ull << 21 | 1) >> 35 & 0x7fff;
  uint64_t low = (colour & 0x000600060006) * (1ull << 36 | 1ull << 18 | 1) >> 33 & 0x3f;
  return (uint32_t)(high << 6 | low);
}

// Rows that `diffuse` dithers at the same time.
enum { CPIXELS_TOGETHER = 8 };

// Each of them is two pixels behind the one above, so that a row takes a few steps more than it has pixels. A multiple of 8.
static inline ptrdiff_t cpixels_steps(ptrdiff_t width) { return (width + 2 * (CPIXELS_TOGETHER - 1) + 7) / 8 * 8; }

// Places of pixels in a kernel's own order: at least `width * rows`.
static inline ptrdiff_t cpixels_places(ptrdiff_t width, ptrdiff_t rows) {
  return (rows + CPIXELS_TOGETHER - 1) / CPIXELS_TOGETHER * CPIXELS_TOGETHER * cpixels_steps(width);
}

// Rows of an animation while it is dithered, always by the same kernel; see Ditherer.
struct cpixels_dither {
  const struct cpixels_map *map;
  // 256 colours of the palette, as red, green, blue, 0.
  const int16_t *colours;
  // For the next row, four numbers each; width + 5 * CPIXELS_TOGETHER of them.
  int16_t *errors;
  // Per place the source's colour when it was last drawn, from the lowest byte: red, green, blue, 0. All bits set if it was
  // never drawn.
  uint32_t *drawn;
  // Per place the colour that is on screen, as in `colours`. Only `diffuse` needs it.
  int16_t *shown;
  // Per place the palette's index of what is on screen.
  uint8_t *indices;
  // 48 * cpixels_steps(width) bytes for `diffuse`.
  uint8_t *scratch;
  ptrdiff_t width, rows;
  // How far a pixel may move in any channel and still count as unchanged, 0 ... 254.
  uint8_t tolerance;
};

struct cpixels_kernels {
  // Squares of 2 x 2 samples of two rows of `width` samples are added up to (width + 1) / 2.
  void (*halve_bytes)(const uint8_t *upper, const uint8_t *lower, ptrdiff_t width, uint16_t *output);
  void (*halve_words)(const uint16_t *upper, const uint16_t *lower, ptrdiff_t width, uint16_t *output);
  // Squares of 4 x 4 samples of four rows to (width + 3) / 4: the same as halving twice.
  void (*quarter_bytes)(const uint8_t *_Nonnull const *_Nonnull rows, ptrdiff_t width, uint16_t *output);

  void (*widen_bytes)(const uint8_t *input, ptrdiff_t count, float *output);
  void (*widen_words)(const uint16_t *input, ptrdiff_t count, float *output);
  // The weighted sum of `taps` rows. `count` is rounded up to a multiple of CPIXELS_ROW.
  void (*sum_columns)(
      const float *_Nonnull const *_Nonnull rows, const float *weights, ptrdiff_t taps, ptrdiff_t count,
      float *output);
  // Weighted sums of `taps` samples, a multiple of four. `count` is rounded up to a multiple of `together`.
  //
  // starts: the first sample of each sum.
  // weights: for every `together` sums of a block: four times, for sums j, j + 4, j + 8, ... of the block, and there
  // for each four taps, the four weights of one sum after the other.
  void (*sum_row)(
      const float *samples, const int32_t *starts, const float *weights, ptrdiff_t taps, ptrdiff_t count,
      float *output);
  // 4, 8 or 16.
  ptrdiff_t together;

  // Writes up to 16 bytes beyond the last pixel.
  void (*convert_to_rgb)(
      const float *y, const float *u, const float *v, ptrdiff_t count, const struct cpixels_matrix *matrix,
      uint8_t *rgb);

  // One row of chroma for JPEG.
  //
  // depth: bits of a sample, 8 ... 16; two bytes each above 8.
  // moves: takes what chroma adds to luma, two numbers per sample; NULL if it adds nothing.
  void (*convert_chroma)(
      const void *u, const void *v, ptrdiff_t count, int32_t depth, const struct cpixels_jpeg_colour *colour,
      uint8_t *u_output, uint8_t *v_output, int16_t *_Nullable moves);
  // One row of luma for JPEG. moves: as convert_chroma left it.
  void (*convert_luma)(
      const void *y, ptrdiff_t count, int32_t depth, const struct cpixels_jpeg_colour *colour,
      const int16_t *_Nullable moves, uint8_t *output);

  // Counts pixels by colour; see ColourHistogram. Reads a byte beyond the last pixel.
  void (*count_colours)(
      const uint8_t *rgb, ptrdiff_t count, uint32_t weight, uint16_t *counts, uint32_t *carries, uint32_t *odd);
  // Adds every colour (red, green, blue, count) to the sums (red, green, blue, each times count, and count) of the
  // palette's nearest one.
  void (*assign)(const struct cpixels_palette *palette, const float *colours, ptrdiff_t count, float *sums);
  // The index of the nearest colour of a cell; also enters those of its cube in the table.
  uint8_t (*find)(const struct cpixels_map *map, uint32_t cell);

  // Sierra-2-4A. `indices` becomes what is on screen, `unchanged` 1 if it was there before, 0 if not. Reads a byte beyond
  // the last pixel.
  void (*diffuse)(
      const struct cpixels_dither *dither, const uint8_t *rgb, uint8_t *indices, uint8_t *unchanged);
  // A pattern of 8 x 8 is added, of which `row` is the first row's.
  void (*order)(
      const struct cpixels_dither *dither, const uint8_t *rgb, uint8_t *indices, uint8_t *unchanged,
      const int16_t *pattern, ptrdiff_t row);
};

// The kernels of a level; NULL if this processor or this build does not have it.
const struct cpixels_kernels *_Nullable cpixels_at(int level);

#if defined(__clang__)
#pragma clang assume_nonnull end
#endif

#endif
