#define _GNU_SOURCE
#include "CProcess.h"

#if defined(__linux__)

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// https://docs.kernel.org/userspace-api/landlock.html. The system's headers may be older than its kernel.
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#endif
#ifndef SYS_landlock_add_rule
#define SYS_landlock_add_rule 445
#endif

enum {
  access_execute = 1 << 0,
  access_write_file = 1 << 1,
  access_read_file = 1 << 2,
  access_read_dir = 1 << 3,
  // Removing and making entries of every kind.
  access_change = 0x1ff << 4,
  access_refer = 1 << 13,     // from version 2
  access_truncate = 1 << 14,  // from version 3
  access_ioctl_dev = 1 << 15, // from version 5
};

enum {
  scope_abstract_socket = 1 << 0, // both from version 6
  scope_signal = 1 << 1,
};

struct ruleset_attributes {
  uint64_t handled_files, handled_network, scoped;
};

struct path_attributes {
  uint64_t allowed;
  int32_t parent;
} __attribute__((packed));

int cprocess_landlock_version(void) {
  long version = syscall(SYS_landlock_create_ruleset, NULL, 0, 1u);
  return version > 0 ? (int)version : 0;
}

static uint64_t handled(int version) {
  uint64_t access = access_execute | access_write_file | access_read_file | access_read_dir | access_change;
  if (version >= 2) access |= access_refer;
  if (version >= 3) access |= access_truncate;
  if (version >= 5) access |= access_ioctl_dev;
  return access;
}

// Returns 0 or an errno; a path that is not there is none.
static int allow(int ruleset, char *const *paths, uint64_t access) {
  for (; *paths; paths++) {
    int descriptor = open(*paths, O_PATH | O_CLOEXEC);
    if (descriptor < 0) {
      if (errno == EMFILE || errno == ENFILE || errno == ENOMEM) return errno;
      continue;
    }
    struct stat status;
    struct path_attributes rule = {access, descriptor};
    // A rule of a file must not speak of what only folders have.
    if (fstat(descriptor, &status) == 0 && !S_ISDIR(status.st_mode))
      rule.allowed &= access_execute | access_write_file | access_read_file | access_truncate | access_ioctl_dev;
    int failure = syscall(SYS_landlock_add_rule, ruleset, 1, &rule, 0) < 0 ? errno : 0;
    close(descriptor);
    if (failure != 0) return failure;
  }
  return 0;
}

int cprocess_ruleset(char *const *readable, char *const *writable, char *const *devices, int *ruleset) {
  int version = cprocess_landlock_version();
  if (version == 0) return ENOSYS;
  uint64_t all = handled(version);
  struct ruleset_attributes attributes = {all, 0, version >= 6 ? scope_abstract_socket | scope_signal : 0};
  size_t size = version >= 6 ? 24 : version >= 4 ? 16 : 8;
  int made = (int)syscall(SYS_landlock_create_ruleset, &attributes, size, 0u);
  if (made < 0) return errno;
  int failure = allow(made, readable, access_execute | access_read_file | access_read_dir);
  if (failure == 0) failure = allow(made, writable, all);
  if (failure == 0) failure = allow(made, devices, (access_read_file | access_write_file | access_ioctl_dev) & all);
  if (failure != 0) {
    close(made);
    return failure;
  }
  *ruleset = made;
  return 0;
}

#endif
