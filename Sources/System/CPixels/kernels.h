// All kernels of one level, which the including file states:
//
// KERNELS: the name of its table.
// LANES: 32-bit numbers in a vector, 4, 8 or 16.

#include <string.h>

#include "CPixels.h"

// Products and sums are rounded one by one at every level.
#pragma STDC FP_CONTRACT OFF

// What takes or returns vectors is always inlined, so how they would be passed does not matter.
#if defined(__clang__)
#pragma clang diagnostic ignored "-Wpsabi"
#endif

#define VECTOR(type, count) type __attribute__((ext_vector_type(count)))
#define ALWAYS static inline __attribute__((always_inline))

typedef VECTOR(float, LANES) floats;
typedef VECTOR(uint16_t, 2 * LANES) words;
typedef VECTOR(uint16_t, LANES) half_words;
typedef VECTOR(uint32_t, LANES) longs;
typedef VECTOR(float, 4) four_floats;
typedef VECTOR(float, 8) eight_floats;
typedef VECTOR(int32_t, 4) four_numbers;
typedef VECTOR(int32_t, 8) eight_numbers;
typedef VECTOR(int32_t, 16) sixteen_numbers;
typedef VECTOR(int16_t, 4) pixel;
typedef VECTOR(uint8_t, 4) bytes_of_pixel;
typedef VECTOR(uint8_t, 16) sixteen_bytes;
typedef VECTOR(uint32_t, 4) counters;

// Vectors at any address.
#define LOAD(type, address) ({ type loaded; memcpy(&loaded, address, sizeof loaded); loaded; })
#define STORE(address, vector) ({ __typeof__(vector) stored = vector; memcpy(address, &stored, sizeof stored); })

#include "scaling.h"
#include "colour.h"
#include "palettes.h"
#include "diffusion.h"
#include "dithering.h"

extern const struct cpixels_kernels KERNELS;
const struct cpixels_kernels KERNELS = {
    .halve_bytes = halve_bytes,
    .halve_words = halve_words,
    .quarter_bytes = quarter_bytes,
    .widen_bytes = widen_bytes,
    .widen_words = widen_words,
    .sum_columns = sum_columns,
    .sum_row = sum_row,
    .together = 4 * BESIDE,
    .convert_to_rgb = convert_to_rgb,
    .convert_chroma = convert_chroma,
    .convert_luma = convert_luma,
    .count_colours = count_colours,
    .assign = assign,
    .find = find,
    .diffuse = diffuse,
    .order = order,
};
