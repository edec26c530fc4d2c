#ifndef ZOETROPE_CMD5_H
#define ZOETROPE_CMD5_H

#include <stddef.h>
#include <stdint.h>

// The compression of MD5 (RFC 1321, section 3.4) for up to three messages side by side.
//
// A step of MD5 waits for the one before it, so that one message leaves most of a processor idle: three take little more
// time than one. A fourth would not find enough registers.

enum { CMD5_LANES = 3 };

// Advances each message's state (A, B, C, D) by the same number of blocks of 64 bytes.
//
// lanes: 1 to CMD5_LANES; states and data have as many elements, each pointing to memory of its own.
void cmd5_advance(uint32_t *const *states, const uint8_t *const *data, int lanes, size_t blocks);

#endif
