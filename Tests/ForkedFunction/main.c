// A function for tests that can be a fork server: it becomes the script that stands beside it (`function.py`), in whatever
// surroundings it was given. Before that, where $CHILD names a file, it makes a child that keeps its program, makes a
// session of its own and would run for ten minutes; its number is written there.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void make_child(const char *file) {
  pid_t child = fork();
  if (child == 0) {
    setsid();
    FILE *note = fopen(file, "w");
    fprintf(note, "%d", getpid());
    fclose(note);
    sleep(600);
    _exit(0);
  }
}

int main(int argc, char **argv) {
  (void)argc;
  const char *file = getenv("CHILD");
  if (file) make_child(file);
  execv("./function.py", argv);
  perror("function.py");
  return 1;
}
