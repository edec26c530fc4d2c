// What every processor of the architecture has: SSE2 on x86-64, NEON on arm64.
#define KERNELS cpixels_baseline
#define LANES 4
#include "kernels.h"
