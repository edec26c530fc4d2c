/* Linked into the packaged functions: what lets them run without anything but themselves. */
#include <nss.h>
#include <stdlib.h>
#include <unistd.h>

/* After CForkServer's, which replaces the environment. */
__attribute__((constructor(102))) static void stand_alone(void) {
  /* Host names are looked up by /etc/hosts and DNS, which are part of the C library, whatever /etc/nsswitch.conf says:
     what it names on Amazon Linux are shared libraries for another version of the C library than the one linked in. */
  __nss_configure_lookup("hosts", "files dns");
  /* Where Swift's runtime would find helpers of its own. Left to find out by itself, it aborts without /proc. */
  setenv("SWIFT_ROOT", "/var/task", 0);
}

/* Dispatch watches its workers through /proc, to start more of them while some are blocked, and aborts if there is
   none. There it goes without, as nothing here blocks its workers. */
void __real__dispatch_workq_worker_register(void *queue);

void __wrap__dispatch_workq_worker_register(void *queue) {
  if (access("/proc/self/stat", R_OK) == 0) __real__dispatch_workq_worker_register(queue);
}
