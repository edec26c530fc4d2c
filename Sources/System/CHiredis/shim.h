#pragma once
#include <hiredis/hiredis.h>
#include <hiredis/sds.h>
#include <fcntl.h>
#include <sys/socket.h>

// An array member, which Swift would import as a tuple of 128 characters.
static inline const char *zt_redis_error(const redisContext *context) { return context->errstr; }

// hiredis's own sockets are inherited by every program that the process starts; these are not.
static inline void zt_redis_close_on_exec(const redisContext *context) { fcntl(context->fd, F_SETFD, FD_CLOEXEC); }

// Ends whatever waits on the connection, from any thread; the owner still frees it.
static inline void zt_redis_interrupt(int descriptor) { shutdown(descriptor, SHUT_RDWR); }

// What commands have left to be sent, which this version of hiredis cannot send encrypted itself.
static inline size_t zt_redis_output_length(const redisContext *context) { return sdslen(context->obuf); }
static inline void zt_redis_clear_output(redisContext *context) { sdsclear(context->obuf); }
