#include "CMD5.h"

#include <string.h>

// RFC 1321, section 3.4: the integer part of 4294967296 times abs(sin(i + 1)).
static const uint32_t sines[64] = {
  0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
  0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
  0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
  0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
  0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
  0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
  0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
  0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
};

static const unsigned shifts[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

// Everything that does not depend on the step before is to be added up before it is there. Compilers like to sort the
// sum otherwise, which costs a fifth; they cannot look through this.
#define KEEP_APART(value) __asm__("" : "+r"(value))

static inline uint32_t word(const uint8_t *block, int index) {
  uint32_t value;
  memcpy(&value, block + 4 * index, 4);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  value = __builtin_bswap32(value);
#endif
  return value;
}

// Step i of 64. The four words change their roles with every step: what it makes of `a` is the next one's `b`.
static inline __attribute__((always_inline)) void step(uint32_t *state, const uint8_t *block, int i) {
  uint32_t *a = &state[-i & 3];
  const uint32_t b = state[(1 - i) & 3], c = state[(2 - i) & 3], d = state[(3 - i) & 3];
  // `b` comes from the step before.
  uint32_t sum = *a + sines[i], late;
  switch (i >> 4) {
    case 0:
      sum += word(block, i);
      late = d ^ (b & (c ^ d));
      break;
    case 1:
      // The two halves of G have no bit in common, so they may be added one after the other.
      sum += word(block, (5 * i + 1) & 15) + (c & ~d);
      late = b & d;
      break;
    case 2:
      sum += word(block, (3 * i + 5) & 15);
      late = b ^ (c ^ d);
      break;
    default:
      sum += word(block, (7 * i) & 15);
      late = c ^ (b | ~d);
  }
  KEEP_APART(sum);
  sum += late;
  *a = __builtin_rotateleft32(sum, shifts[i >> 4][i & 3]) + b;
}

static inline __attribute__((always_inline)) void advance(
  uint32_t *const *states, const uint8_t *const *data, const int lanes, size_t blocks
) {
  uint32_t words[CMD5_LANES][4];
  const uint8_t *block[CMD5_LANES];
  for (int lane = 0; lane < lanes; lane++) {
    memcpy(words[lane], states[lane], 16);
    block[lane] = data[lane];
  }
  for (; blocks > 0; blocks--) {
    uint32_t before[CMD5_LANES][4];
    memcpy(before, words, sizeof before);
#pragma clang loop unroll(full)
    for (int i = 0; i < 64; i++) {
#pragma clang loop unroll(full)
      for (int lane = 0; lane < lanes; lane++) step(words[lane], block[lane], i);
    }
    for (int lane = 0; lane < lanes; lane++) {
      for (int k = 0; k < 4; k++) words[lane][k] += before[lane][k];
      block[lane] += 64;
    }
  }
  for (int lane = 0; lane < lanes; lane++) memcpy(states[lane], words[lane], 16);
}

void cmd5_advance(uint32_t *const *states, const uint8_t *const *data, int lanes, size_t blocks) {
  switch (lanes) {
    case 1: advance(states, data, 1, blocks); break;
    case 2: advance(states, data, 2, blocks); break;
    case 3: advance(states, data, 3, blocks); break;
  }
}
