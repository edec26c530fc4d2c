// libarchive: ZIP files that are written as they are sent, and those of functions' code.
#pragma once
#include <archive.h>
#include <archive_entry.h>
#include <locale.h>
#include <sys/stat.h>

static const unsigned int zt_regular_file = S_IFREG;
static const unsigned int zt_folder = S_IFDIR;
static const int zt_all_locale_categories = LC_ALL_MASK;
