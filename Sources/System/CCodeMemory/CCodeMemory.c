#define _GNU_SOURCE
#include "CCodeMemory.h"

#if defined(__linux__)

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

// liborc, which compiles libvips' inner loops, maps its code twice, to write and to run it. For that it makes a file named
// "orcexec." in the user's or the temporary folder, of 64 KiB and without blocks. On a full disk the first write to a page ends
// the process (SIGBUS), and nothing can be done about it then.
//
// A symbol of the program comes before the C library's, so liborc's file is made here: in memory. If the system has no such
// files, or does not run what is in them, liborc goes on to the next folder, and at last to memory that both writes and runs.
static int is_code(const char *template) {
  const char *name = strrchr(template, '/');
  return name && strncmp(name, "/orcexec.", 9) == 0;
}

static int make(char *template) {
  return is_code(template) ? memfd_create("orcexec", MFD_CLOEXEC) : mkostemp(template, 0);
}

int mkstemp(char *template) { return make(template); }

// What the first one is called where files have 64-bit offsets.
int mkstemp64(char *template) { return make(template); }

#endif
