#define _GNU_SOURCE
#include "CForkServer.h"

#if defined(__linux__)
#include <features.h>
#endif

#if defined(__GLIBC__)

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_landlock_restrict_self
#define SYS_landlock_restrict_self 446
#endif

__attribute__((section(".note.zoetrope"), used, aligned(4))) static const struct {
  uint32_t owner_size, content_size, type;
  char owner[12];
  uint32_t version;
} note = {sizeof "Zoetrope", sizeof(uint32_t), 1, "Zoetrope", CFORKSERVER_VERSION};

// `stage`: 0 "this was made", from the server; 1 "I am ready", from the process. `error`: an errno, or 0.
struct cforkserver_answer {
  int32_t stage, pid, error;
};

struct server {
  pid_t host;
  char name[16];
  // Where the C library keeps the only thread's number, and the head of its robust mutexes.
  pid_t *thread;
  void *robust;
  size_t robust_size;
};

struct order {
  const char *directory;
  int log, channel;
  int ruleset; // of Landlock; below 0 for none
};

// Of an order; they become the environment, so they stay. No other process's pages: untouched in processes that serve nothing.
static char strings[128 << 10];
static char *variables[2048];
// Volatile, as the compiler takes it that nothing has run before the first constructor.
static volatile bool is_forked;

static void answer(int channel, int32_t stage, pid_t pid, int error) {
  struct cforkserver_answer answer = {stage, pid, error};
  send(channel, &answer, sizeof answer, MSG_NOSIGNAL);
}

// MARK: Orders

// Takes the two or three descriptors that came with a message; any others are closed.
static bool take_descriptors(struct msghdr *message, struct order *order) {
  bool found = false;
  for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    int descriptors[3] = {-1, -1, -1};
    size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    if ((count == 2 || count == 3) && !found) {
      memcpy(descriptors, CMSG_DATA(part), count * sizeof(int));
      order->log = descriptors[0];
      order->channel = descriptors[1];
      order->ruleset = descriptors[2];
      found = true;
      continue;
    }
    for (size_t i = 0; i < count; i++) {
      memcpy(descriptors, CMSG_DATA(part) + i * sizeof(int), sizeof(int));
      close(descriptors[0]);
    }
  }
  return found;
}

// Splits the strings of an order. Returns false where they are not as they should be.
static bool take_strings(size_t length, struct order *order) {
  if (length == 0 || strings[length - 1] != 0 || strings[0] != '/') return false;
  order->directory = strings;
  size_t count = 0;
  for (char *next = strings + strlen(strings) + 1; next < strings + length; next += strlen(next) + 1) {
    if (count + 1 >= sizeof variables / sizeof variables[0]) return false;
    if (strchr(next, '=') == NULL) return false;
    variables[count++] = next;
  }
  variables[count] = NULL;
  return true;
}

static void forget(const struct order *order) {
  close(order->log);
  close(order->channel);
  if (order->ruleset >= 0) close(order->ruleset);
}

// Waits for an order that can be carried out; ends the process where there will be none.
static void await_order(int error, struct order *order) {
  while (true) {
    char control[CMSG_SPACE(3 * sizeof(int))] __attribute__((aligned(8)));
    struct iovec part = {strings, sizeof strings};
    struct msghdr message = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t length = recvmsg(0, &message, MSG_CMSG_CLOEXEC);
    if (length < 0 && errno == EINTR) continue;
    if (length <= 0) _exit(length < 0);
    if (!take_descriptors(&message, order)) continue;
    bool whole = !(message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) && take_strings((size_t)length, order);
    if (whole && error == 0) return;
    answer(order->channel, 0, 0, error != 0 ? error : EINVAL);
    forget(order);
  }
}

// MARK: Processes

// Makes a child of the *host's* thread, as its further ends (waiting for it, the death signal) are that thread's affair.
// fork(3) cannot, and so what it does for the C library in a process with one thread is done here: the kernel writes
// the thread's new number to where it is kept, and is told again of the robust mutexes, of which there are none yet.
//
// clone and not clone3, which containers commonly forbid. Processors differ in which of the last two arguments is where the
// number goes; the other one is not looked at.
static pid_t fork_for_host(const struct server *server) {
  unsigned long flags = CLONE_PARENT | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD;
  pid_t pid = (pid_t)syscall(SYS_clone, flags, NULL, NULL, server->thread, server->thread);
  if (pid == 0) syscall(SYS_set_robust_list, server->robust, server->robust_size);
  return pid;
}

// What CProcess does between vfork and exec, as far as it is not inherited from the server.
static int become_process(const struct server *server, const struct order *order) {
  if (setsid() < 0) return errno;
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) return errno;
  // The host may have ended before the line above: no signal would come any more.
  if (getppid() != server->host) _exit(127);
  if (chdir(order->directory) < 0) return errno;
  int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (null < 0) return errno;
  if (dup2(null, 0) < 0 || dup2(order->log, 1) < 0 || dup2(order->log, 2) < 0) return errno;
  close(null);
  close(order->log);
  if (order->ruleset >= 0) {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return errno;
    if (syscall(SYS_landlock_restrict_self, order->ruleset, 0) < 0) return errno;
    close(order->ruleset);
  }
  prctl(PR_SET_NAME, server->name);
  return 0;
}

// Waits for the host's word. Where the host has closed its end with the server's answer unread, that is an error of the
// first read; what it has sent before is there for the second.
static bool may_go(int channel) {
  char go;
  ssize_t count;
  do count = read(channel, &go, 1);
  while (count < 0 && (errno == EINTR || errno == ECONNRESET));
  return count == 1;
}

// /proc/PID/environ shows what a process was started with, here the server. By its TMPDIR the host knows whose a process
// is, descendants included, so there its own is written over the server's, which has the same length.
static void show_temporary_folder(char **started_with) {
  static const char name[] = "TMPDIR=";
  for (char **shown = started_with; *shown; shown++) {
    if (strncmp(*shown, name, sizeof name - 1) != 0) continue;
    for (char **own = variables; *own; own++) {
      if (strncmp(*own, name, sizeof name - 1) == 0 && strlen(*own) == strlen(*shown))
        memcpy(*shown, *own, strlen(*own));
    }
  }
}

// MARK: The server

static bool is_server(char **environment) {
  for (; *environment; environment++)
    if (strcmp(*environment, "ZOETROPE_FORK_SERVER=1") == 0) return true;
  return false;
}

// Finds out what forking needs. Returns 0, or the errno that every order is answered with.
static int prepare(struct server *server) {
  server->host = getppid();
  if (prctl(PR_GET_NAME, server->name) < 0) return errno;
  prctl(PR_SET_NAME, "fork-server");
  struct stat threads;
  if (stat("/proc/self/task", &threads) < 0) return errno;
  if (threads.st_nlink != 3) return EBUSY; // `.`, `..` and a thread
  if (prctl(PR_GET_TID_ADDRESS, &server->thread) < 0) return errno;
  if (server->thread == NULL || *server->thread != getpid()) return ENOSYS;
  if (syscall(SYS_get_robust_list, 0, &server->robust, &server->robust_size) < 0) return errno;
  return 0;
}

// Runs after everything is loaded and before any constructor, so that nothing of a library has begun when a process is
// forked: no threads, no caches of process numbers, no seeds of random numbers.
static void serve(int argc, char **argv, char **environment) {
  (void)argc, (void)argv;
  if (!is_server(environment)) return;
  struct server server = {0};
  int error = prepare(&server);
  while (true) {
    struct order order = {0};
    await_order(error, &order);
    pid_t pid = fork_for_host(&server);
    if (pid == 0) {
      int failure = become_process(&server, &order);
      answer(order.channel, 1, getpid(), failure);
      if (!may_go(order.channel) || failure != 0) _exit(127);
      close(order.channel);
      show_temporary_folder(environment);
      is_forked = true;
      return;
    }
    answer(order.channel, 0, pid < 0 ? 0 : pid, pid < 0 ? errno : 0);
    forget(&order);
  }
}

__attribute__((section(".preinit_array"), used)) static void (*const entry)(int, char **, char **) = serve;

// The C library has taken the environment from the kernel meanwhile.
__attribute__((constructor(101))) static void take_environment(void) {
  if (is_forked) environ = variables;
}

#endif
