// Dithering by error diffusion, Sierra-2-4A: half of what a pixel is off goes to the right, a quarter each below and to the
// lower left.
//
// Rows are dithered CPIXELS_TOGETHER at a time, each two pixels behind the one above, which is as far to the right as its
// errors come from: so the pixels of one step do not wait for each other. In step x, lane n has column x - 2n of row n. All
// that is kept from picture to picture is in the order of steps.

enum { TOGETHER = CPIXELS_TOGETHER, LAG = 2 * (TOGETHER - 1) };

// What the lanes have: four numbers, or four bytes, or one number per pixel.
typedef VECTOR(int16_t, 4 * TOGETHER) lanes;
typedef VECTOR(uint8_t, 4 * TOGETHER) byte_lanes;
typedef VECTOR(uint64_t, TOGETHER) packed_lanes;
typedef VECTOR(uint32_t, TOGETHER) cells;
typedef VECTOR(int64_t, TOGETHER) masks;
typedef VECTOR(int32_t, TOGETHER) half_masks;
typedef VECTOR(int8_t, TOGETHER) byte_masks;

// How much of an error is passed on, in sixteenths. Less than all of it takes most of the noise out, which is closer to the
// source by PSNR and SSIM in every video measured, and smaller. Of 7 sixteenths nothing is left of an error of one step,
// which is not seen but would spread through all of a smooth part.
enum { STRENGTH = 7 };

// Some rows that are dithered together. Pointers are to their first step.
struct rows {
  // Four numbers for each column of the row above the first lane's; takes those of the last lane's row.
  int16_t *errors;
  // Per step eight pixels, or eight bytes.
  const uint32_t *source;
  uint32_t *drawn;
  int16_t *shown;
  uint8_t *indices, *unchanged;
};

// The errors of the last step, and of the one before it.
struct passed {
  lanes newer, older;
};

// 1 in bytes that are zero, 0 in the others.
ALWAYS uint64_t zero_bytes(uint64_t bytes) {
  const uint64_t low = 0x7f7f7f7f7f7f7f7f;
  // No carry crosses a byte.
  return ~(((bytes & low) + low) | bytes) >> 7 & 0x0101010101010101;
}

// Eight bytes, the first one lowest.
ALWAYS uint64_t joined(const uint64_t *b) {
  uint64_t low = (b[0] | b[1] << 8) | (b[2] | b[3] << 8) << 16;
  uint64_t high = (b[4] | b[5] << 8) | (b[6] | b[7] << 8) << 16;
  return low | high << 32;
}

// What each lane's pixel gets from the row above, in quarters: from the lane before, and for the first lane from memory,
// which takes what the last one passes on.
ALWAYS lanes from_above(const struct passed *passed, int16_t *errors) {
  lanes sums = passed->newer + passed->older;
  lanes turned = __builtin_shufflevector(
      sums, sums, 28, 29, 30, 31, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23,
      24, 25, 26, 27);
  packed_lanes packed = LOAD(packed_lanes, &turned);
  uint64_t last = packed[0];
  packed[0] = LOAD(uint64_t, errors);
  // The last lane is LAG columns behind the first, and passes on what it left two steps ago.
  STORE(errors - 4 * (LAG + 2), last);
  return LOAD(lanes, &packed);
}

// As `cpixels_cell`.
ALWAYS cells cells_of(lanes colours) {
  byte_lanes bytes = __builtin_convertvector(colours, byte_lanes);
  cells c = LOAD(cells, &bytes);
  return ((c << 13 & 0x1f0000) | (c & 0xf800)) | ((c >> 13 & 0x7c0) | (c << 3 & 0x30))
         | ((c >> 7 & 0xc) | (c >> 17 & 3));
}

ALWAYS lanes error_of(lanes wanted, lanes shown) { return ((wanted - shown) * STRENGTH + 8) >> 4; }

// Draws the pixels of a step that have changed. Returns what all of them leave over.
ALWAYS lanes diffuse_step(
    const struct cpixels_dither *d, const uint8_t *table, const struct rows *rows, ptrdiff_t x,
    const struct passed *passed) {
  lanes share = (from_above(passed, rows->errors + 4 * x) + (passed->newer + passed->newer + 2)) >> 2;
  byte_lanes source = LOAD(byte_lanes, rows->source + TOGETHER * x);
  lanes sum = __builtin_convertvector(source, lanes) + share;
  lanes wanted = __builtin_elementwise_min(__builtin_elementwise_max(sum, (lanes)0), (lanes)255);

  // Pixels stay that are within the tolerance on all channels. The fourth byte of what was never drawn never is.
  uint32_t *drawn = rows->drawn + TOGETHER * x;
  int16_t *shown = rows->shown + 4 * TOGETHER * x;
  byte_lanes before = LOAD(byte_lanes, drawn);
  byte_lanes moves = __builtin_elementwise_sub_sat(source, before) | __builtin_elementwise_sub_sat(before, source);
  byte_lanes excess = __builtin_elementwise_sub_sat(moves, (byte_lanes)d->tolerance);
  half_masks stay = LOAD(half_masks, &excess) == 0;
  if (__builtin_reduce_and(stay)) {
    STORE(rows->unchanged + TOGETHER * x, (uint64_t)0x0101010101010101);
    return error_of(wanted, LOAD(lanes, shown));
  }

  // From here on indices count from 1, as in the table.
  cells cell = cells_of(wanted);
  uint64_t found[TOGETHER];
#pragma unroll
  for (int n = 0; n < TOGETHER; n++) found[n] = __atomic_load_n(&table[cell[n]], __ATOMIC_RELAXED);
  if (__builtin_expect(zero_bytes(joined(found)) != 0, 0)) {
    for (int n = 0; n < TOGETHER; n++)
      if (found[n] == 0) found[n] = (uint64_t)find(d->map, cell[n]) + 1;
  }
  packed_lanes colours;
#pragma unroll
  for (int n = 0; n < TOGETHER; n++) colours[n] = LOAD(uint64_t, d->colours + 4 * found[n] - 4);

  byte_lanes kept = LOAD(byte_lanes, &stay);
  STORE(drawn, (before & kept) | (source & ~kept));
  masks wide = __builtin_convertvector(stay, masks);
  lanes mask = LOAD(lanes, &wide);
  lanes on_screen = (LOAD(lanes, shown) & mask) | (LOAD(lanes, &colours) & ~mask);
  STORE(shown, on_screen);

  byte_masks narrow = __builtin_convertvector(stay, byte_masks);
  uint64_t byte_mask = LOAD(uint64_t, &narrow), former = LOAD(uint64_t, rows->indices + TOGETHER * x);
  uint64_t indices = (former & byte_mask) | ((joined(found) - 0x0101010101010101) & ~byte_mask);
  STORE(rows->indices + TOGETHER * x, indices);
  STORE(rows->unchanged + TOGETHER * x, zero_bytes(indices ^ former));
  return error_of(wanted, on_screen);
}

// Dithers rows of `width` pixels. Lanes whose column does not exist pass nothing on.
ALWAYS void diffuse_rows(const struct cpixels_dither *d, const struct rows *rows) {
  const uint8_t *table = d->map->table;
  const ptrdiff_t width = d->width;
  struct passed passed = {0};
  ptrdiff_t x = 0;
#define STEPS(to, is_edge) \
  for (; x < to; x++) { \
    lanes errors = diffuse_step(d, table, rows, x, &passed); \
    if (is_edge) { \
      masks columns = x - (masks){0, 2, 4, 6, 8, 10, 12, 14}, exist = (columns >= 0) & (columns < width); \
      errors &= LOAD(lanes, &exist); \
    } \
    passed.older = passed.newer, passed.newer = errors; \
  }
  STEPS(LAG, 1)
  STEPS(width, 0)
  STEPS(width + LAG, 1)
#undef STEPS
  // What the last lane's last two columns pass on.
  lanes sums = passed.newer + passed.older;
  packed_lanes last = LOAD(packed_lanes, &sums), newest = LOAD(packed_lanes, &passed.newer);
  STORE(rows->errors + 4 * (width - 2), (uint64_t)last[TOGETHER - 1]);
  STORE(rows->errors + 4 * (width - 1), (uint64_t)newest[TOGETHER - 1]);
}

// Eight bytes per step to a row of bytes per lane, `steps` apart.
ALWAYS void separate(const uint8_t *bytes, ptrdiff_t steps, uint8_t *rows) {
#define LOW(a, b) __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define HIGH(a, b) __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
  for (ptrdiff_t x = 0; x < steps; x += 8) {
    sixteen_bytes v[4];
    memcpy(v, bytes + TOGETHER * x, sizeof v);
    // Each time the first half and the second half in turn: three of six bits of a byte's place move to the other end.
#pragma unroll
    for (int n = 0; n < 3; n++) {
      sixteen_bytes a = LOW(v[0], v[2]), b = HIGH(v[0], v[2]), c = LOW(v[1], v[3]), e = HIGH(v[1], v[3]);
      v[0] = a, v[1] = b, v[2] = c, v[3] = e;
    }
    for (int n = 0; n < TOGETHER; n++) memcpy(rows + n * steps + x, (const uint8_t *)v + 8 * n, 8);
  }
#undef LOW
#undef HIGH
}

static void diffuse(
    const struct cpixels_dither *dither, const uint8_t *rgb, uint8_t *indices, uint8_t *unchanged) {
  // What the kernel writes cannot change it.
  const struct cpixels_dither d = *dither;
  const ptrdiff_t width = d.width, steps = cpixels_steps(width);
  uint32_t *source = (uint32_t *)(void *)d.scratch;
  uint8_t *stays = d.scratch + 4 * TOGETHER * steps, *separated = stays + TOGETHER * steps;
  memset(d.errors, 0, (size_t)(width + 5 * TOGETHER) * sizeof(pixel));
  // The first step's last lane is so far before the first column.
  struct rows rows = {
      .errors = d.errors + 4 * (LAG + 2), .source = source, .drawn = d.drawn, .shown = d.shown, .indices = d.indices,
      .unchanged = stays};
  for (ptrdiff_t y = 0; y < d.rows; y += TOGETHER) {
    // Lanes without a row have what was left there, which nothing depends on.
    int count = d.rows - y < TOGETHER ? (int)(d.rows - y) : TOGETHER;
    for (int n = 0; n < count; n++) {
      const uint8_t *row = rgb + 3 * (y + n) * width;
      for (ptrdiff_t x = 0; x < width; x++)
        source[TOGETHER * (x + 2 * n) + n] = LOAD(uint32_t, row + 3 * x) & 0xffffff;
    }
    diffuse_rows(&d, &rows);
    separate(rows.indices, steps, separated);
    for (int n = 0; n < count; n++)
      memcpy(indices + (y + n) * width, separated + n * steps + 2 * n, (size_t)width);
    separate(stays, steps, separated);
    for (int n = 0; n < count; n++)
      memcpy(unchanged + (y + n) * width, separated + n * steps + 2 * n, (size_t)width);
    rows.drawn += TOGETHER * steps;
    rows.shown += 4 * TOGETHER * steps;
    rows.indices += TOGETHER * steps;
  }
}
