// The smallest function there can be: notes when each event reached it, waits where the event says so, answers {}.
//
// Speaks the Lambda Runtime API over one kept connection, so that what is measured is the runtime and not this.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
//
// TALLY names the file that it shares with the benchmark (tally.py): a header and one place per event.

#define _GNU_SOURCE

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

struct tally {
  uint64_t received; // all deliveries, repetitions included
  uint64_t answered; // responses that the host has accepted
  uint64_t released; // waiting ends early once this is not 0
  uint64_t reserved;
  int64_t times[]; // by the event's slot: nanoseconds since 1970 of its first delivery
};

static char message[1 << 16];

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static struct tally *open_tally(size_t *slots) {
  const char *path = getenv("TALLY");
  int file = open(path ? path : "", O_RDWR | O_CLOEXEC);
  struct stat status;
  if (file < 0 || fstat(file, &status) != 0 || (size_t)status.st_size < sizeof(struct tally)) fail("TALLY");
  void *memory = mmap(NULL, (size_t)status.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (memory == MAP_FAILED) fail("mmap");
  close(file);
  *slots = ((size_t)status.st_size - sizeof(struct tally)) / sizeof(int64_t);
  return memory;
}

// AWS_LAMBDA_RUNTIME_API is ADDRESS:PORT.
static int connect_to(const char *api) {
  char host[64];
  unsigned port;
  struct sockaddr_in address = {.sin_family = AF_INET};
  if (!api || sscanf(api, "%63[^:]:%u", host, &port) != 2 || inet_pton(AF_INET, host, &address.sin_addr) != 1) {
    fprintf(stderr, "AWS_LAMBDA_RUNTIME_API must be ADDRESS:PORT\n");
    exit(2);
  }
  address.sin_port = htons((uint16_t)port);
  int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connection < 0 || connect(connection, (struct sockaddr *)&address, sizeof address) != 0) fail("connect");
  int on = 1;
  setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return connection;
}

__attribute__((format(printf, 2, 3))) static void ask(int connection, const char *form, ...) {
  char request[512];
  va_list values;
  va_start(values, form);
  int length = vsnprintf(request, sizeof request, form, values);
  va_end(values);
  if (length < 0 || (size_t)length >= sizeof request) fail("request");
  if (send(connection, request, (size_t)length, MSG_NOSIGNAL) != length) fail("send");
}

// Reads a whole answer into `message`; returns its body. The connection's end is the end of this process.
static char *answer(int connection) {
  size_t have = 0, need = 0;
  char *body = NULL;
  while (!body || have < need) {
    ssize_t count = recv(connection, message + have, sizeof message - 1 - have, 0);
    if (count == 0) exit(0);
    if (count < 0) fail("recv");
    have += (size_t)count;
    message[have] = 0;
    if (!body && (body = strstr(message, "\r\n\r\n"))) {
      body += 4;
      char *length = strcasestr(message, "\r\ncontent-length:");
      if (!length || length > body) fail("an answer without Content-Length");
      need = (size_t)(body - message) + strtoul(length + 17, NULL, 10);
      if (need >= sizeof message) fail("too long an answer");
    }
  }
  return body;
}

static uint64_t number(const char *event, const char *name, uint64_t otherwise) {
  const char *found = strstr(event, name);
  return found ? strtoull(found + strlen(name), NULL, 10) : otherwise;
}

static int64_t now(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void wait_for(struct tally *tally, uint64_t milliseconds) {
  int64_t end = now(CLOCK_MONOTONIC) + (int64_t)milliseconds * 1000000;
  const struct timespec step = {.tv_nsec = 100000000};
  while (!__atomic_load_n(&tally->released, __ATOMIC_ACQUIRE) && now(CLOCK_MONOTONIC) < end) nanosleep(&step, NULL);
}

int main(void) {
  size_t slots;
  struct tally *tally = open_tally(&slots);
  const char *api = getenv("AWS_LAMBDA_RUNTIME_API");
  int connection = connect_to(api);
  for (;;) {
    ask(connection, "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: %s\r\n\r\n", api);
    char *event = answer(connection);
    int64_t time = now(CLOCK_REALTIME);
    char request_id[128];
    char *header = strcasestr(message, "\r\nlambda-runtime-aws-request-id:");
    if (!header || sscanf(header + 32, " %127[^\r ]", request_id) != 1) fail("an invocation without a request id");

    uint64_t slot = number(event, "\"slot\":", UINT64_MAX);
    if (slot >= slots) fail("an event without a slot");
    int64_t never = 0;
    __atomic_compare_exchange_n(&tally->times[slot], &never, time, 0, __ATOMIC_RELEASE, __ATOMIC_RELAXED);
    __atomic_fetch_add(&tally->received, 1, __ATOMIC_RELEASE);
    wait_for(tally, number(event, "\"wait\":", 0));

    ask(
      connection,
      "POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: %s\r\n"
      "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
      request_id, api);
    answer(connection);
    __atomic_fetch_add(&tally->answered, 1, __ATOMIC_RELEASE);
  }
}
