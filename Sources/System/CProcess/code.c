#define _GNU_SOURCE
#include "CProcess.h"

#if defined(__linux__)

#include <elf.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Whether the loader has written into what is not to be written. */
static int has_text_relocations(const struct dl_phdr_info *object) {
  for (int index = 0; index < object->dlpi_phnum; index++) {
    const ElfW(Phdr) *part = &object->dlpi_phdr[index];
    if (part->p_type != PT_DYNAMIC) continue;
    const ElfW(Dyn) *entry = (const ElfW(Dyn) *)(object->dlpi_addr + part->p_vaddr);
    for (; entry->d_tag != DT_NULL; entry++) {
      if (entry->d_tag == DT_TEXTREL) return 1;
      if (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL)) return 1;
    }
  }
  return 0;
}

static int release(struct dl_phdr_info *object, size_t size, void *context) {
  (void)size;
  (void)context;
  /* The kernel's own is no file. */
  if (strncmp(object->dlpi_name, "linux-", 6) == 0 || has_text_relocations(object)) return 0;
  ElfW(Addr) page = (ElfW(Addr))sysconf(_SC_PAGESIZE);
  for (int index = 0; index < object->dlpi_phnum; index++) {
    const ElfW(Phdr) *part = &object->dlpi_phdr[index];
    /* Parts that the loader protects after it has relocated them are writable ones here. */
    if (part->p_type != PT_LOAD || (part->p_flags & PF_W)) continue;
    ElfW(Addr) start = (object->dlpi_addr + part->p_vaddr) & ~(page - 1);
    ElfW(Addr) end = (object->dlpi_addr + part->p_vaddr + part->p_filesz + page - 1) & ~(page - 1);
    madvise((void *)start, end - start, MADV_DONTNEED);
  }
  return 0;
}

void cprocess_release_code(void) { dl_iterate_phdr(release, NULL); }

#else

void cprocess_release_code(void) {}

#endif
