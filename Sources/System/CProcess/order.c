#define _GNU_SOURCE
#include "CProcess.h"

#if defined(__linux__)

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

int cprocess_socketpair(int ends[2]) {
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return errno;
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return 0;
}

int cprocess_order(int server, const char *bytes, size_t length, int output, int channel, int ruleset) {
  int descriptors[3] = {output, channel, ruleset};
  size_t size = sizeof(int) * (ruleset < 0 ? 2 : 3);
  char control[CMSG_SPACE(sizeof descriptors)] __attribute__((aligned(8)));
  memset(control, 0, sizeof control);
  struct iovec part = {(void *)bytes, length};
  struct msghdr message = {
    .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = CMSG_SPACE(size)};
  struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(size);
  memcpy(CMSG_DATA(rights), descriptors, size);
  ssize_t sent;
  do sent = sendmsg(server, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  return sent < 0 ? errno : 0;
}

int cprocess_hear(int channel, struct cprocess_answer *answer) {
  ssize_t length;
  do length = recv(channel, answer, sizeof *answer, MSG_DONTWAIT);
  while (length < 0 && errno == EINTR);
  if (length < 0 && errno == EAGAIN) return 0;
  return length == sizeof *answer ? 1 : -1;
}

int cprocess_let_go(int channel) {
  return send(channel, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL) == 1 ? 0 : errno;
}

int cprocess_adopt(pid_t pid, int *pidfd) {
  siginfo_t info;
  if (pid <= 1) return ECHILD;
  if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0) return errno;
  int descriptor = (int)syscall(SYS_pidfd_open, pid, 0);
  if (descriptor < 0) return errno;
  *pidfd = descriptor;
  return 0;
}

#endif
