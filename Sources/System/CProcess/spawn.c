#define _GNU_SOURCE
#include "CProcess.h"

#if defined(__linux__)

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_landlock_restrict_self
#define SYS_landlock_restrict_self 446
#endif

// What a program may have after exec, if this process is root: of all capabilities those that pass over files' permissions,
// because its own files may belong to another user. Other users have none already, and nothing fails.
static void limit_capabilities(void) {
  for (int number = 0; prctl(PR_CAPBSET_READ, number, 0, 0, 0) >= 0; number++) {
    if (number != CAP_DAC_OVERRIDE && number != CAP_DAC_READ_SEARCH) prctl(PR_CAPBSET_DROP, number, 0, 0, 0);
  }
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  // What is inheritable would be kept.
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];
  if (syscall(SYS_capget, &header, sets) != 0) return;
  for (int n = 0; n < _LINUX_CAPABILITY_U32S_3; n++) sets[n].inheritable = 0;
  syscall(SYS_capset, &header, sets);
}

// Runs between vfork and exec, in the parent's memory: async-signal-safe calls only, nothing of the parent is changed
// but `*failure`.
static void run_child(const struct cprocess_request *request, pid_t parent, volatile int *failure) {
  struct sigaction standard = {.sa_handler = SIG_DFL};
  for (int number = 1; number < NSIG; number++) sigaction(number, &standard, NULL);

  if (setsid() < 0) goto failed;
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) goto failed;
  // The parent may have ended before the line above: no signal would come any more.
  if (getppid() != parent) _exit(127);
  if (chdir(request->directory) < 0) goto failed;

  int input = request->input;
  if (input < 0) input = open("/dev/null", O_RDONLY);
  if (input < 0) goto failed;
  if (dup2(input, 0) < 0) goto failed;
  if (dup2(request->output, 1) < 0 || dup2(request->output, 2) < 0) goto failed;
  if (request->is_confined) {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) goto failed;
    limit_capabilities();
  }
  if (request->ruleset >= 0 && syscall(SYS_landlock_restrict_self, request->ruleset, 0) < 0) goto failed;
  // Descriptors opened by others without O_CLOEXEC must not leak. Kernels before 5.9 lack the call; then O_CLOEXEC,
  // which everything of ours sets, has to do.
  syscall(SYS_close_range, 3u, ~0u, 0u);

  struct rlimit files;
  if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur > request->open_files) {
    files.rlim_cur = request->open_files;
    setrlimit(RLIMIT_NOFILE, &files);
  }
  struct rlimit core = {0, 0};
  setrlimit(RLIMIT_CORE, &core);

  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  execve(request->executable, request->arguments, request->environment);
failed:
  *failure = errno;
  _exit(127);
}

int cprocess_spawn(const struct cprocess_request *request, pid_t *pid, int *pidfd) {
  volatile int failure = 0;
  pid_t parent = getpid();
  sigset_t all, before;
  sigfillset(&all);
  // No signal handler of the parent may run in the child while it borrows the parent's memory.
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pid_t child = vfork();
  if (child == 0) run_child(request, parent, &failure);
  int error = child < 0 ? errno : failure;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (child < 0) return error;
  if (error != 0) {
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
    return error;
  }
  // The child cannot vanish before it is waited for, so its number cannot be another process's yet.
  int descriptor = (int)syscall(SYS_pidfd_open, child, 0);
  if (descriptor < 0) {
    error = errno;
    kill(-child, SIGKILL);
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
    return error;
  }
  *pid = child;
  *pidfd = descriptor;
  return 0;
}

int cprocess_pipe(int ends[2]) {
  if (pipe2(ends, O_CLOEXEC) != 0) return errno;
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return 0;
}

unsigned long cprocess_trim_memory(unsigned long spare) {
  // Chunks at the top of the arenas, and within them: `malloc_trim` gives back both.
  unsigned long kept = mallinfo2().fordblks;
  if (kept > spare) malloc_trim(0);
  return kept;
}

unsigned long cprocess_raise_open_files(void) {
  struct rlimit files;
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return 0;
  files.rlim_cur = files.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &files) != 0) getrlimit(RLIMIT_NOFILE, &files);
  return files.rlim_cur;
}

#endif
