/* The bootstrap of packages that bring their own libraries: starts the program beside it by the loader beside it, so that
   nothing of the system is needed but its kernel. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

enum { longest = 4096 };

static const char *below(const char *folder, const char *name) {
  char *path = malloc(longest);
  if (path == NULL || snprintf(path, longest, "%s/%s", folder, name) >= longest) exit(127);
  return path;
}

int main(int count, char **arguments) {
  char file[longest], folder[longest];
  /* As it was started: there need not be a /proc. */
  const char *self = (const char *)getauxval(AT_EXECFN);
  if (self == NULL || snprintf(file, sizeof file, "%s", self) >= (int)sizeof file) return 127;
  char *slash = strrchr(file, '/');
  if (slash != NULL) slash[slash == file ? 1 : 0] = 0;
  if (realpath(slash == NULL ? "." : file, folder) == NULL) {
    perror("bootstrap: its folder");
    return 127;
  }
  const char *libraries = below(folder, "lib");
  /* Left to find out by itself, Swift's runtime aborts without /proc. */
  setenv("SWIFT_ROOT", folder, 0);
  setenv("SSL_CERT_DIR", below(folder, "certificates"), 0);
  /* Below it libvips looks for its modules (HEIC, AVIF, JPEG XL). */
  setenv("VIPSHOME", libraries, 0);
  const char *loader = below(libraries, LOADER);
  const char **command = calloc((size_t)count + 8, sizeof *command);
  if (command == NULL) return 127;
  int length = 0;
  command[length++] = loader;
  command[length++] = "--library-path";
  command[length++] = libraries;
  command[length++] = "--preload";
  command[length++] = below(libraries, "libstandalone.so");
  command[length++] = below(folder, "program");
  for (int index = 1; index < count; index++) command[length++] = arguments[index];
  execv(loader, (char *const *)command);
  perror(loader);
  return 127;
}
