// Counting colours, and finding the nearest of a palette.

static void count_colours(
    const uint8_t *rgb, ptrdiff_t count, uint32_t weight, uint16_t *counts, uint32_t *carries, uint32_t *odd) {
  for (ptrdiff_t x = 0; x < count; x++) {
    uint32_t bytes = LOAD(uint32_t, rgb + 3 * x);
    uint32_t cell = (bytes & 0xf8) << 7 | (bytes >> 6 & 0x3e0) | (bytes >> 19 & 0x1f);
    uint32_t step = (bytes & 6) << 3 | (bytes >> 7 & 0xc) | (bytes >> 17 & 3);
    uint32_t place = cell << 6 | step;
    uint32_t sum = counts[place] + weight;
    counts[place] = (uint16_t)sum;
    if (sum > 0xffff) carries[place] += sum >> 16;
    uint32_t lowest = (bytes & 0x010101) | 0x01000000;
    // 0 or the weight, without a multiplication, for which processors without SSE4 take several steps.
    counters masks = -__builtin_convertvector(LOAD(bytes_of_pixel, &lowest), counters);
    uint32_t *sums = odd + 4 * cell;
    STORE(sums, LOAD(counters, sums) + (masks & weight));
  }
}

struct found {
  float distance;
  int32_t index;
};

ALWAYS void look(const struct cpixels_group *group, float red, float green, float blue, struct found *found) {
  eight_floats r = LOAD(eight_floats, group->red) - red;
  eight_floats g = LOAD(eight_floats, group->green) - green;
  eight_floats b = LOAD(eight_floats, group->blue) - blue;
  eight_floats distances = r * r + g * g + b * b;
  four_floats low = distances.lo, high = distances.hi, four = high < low ? high : low;
  float first = four.x < four.y ? four.x : four.y, second = four.z < four.w ? four.z : four.w;
  float nearest = first < second ? first : second;
  if (nearest > found->distance) return;
  eight_numbers index = LOAD(eight_numbers, group->index) | (distances > nearest ? INT32_MAX : (eight_numbers)0);
  int32_t lowest = __builtin_reduce_min(index);
  // The lowest index wins, so that the result does not depend on the order of comparisons.
  found->index = nearest < found->distance || lowest < found->index ? lowest : found->index;
  found->distance = nearest;
}

// From the group that green belongs to, outwards.
ALWAYS int32_t nearest_of(
    const struct cpixels_palette *palette, int begin, float red, float green, float blue) {
  const struct cpixels_group *groups = palette->groups;
  int above = begin, below = begin - 1, count = palette->count;
  struct found found = {__builtin_inff(), INT32_MAX};
  while (above < count || below >= 0) {
    if (above < count) {
      float gap = groups[above].lowest_green - green;
      if (gap > 0 && gap * gap > found.distance)
        above = count;
      else
        look(&groups[above++], red, green, blue, &found);
    }
    if (below >= 0) {
      float gap = green - groups[below].highest_green;
      if (gap > 0 && gap * gap > found.distance)
        below = -1;
      else
        look(&groups[below--], red, green, blue, &found);
    }
  }
  return found.index;
}

static void assign(const struct cpixels_palette *palette, const float *colours, ptrdiff_t count, float *sums) {
  for (const float *colour = colours; colour < colours + 4 * count; colour += 4) {
    four_floats entry = LOAD(four_floats, colour);
    int green = (int)entry.y;
    int begin = palette->begin[green < 0 ? 0 : green > 255 ? 255 : green];
    float *sum = sums + 4 * nearest_of(palette, begin, entry.x, entry.y, entry.z);
    four_floats weighted = entry * entry.w;
    weighted.w = entry.w;
    STORE(sum, LOAD(four_floats, sum) + weighted);
  }
}

static __attribute__((noinline)) uint8_t find(const struct cpixels_map *map, uint32_t cell) {
  // As `cpixels_cell` puts them together.
  uint32_t red = (cell >> 16 & 31) << 2 | (cell >> 4 & 3), green = (cell >> 11 & 31) << 2 | (cell >> 2 & 3);
  uint32_t blue = (cell >> 6 & 31) << 2 | (cell & 3);
  int32_t nearest = nearest_of(
      map->palette, map->palette->begin[2 * green], (float)red * 4 + 1, (float)green * 4 + 1, (float)blue * 4 + 1);
  __atomic_store_n(&map->table[cell], (uint8_t)(nearest + 1), __ATOMIC_RELAXED);
  return (uint8_t)nearest;
}
