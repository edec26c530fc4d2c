// xxHash, compiled in: only its header is needed, and only where this is built.
#pragma once
#define XXH_INLINE_ALL
#include <xxhash.h>

// One running hash of any of the three kinds. NULL if there is no memory.
static inline void *zt_xxh64_new(void) {
  XXH64_state_t *state = XXH64_createState();
  if (state != NULL) XXH64_reset(state, 0);
  return state;
}
static inline void zt_xxh64_update(void *state, const void *bytes, size_t count) {
  XXH64_update((XXH64_state_t *)state, bytes, count);
}
static inline uint64_t zt_xxh64_digest(const void *state) { return XXH64_digest((const XXH64_state_t *)state); }
static inline void zt_xxh64_free(void *state) { XXH64_freeState((XXH64_state_t *)state); }

// XXH3 of 64 and of 128 bits differ in how they are fed as well as in how they end.
static inline void *zt_xxh3_new(int is128) {
  XXH3_state_t *state = XXH3_createState();
  if (state != NULL) { if (is128) XXH3_128bits_reset(state); else XXH3_64bits_reset(state); }
  return state;
}
static inline void zt_xxh3_update(void *state, int is128, const void *bytes, size_t count) {
  if (is128) XXH3_128bits_update((XXH3_state_t *)state, bytes, count);
  else XXH3_64bits_update((XXH3_state_t *)state, bytes, count);
}
static inline uint64_t zt_xxh3_64_digest(const void *state) { return XXH3_64bits_digest((const XXH3_state_t *)state); }
// The upper half, then the lower one: the order of the canonical form.
static inline void zt_xxh3_128_digest(const void *state, uint64_t *high, uint64_t *low) {
  XXH128_hash_t hash = XXH3_128bits_digest((const XXH3_state_t *)state);
  *high = hash.high64;
  *low = hash.low64;
}
static inline void zt_xxh3_free(void *state) { XXH3_freeState((XXH3_state_t *)state); }
