// The system's crypt(3) (libxcrypt), for bcrypt.
#pragma once
#include <crypt.h>
#include <stdlib.h>
#include <string.h>

// Longest result of the two functions below, with its final zero.
enum { zt_crypt_size = CRYPT_OUTPUT_SIZE };

// Hashes a phrase by a setting: the algorithm, its cost and salt, or a whole former hash. Needs 32 KiB for the time of
// the call. Returns 0, or -1 if the setting is not one.
static inline int zt_crypt(const char *phrase, const char *setting, char *output) {
  struct crypt_data *data = calloc(1, sizeof *data);
  if (data == NULL) return -1;
  const char *hash = crypt_r(phrase, setting, data);
  int isHash = hash != NULL && hash[0] != '*' && strlen(hash) < zt_crypt_size;
  if (isHash) strcpy(output, hash);
  explicit_bzero(data, sizeof *data);
  free(data);
  return isHash ? 0 : -1;
}

// A setting of bcrypt with a salt from the system's generator. Returns 0, or -1.
static inline int zt_bcrypt_setting(unsigned long cost, char *output) {
  return crypt_gensalt_rn("$2b$", cost, NULL, 0, output, zt_crypt_size) == NULL ? -1 : 0;
}
