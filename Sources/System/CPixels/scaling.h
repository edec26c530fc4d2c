// Scaling planes: halving, and filters along columns and rows.

static void halve_bytes(const uint8_t *upper, const uint8_t *lower, ptrdiff_t width, uint16_t *output) {
  ptrdiff_t x = 0;
  for (; x + 4 * LANES <= width; x += 4 * LANES) {
    words a = LOAD(words, upper + x), b = LOAD(words, lower + x);
    STORE(output + x / 2, (a & 255) + (a >> 8) + (b & 255) + (b >> 8));
  }
  for (; x < width; x += 2) {
    ptrdiff_t right = x + 1 < width ? x + 1 : x;
    output[x / 2] = (uint16_t)(upper[x] + upper[right] + lower[x] + lower[right]);
  }
}

static void halve_words(const uint16_t *upper, const uint16_t *lower, ptrdiff_t width, uint16_t *output) {
  ptrdiff_t x = 0;
  for (; x + 2 * LANES <= width; x += 2 * LANES) {
    longs a = LOAD(longs, upper + x), b = LOAD(longs, lower + x);
    longs sum = (a & 0xffff) + (a >> 16) + (b & 0xffff) + (b >> 16);
    STORE(output + x / 2, __builtin_convertvector(sum, half_words));
  }
  for (; x < width; x += 2) {
    ptrdiff_t right = x + 1 < width ? x + 1 : x;
    output[x / 2] = (uint16_t)(upper[x] + upper[right] + lower[x] + lower[right]);
  }
}

// The sums of neighbouring samples.
ALWAYS words pairs(const uint8_t *row) {
  words samples = LOAD(words, row);
  return (samples & 255) + (samples >> 8);
}

static void quarter_bytes(const uint8_t *const *rows, ptrdiff_t width, uint16_t *output) {
  const uint8_t *a = rows[0], *b = rows[1], *c = rows[2], *d = rows[3];
  ptrdiff_t x = 0;
  for (; x + 4 * LANES <= width; x += 4 * LANES) {
    words columns = pairs(a + x) + pairs(b + x) + pairs(c + x) + pairs(d + x);
    longs both;
    memcpy(&both, &columns, sizeof both);
    STORE(output + x / 4, __builtin_convertvector((both & 0xffff) + (both >> 16), half_words));
  }
  // What halving once would have left, whose last sample is repeated.
  ptrdiff_t half = (width + 1) / 2;
  for (; x < width; x += 4) {
    unsigned sum = 0;
    for (ptrdiff_t column = x / 2; column < x / 2 + 2; column++) {
      ptrdiff_t left = 2 * (column < half ? column : half - 1), right = left + 1 < width ? left + 1 : left;
      sum += a[left] + a[right] + b[left] + b[right] + c[left] + c[right] + d[left] + d[right];
    }
    output[x / 4] = (uint16_t)sum;
  }
}

static void widen_bytes(const uint8_t *input, ptrdiff_t count, float *restrict output) {
  for (ptrdiff_t x = 0; x < count; x++) output[x] = input[x];
}

static void widen_words(const uint16_t *input, ptrdiff_t count, float *restrict output) {
  for (ptrdiff_t x = 0; x < count; x++) output[x] = input[x];
}

// Vectors of a row that are summed side by side, so that few additions wait for each other.
enum { ABREAST = 4 };

static void sum_columns(
    const float *const *rows, const float *weights, ptrdiff_t taps, ptrdiff_t count, float *output) {
  for (ptrdiff_t x = 0; x < count; x += ABREAST * LANES) {
    floats sums[ABREAST] = {0};
    for (ptrdiff_t tap = 0; tap < taps; tap++) {
      const float *row = rows[tap] + x;
      for (int n = 0; n < ABREAST; n++) sums[n] += LOAD(floats, row + n * LANES) * weights[tap];
    }
    for (int n = 0; n < ABREAST; n++) STORE(output + x + n * LANES, sums[n]);
  }
}

// Sums that share a vector, four parts each.
enum { BESIDE = LANES / 4 };

// Four samples for each of the sums that share a vector, which lie four sums apart.
ALWAYS floats samples_beside(const float *samples, const int32_t *starts) {
#if LANES == 4
  return LOAD(floats, samples + starts[0]);
#else
  four_floats a = LOAD(four_floats, samples + starts[0]), b = LOAD(four_floats, samples + starts[4]);
  eight_floats low = __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7);
#if LANES == 8
  return low;
#else
  four_floats c = LOAD(four_floats, samples + starts[8]), d = LOAD(four_floats, samples + starts[12]);
  eight_floats high = __builtin_shufflevector(c, d, 0, 1, 2, 3, 4, 5, 6, 7);
  return __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
#endif
#endif
}

// Within each four lanes: the first, or last, two of both vectors in turn; the first, or last, two of one and of the other.
#if LANES == 4
#define FIRST_IN_TURN(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define LAST_IN_TURN(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#define FIRST_TWO(a, b) __builtin_shufflevector(a, b, 0, 1, 4, 5)
#define LAST_TWO(a, b) __builtin_shufflevector(a, b, 2, 3, 6, 7)
#elif LANES == 8
#define FIRST_IN_TURN(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 4, 12, 5, 13)
#define LAST_IN_TURN(a, b) __builtin_shufflevector(a, b, 2, 10, 3, 11, 6, 14, 7, 15)
#define FIRST_TWO(a, b) __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13)
#define LAST_TWO(a, b) __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15)
#else
#define FIRST_IN_TURN(a, b) \
  __builtin_shufflevector(a, b, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29)
#define LAST_IN_TURN(a, b) \
  __builtin_shufflevector(a, b, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31)
#define FIRST_TWO(a, b) __builtin_shufflevector(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29)
#define LAST_TWO(a, b) __builtin_shufflevector(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31)
#endif

static void sum_row(
    const float *samples, const int32_t *starts, const float *weights, ptrdiff_t taps, ptrdiff_t count,
    float *output) {
  for (ptrdiff_t x = 0; x < count; x += 4 * BESIDE) {
    // parts[n] has the four parts of sums n, n + 4, n + 8 and n + 12, as many as there are.
    floats parts[4] = {0};
    for (int n = 0; n < 4; n++) {
      for (ptrdiff_t tap = 0; tap < taps; tap += 4) {
        parts[n] += samples_beside(samples + tap, starts + x + n) * LOAD(floats, weights);
        weights += LANES;
      }
    }
    floats a = FIRST_IN_TURN(parts[0], parts[1]), b = LAST_IN_TURN(parts[0], parts[1]);
    floats c = FIRST_IN_TURN(parts[2], parts[3]), d = LAST_IN_TURN(parts[2], parts[3]);
    STORE(output + x, (FIRST_TWO(a, c) + LAST_TWO(a, c)) + (FIRST_TWO(b, d) + LAST_TWO(b, d)));
  }
}
