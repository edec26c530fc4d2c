// libarchive, for ZIP files that are written as they are sent.
#pragma once
#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>

static const unsigned int zt_regular_file = S_IFREG;
