// libavfilter: what Swift's importer cannot see of it, as constants. Everything here exists unchanged from FFmpeg 5.1 to 7.1.
#pragma once
#include <libavfilter/avfilter.h>
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
