// Counting colours, and finding the nearest of a palette.

ALWAYS void count_colour(
    const uint8_t *rgb, uint32_t weight, uint16_t *counts, uint32_t *carries, uint32_t *odd) {
  uint32_t bytes = LOAD(uint32_t, rgb);
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

// Pixels of four parts of the picture in turn: neighbours are alike, and a sum waits for the one before it.
static void count_colours(
    const uint8_t *rgb, ptrdiff_t count, uint32_t weight, uint16_t *counts, uint32_t *carries, uint32_t *odd) {
  enum { PARTS = 4 };
  ptrdiff_t part = count / PARTS;
  for (ptrdiff_t x = 0; x < part; x++)
#pragma unroll
    for (int n = 0; n < PARTS; n++) count_colour(rgb + 3 * (n * part + x), weight, counts, carries, odd);
  for (ptrdiff_t x = PARTS * part; x < count; x++) count_colour(rgb + 3 * x, weight, counts, carries, odd);
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

// How far a colour is along one channel from the cells' middles, squared and times 256.
ALWAYS four_numbers squares_from(float colour, four_floats middles) {
  four_floats distance = colour - middles;
  return __builtin_convertvector(distance * distance * 256, four_numbers);
}

// Adds to the squared distances of eight colours from a cube along one channel: from its nearest cell's middle, and from
// its farthest one's. `first` is the first cell's middle; the last one's is 12 above it.
ALWAYS void measure(eight_floats colours, float first, eight_floats *nearest, eight_floats *farthest) {
  eight_floats above = colours - first, below = 12 - above, far = above > below ? above : below;
  eight_floats outside = far > 12 ? far - 12 : 0;
  *nearest += outside * outside;
  *farthest += far * far;
}

// Enters the nearest colours of a cube of 4 x 4 x 4 cells, whose first cell is `64 * cube`. All numbers are whole ones.
static void fill(const struct cpixels_palette *palette, uint32_t cube, uint8_t *table) {
  const struct cpixels_group *groups = palette->groups;
  // As `cpixels_cell` puts them together.
  float red = (float)(cube >> 10 & 31) * 16 + 1, green = (float)(cube >> 5 & 31) * 16 + 1;
  float blue = (float)(cube & 31) * 16 + 1;
  // A colour farther from the nearest cell than another one is from the farthest cell is no cell's nearest.
  float least[256];
  eight_floats limits = (eight_floats)__builtin_inff();
  for (int n = 0; n < palette->count; n++) {
    eight_floats nearest = {0}, farthest = {0};
    measure(LOAD(eight_floats, groups[n].red), red, &nearest, &farthest);
    measure(LOAD(eight_floats, groups[n].green), green, &nearest, &farthest);
    measure(LOAD(eight_floats, groups[n].blue), blue, &nearest, &farthest);
    STORE(least + 8 * n, nearest);
    limits = farthest < limits ? farthest : limits;
  }
  float limit = limits[0];
  for (int n = 1; n < 8; n++) limit = limits[n] < limit ? limits[n] : limit;

  // Per cell the squared distance times 256, and the index, so that of equal distances the lowest index is taken.
  const four_floats steps = {0, 4, 8, 12};
  sixteen_numbers best[4];
  for (int n = 0; n < 4; n++) best[n] = (sixteen_numbers)INT32_MAX;
  for (int n = 0; n < 8 * palette->count; n++) {
    if (least[n] > limit) continue;
    const struct cpixels_group *group = &groups[n / 8];
    four_numbers r = squares_from(group->red[n % 8], red + steps) + group->index[n % 8];
    four_numbers g = squares_from(group->green[n % 8], green + steps);
    four_numbers b = squares_from(group->blue[n % 8], blue + steps);
    sixteen_numbers plane = __builtin_shufflevector(g, g, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3)
                            + __builtin_shufflevector(b, b, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3);
    for (int k = 0; k < 4; k++) best[k] = __builtin_elementwise_min(best[k], plane + r[k]);
  }
  uint64_t *cells = (uint64_t *)(void *)(table + 64 * cube);
  for (int n = 0; n < 4; n++) {
    sixteen_bytes indices = __builtin_convertvector(best[n], sixteen_bytes) + 1;
    uint64_t halves[2];
    memcpy(halves, &indices, sizeof halves);
    __atomic_store_n(&cells[2 * n], halves[0], __ATOMIC_RELAXED);
    __atomic_store_n(&cells[2 * n + 1], halves[1], __ATOMIC_RELAXED);
  }
}

static __attribute__((noinline)) uint8_t find(const struct cpixels_map *map, uint32_t cell) {
  fill(map->palette, cell / 64, map->table);
  return (uint8_t)(map->table[cell] - 1);
}
