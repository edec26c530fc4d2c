/* Loaded before the libraries of a packaged function: what lets it run without anything but its package. Does for shared
   libraries what start.c does for static ones. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <nss.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Host names are looked up by /etc/hosts and DNS, which are part of the C library. What /etc/nsswitch.conf names on Amazon
   Linux are libraries for another version of it. */
__attribute__((constructor)) static void look_names_up(void) { __nss_configure_lookup("hosts", "files dns"); }

/* /proc/NUMBER/stat */
static int is_state_of_thread(const char *path) {
  if (strncmp(path, "/proc/", 6) != 0) return 0;
  const char *rest = path + 6 + strspn(path + 6, "0123456789");
  return rest > path + 6 && strcmp(rest, "/stat") == 0;
}

/* Dispatch reads the state of its workers, to start more of them while some are blocked, and aborts if there is no /proc.
   Without one it reads nothing, as nothing here blocks its workers. */
int open(const char *path, int flags, ...) {
  mode_t mode = 0;
  if (__OPEN_NEEDS_MODE(flags)) {
    va_list rest;
    va_start(rest, flags);
    mode = va_arg(rest, mode_t);
    va_end(rest);
  }
  int file = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
  if (file < 0 && errno == ENOENT && is_state_of_thread(path)) file = memfd_create("stat", MFD_CLOEXEC);
  return file;
}
