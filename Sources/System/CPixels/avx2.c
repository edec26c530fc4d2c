#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#define KERNELS cpixels_avx2
#define LANES 8
#include "kernels.h"
#pragma clang attribute pop
#endif
