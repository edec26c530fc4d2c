#ifndef ZOETROPE_CPROCESS_H
#define ZOETROPE_CPROCESS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/types.h>

/// What a child process starts with. Every pointer stays the caller's.
struct cprocess_request {
  const char *executable;
  char *const *arguments;   // NULL-terminated, the program's name first
  char *const *environment; // NULL-terminated "NAME=value"
  const char *directory;    // working directory
  int input;                // becomes standard input; below 0 for /dev/null
  int output;               // becomes standard output and standard error
  unsigned open_files;      // soft limit of open descriptors of the child
  int is_confined;          // nothing that it runs gains privileges (PR_SET_NO_NEW_PRIVS), and it is without capabilities
  int ruleset;              // what cprocess_ruleset made, for a child that is confined; below 0 for none
};

/// Starts a child in a session and process group of its own: no other descriptor is inherited, signals are at their defaults, and it is killed when the calling *thread* ends (PR_SET_PDEATHSIG), so the
/// caller must be a thread that lives as long as the host.
///
/// Returns 0 and sets `pid` and `pidfd`, or returns the errno of the step that failed.
int cprocess_spawn(const struct cprocess_request *request, pid_t *pid, int *pidfd);

/// Makes a pipe that no child inherits; reading from `ends[0]` does not block. Returns 0 or an errno.
int cprocess_pipe(int ends[2]);

/// Makes two connected sockets (AF_UNIX, SOCK_SEQPACKET) that no child inherits; `ends[0]` does not block. Returns 0 or an
/// errno.
int cprocess_socketpair(int ends[2]);

/// Sends an order to a fork server (CForkServer.h has the format) without waiting. The descriptors stay the caller's.
/// `ruleset`: what cprocess_ruleset made, or below 0. Returns 0 or an errno: EAGAIN where the server has orders enough,
/// EMSGSIZE where this one is too long.
int cprocess_order(int server, const char *bytes, size_t length, int output, int channel, int ruleset);

/// The version of Landlock that the kernel has, from 1; 0 where it has none or may not be asked.
int cprocess_landlock_version(void);

/// Makes a set of Landlock rules: a process that is confined by it reads and runs what is beneath the first paths, does
/// everything beneath the second ones, may write into the third ones, which are files, and reaches nothing else. Paths that
/// do not exist are passed over. The arrays end with NULL.
///
/// Sets `ruleset` and returns 0, or returns an errno.
int cprocess_ruleset(
  char *const *readable, char *const *writable, char *const *devices, int *ruleset);

/// What is said of an order.
struct cprocess_answer {
  int32_t stage; // 0: the process was made; 1: it is ready and waits for a byte before it goes on
  int32_t pid;   // 0 where none was made
  int32_t error; // an errno, or 0
};

/// Takes one answer from the channel of an order. Returns 1, 0 if there is none yet, or -1 if none will come.
int cprocess_hear(int channel, struct cprocess_answer *answer);

/// Lets a process that is ready go on. Returns 0 or an errno.
int cprocess_let_go(int channel);

/// Opens a descriptor of a process that another process says was made for the calling process. Returns 0 and sets `pidfd`, or an
/// errno: ECHILD where it is no child of the calling process.
int cprocess_adopt(pid_t pid, int *pidfd);

/// Raises the soft limit of open descriptors to the hard one; returns the limit now in force.
unsigned long cprocess_raise_open_files(void);

/// Gives memory back to the system that was freed and is kept for later, if there is more of it than `spare` bytes. Returns
/// how much there was.
unsigned long cprocess_trim_memory(unsigned long spare);

/// Takes the pages of code and constants of this program and its libraries out of its memory. What runs on comes back page by
/// page from the system's cache of files; what only the start needed does not.
void cprocess_release_code(void);

#endif
