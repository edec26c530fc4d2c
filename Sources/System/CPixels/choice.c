#include "CPixels.h"

extern const struct cpixels_kernels cpixels_baseline;
#if defined(__x86_64__)
extern const struct cpixels_kernels cpixels_avx2, cpixels_avx512;
#endif

const struct cpixels_kernels *cpixels_at(int level) {
  switch (level) {
  case CPIXELS_BASELINE:
    return &cpixels_baseline;
#if defined(__x86_64__)
  // These also ask whether the system keeps the registers.
  case CPIXELS_AVX2:
    return __builtin_cpu_supports("avx2") ? &cpixels_avx2 : NULL;
  case CPIXELS_AVX512:
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
                   && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")
               ? &cpixels_avx512
               : NULL;
#endif
  default:
    return NULL;
  }
}
