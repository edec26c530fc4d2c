#ifndef ZOETROPE_CPROCESS_H
#define ZOETROPE_CPROCESS_H

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/types.h>

/// What a child process starts with. Every pointer stays the caller's.
struct cprocess_request {
  const char *executable;
  char *const *arguments;   // NULL-terminated, the program's name first
  char *const *environment; // NULL-terminated "NAME=value"
  const char *directory;    // working directory
  int output;               // becomes standard output and standard error
  unsigned open_files;      // soft limit of open descriptors of the child
};

/// Starts a child in a session and process group of its own: standard input is /dev/null, no other descriptor is
/// inherited, signals are at their defaults, and it is killed when the calling *thread* ends (PR_SET_PDEATHSIG), so the
/// caller must be a thread that lives as long as the host.
///
/// Returns 0 and sets `pid` and `pidfd`, or returns the errno of the step that failed.
int cprocess_spawn(const struct cprocess_request *request, pid_t *pid, int *pidfd);

/// Makes a pipe that no child inherits; reading from `ends[0]` does not block. Returns 0 or an errno.
int cprocess_pipe(int ends[2]);

/// Raises the soft limit of open descriptors to the hard one; returns the limit now in force.
unsigned long cprocess_raise_open_files(void);

#endif
