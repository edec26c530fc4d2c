// The smallest HTTP function: answers every request with the same few bytes.
//
// Speaks the Lambda Runtime API over one kept connection, so that what is measured is the gateway and not this.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html

#define _GNU_SOURCE

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char message[1 << 20];

// Reads one whole HTTP message; returns its length.
static size_t read_message(int api) {
  size_t length = 0;
  for (;;) {
    ssize_t count = read(api, message + length, sizeof message - 1 - length);
    if (count <= 0) exit(0);
    length += (size_t)count;
    message[length] = 0;
    char *end = strstr(message, "\r\n\r\n");
    if (!end) continue;
    char *field = strcasestr(message, "content-length:");
    size_t body = field && field < end ? strtoul(field + 15, NULL, 10) : 0;
    if (length >= (size_t)(end + 4 - message) + body) return length;
  }
}

static void send_all(int api, const char *text, size_t length) {
  while (length > 0) {
    ssize_t count = write(api, text, length);
    if (count <= 0) exit(1);
    text += count;
    length -= (size_t)count;
  }
}

int main(void) {
  static const char result[] = "{\"statusCode\":200,\"headers\":{\"content-type\":\"text/plain\"},\"body\":\"nothing\"}";
  char host[64], id[128], text[1024];
  unsigned port;
  struct sockaddr_in address = {.sin_family = AF_INET};
  const char *name = getenv("AWS_LAMBDA_RUNTIME_API");
  if (!name || sscanf(name, "%63[^:]:%u", host, &port) != 2) return 2;
  inet_pton(AF_INET, host, &address.sin_addr);
  address.sin_port = htons((unsigned short)port);
  int api = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  if (connect(api, (struct sockaddr *)&address, sizeof address) != 0) return 1;
  setsockopt(api, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  for (;;) {
    int length = snprintf(text, sizeof text, "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: %s\r\n\r\n", name);
    send_all(api, text, (size_t)length);
    read_message(api);
    char *field = strcasestr(message, "lambda-runtime-aws-request-id:");
    if (!field || sscanf(field + 30, " %127[^\r]", id) != 1) return 1;
    length = snprintf(
        text, sizeof text,
        "POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: %s\r\nContent-Length: %zu\r\n\r\n%s", id, name,
        sizeof result - 1, result);
    send_all(api, text, (size_t)length);
    read_message(api);
  }
}
