// Colour conversion: scaled planes to RGB, decoded planes to JPEG's.

// Rounded and limited to 0 ... 255. Adding 2^23 leaves the rounded number in a float's last bits.
ALWAYS uint32_t byte_of(float value) {
  float limited = value < 0 ? 0 : value;
  limited = (limited > 255 ? 255 : limited) + 8388608;
  uint32_t bits;
  memcpy(&bits, &limited, sizeof bits);
  return bits & 255;
}

static void convert_to_rgb(
    const float *y, const float *u, const float *v, ptrdiff_t count, const struct cpixels_matrix *matrix,
    uint8_t *rgb) {
  enum { BLOCK = 64 };
  const struct cpixels_matrix m = *matrix;
  for (ptrdiff_t begin = 0; begin < count; begin += BLOCK) {
    ptrdiff_t size = count - begin < BLOCK ? count - begin : BLOCK;
    uint32_t pixels[BLOCK];
    for (ptrdiff_t x = 0; x < size; x++) {
      float luma = (y[begin + x] - m.luma_offset) * m.luma_scale;
      float cb = u[begin + x] - 128, cr = v[begin + x] - 128;
      pixels[x] = byte_of(luma + cr * m.red_of_v) | byte_of(luma + cb * m.green_of_u + cr * m.green_of_v) << 8
                  | byte_of(luma + cb * m.blue_of_u) << 16;
    }
    uint8_t *out = rgb + 3 * begin;
    ptrdiff_t x = 0;
#if LANES > 4
    // The fourth bytes are squeezed out; what lies behind the twelve that are left is written over by the next ones.
    for (; x + 4 <= size; x += 4) {
      sixteen_bytes four = LOAD(sixteen_bytes, pixels + x);
      STORE(out + 3 * x, __builtin_shufflevector(
                             four, four, 0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1));
    }
#endif
    for (; x < size; x++) memcpy(out + 3 * x, pixels + x, 4);
  }
}

// A sample on the scale of 8 bits, rounded.
ALWAYS int16_t sample(const void *row, ptrdiff_t x, int depth) {
  if (depth == 8) return ((const uint8_t *)row)[x];
  uint16_t half = (uint16_t)((((const uint16_t *)row)[x] >> (depth - 9)) + 1) >> 1;
  return (int16_t)(half < 255 ? half : 255);
}

ALWAYS uint8_t limited(int16_t value) { return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value); }

// (a x + b y) / 256, rounded; 16 bits are enough for what the differences between two colour systems are.
ALWAYS int16_t mixed(int16_t x, int16_t a, int16_t y, int16_t b) {
  return (int16_t)((int16_t)((uint32_t)x * (uint32_t)a + (uint32_t)y * (uint32_t)b + 128) >> 8);
}

ALWAYS void chroma_row(
    const void *u, const void *v, ptrdiff_t count, int depth, const struct cpixels_jpeg_colour *colour,
    uint8_t *restrict u_output, uint8_t *restrict v_output, int16_t *restrict moves) {
  const struct cpixels_jpeg_colour c = *colour;
  for (ptrdiff_t x = 0; x < count; x++) {
    int16_t cb = (int16_t)(sample(u, x, depth) - 128), cr = (int16_t)(sample(v, x, depth) - 128);
    u_output[x] = limited((int16_t)(cb + mixed(cb, c.u_of_u, cr, c.u_of_v) + 128));
    v_output[x] = limited((int16_t)(cr + mixed(cb, c.v_of_u, cr, c.v_of_v) + 128));
  }
  if (!moves) return;
  for (ptrdiff_t x = 0; x < count; x++) {
    int16_t cb = (int16_t)(sample(u, x, depth) - 128), cr = (int16_t)(sample(v, x, depth) - 128);
    int16_t move = mixed(cb, c.luma_of_u, cr, c.luma_of_v);
    moves[2 * x] = move;
    moves[2 * x + 1] = move;
  }
}

static void convert_chroma(
    const void *u, const void *v, ptrdiff_t count, int32_t depth, const struct cpixels_jpeg_colour *colour,
    uint8_t *u_output, uint8_t *v_output, int16_t *moves) {
  if (depth == 8)
    chroma_row(u, v, count, 8, colour, u_output, v_output, moves);
  else
    chroma_row(u, v, count, depth, colour, u_output, v_output, moves);
}

ALWAYS void luma_row(
    const void *y, ptrdiff_t count, int depth, int is_full_range, const int16_t *restrict moves,
    uint8_t *restrict output) {
  for (ptrdiff_t x = 0; x < count; x++) {
    int16_t value = sample(y, x, depth);
    if (!is_full_range) {
      // 255 / 219 = 1 + 42.08 / 256.
      value = (int16_t)(value - 16);
      value = (int16_t)(value + ((int16_t)(value * 42 + 128) >> 8));
    }
    if (moves) value = (int16_t)(value + moves[x]);
    output[x] = limited(value);
  }
}

static void convert_luma(
    const void *y, ptrdiff_t count, int32_t depth, const struct cpixels_jpeg_colour *colour, const int16_t *moves,
    uint8_t *output) {
  // Each case is a loop of its own.
  int full = colour->is_full_range;
  if (depth != 8)
    luma_row(y, count, depth, full, moves, output);
  else if (full && moves)
    luma_row(y, count, 8, 1, moves, output);
  else if (full)
    luma_row(y, count, 8, 1, NULL, output);
  else if (moves)
    luma_row(y, count, 8, 0, moves, output);
  else
    luma_row(y, count, 8, 0, NULL, output);
}
