// libswresample, for what converts audio.
#pragma once
#include <libswresample/swresample.h>
