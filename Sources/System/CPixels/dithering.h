// Dithering by a pattern.

// Red, green, blue, and a fourth byte, 0. Reads four bytes.
ALWAYS bytes_of_pixel pixel_at(const uint8_t *rgb) {
  uint32_t bytes = LOAD(uint32_t, rgb) & 0xffffff;
  return LOAD(bytes_of_pixel, &bytes);
}

// Whether a pixel is within the tolerance on all channels. The fourth byte of what was never drawn never is.
ALWAYS int is_unchanged(const struct cpixels_dither *d, bytes_of_pixel source, bytes_of_pixel drawn) {
  bytes_of_pixel moves = __builtin_elementwise_sub_sat(source, drawn) | __builtin_elementwise_sub_sat(drawn, source);
  bytes_of_pixel excess = __builtin_elementwise_sub_sat(moves, (bytes_of_pixel)d->tolerance);
  return LOAD(uint32_t, &excess) == 0;
}

// The palette's index for a colour of 0 ... 255.
ALWAYS uint8_t index_of(const struct cpixels_map *map, const uint8_t *table, pixel colour) {
  uint32_t cell = cpixels_cell(LOAD(uint64_t, &colour));
  uint8_t found = __atomic_load_n(&table[cell], __ATOMIC_RELAXED);
  return found ? (uint8_t)(found - 1) : find(map, cell);
}

static void order(
    const struct cpixels_dither *dither, const uint8_t *rgb, uint8_t *indices, uint8_t *unchanged,
    const int16_t *pattern, ptrdiff_t row) {
  const struct cpixels_dither d = *dither;
  const uint8_t *table = d.map->table;
  for (ptrdiff_t y = 0; y < d.rows; y++) {
    for (ptrdiff_t x = 0; x < d.width; x++) {
      ptrdiff_t place = y * d.width + x;
      bytes_of_pixel source = pixel_at(rgb + 3 * place);
      uint8_t on_screen = d.indices[place], index = on_screen;
      if (!is_unchanged(&d, source, LOAD(bytes_of_pixel, &d.drawn[place]))) {
        pixel sum = __builtin_convertvector(source, pixel) + pattern[((row + y) & 7) << 3 | (x & 7)];
        pixel wanted = __builtin_elementwise_min(__builtin_elementwise_max(sum, (pixel)0), (pixel)255);
        index = index_of(d.map, table, wanted);
        STORE(&d.drawn[place], source);
        d.indices[place] = index;
      }
      indices[place] = index;
      unchanged[place] = index == on_screen;
    }
  }
}
