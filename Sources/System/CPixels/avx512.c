#if defined(__x86_64__)
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl"))), apply_to = function)
#define KERNELS cpixels_avx512
#define LANES 16
#include "kernels.h"
#pragma clang attribute pop
#endif
