#pragma once
#include <curl/curl.h>
#include <fcntl.h>
#include <sys/socket.h>

// Swift cannot call C's variadic functions, which curl_easy_setopt, curl_multi_setopt and curl_easy_getinfo are: one
// typed wrapper per type of argument. The parentheses around the names keep curl's own type-checking macros away, as
// those need a constant option.

static inline CURLcode zt_easy_set_long(CURL *easy, CURLoption option, long value) {
  return (curl_easy_setopt)(easy, option, value);
}

static inline CURLcode zt_easy_set_off_t(CURL *easy, CURLoption option, curl_off_t value) {
  return (curl_easy_setopt)(easy, option, value);
}

static inline CURLcode zt_easy_set_string(CURL *easy, CURLoption option, const char *value) {
  return (curl_easy_setopt)(easy, option, value);
}

static inline CURLcode zt_easy_set_pointer(CURL *easy, CURLoption option, void *value) {
  return (curl_easy_setopt)(easy, option, value);
}

static inline CURLcode zt_easy_set_bytes(CURL *easy, CURLoption option, const void *value) {
  return (curl_easy_setopt)(easy, option, value);
}

static inline CURLcode zt_easy_set_list(CURL *easy, CURLoption option, struct curl_slist *value) {
  return (curl_easy_setopt)(easy, option, value);
}

static inline CURLMcode zt_multi_set_long(CURLM *multi, CURLMoption option, long value) {
  return (curl_multi_setopt)(multi, option, value);
}

static inline CURLcode zt_easy_get_long(CURL *easy, CURLINFO info, long *value) {
  return (curl_easy_getinfo)(easy, info, value);
}

// CURLOPT_WRITEFUNCTION and CURLOPT_HEADERFUNCTION (bytes to take), CURLOPT_READFUNCTION (bytes to fill).
typedef size_t (*zt_transfer)(char *bytes, size_t size, size_t count, void *context);

static inline CURLcode zt_easy_set_transfer(CURL *easy, CURLoption option, zt_transfer function) {
  return (curl_easy_setopt)(easy, option, function);
}

static inline CURLcode zt_easy_set_seek(CURL *easy, curl_seek_callback function) {
  return (curl_easy_setopt)(easy, CURLOPT_SEEKFUNCTION, function);
}

static inline CURLcode zt_easy_set_trailers(CURL *easy, curl_trailer_callback function) {
  return (curl_easy_setopt)(easy, CURLOPT_TRAILERFUNCTION, function);
}

static inline CURLcode zt_easy_set_prerequest(CURL *easy, curl_prereq_callback function) {
  return (curl_easy_setopt)(easy, CURLOPT_PREREQFUNCTION, function);
}

// libcurl's own sockets are inherited by every program that the process starts; these are not.
static inline curl_socket_t zt_open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address) {
  (void)context;
  (void)purpose;
#ifdef SOCK_CLOEXEC
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
#else
  curl_socket_t made = socket(address->family, address->socktype, address->protocol);
  if (made != CURL_SOCKET_BAD) fcntl(made, F_SETFD, FD_CLOEXEC);
  return made;
#endif
}

static inline CURLcode zt_easy_close_sockets_on_exec(CURL *easy) {
  return (curl_easy_setopt)(easy, CURLOPT_OPENSOCKETFUNCTION, zt_open_socket);
}

// The result in a CURLMSG_DONE message, a union member.
static inline CURLcode zt_message_result(const CURLMsg *message) { return message->data.result; }

// Macros that Swift cannot import.
static const long zt_global_default = CURL_GLOBAL_DEFAULT;
static const size_t zt_write_pause = CURL_WRITEFUNC_PAUSE;
static const size_t zt_read_pause = CURL_READFUNC_PAUSE;
static const size_t zt_read_abort = CURL_READFUNC_ABORT;
static const int zt_pause_none = CURLPAUSE_CONT;
