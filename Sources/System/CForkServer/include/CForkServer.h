#ifndef ZOETROPE_CFORKSERVER_H
#define ZOETROPE_CFORKSERVER_H

// Nothing here is called. A program that links this can be started as a *fork server* of itself: a process that has
// loaded the program's libraries, has run nothing of them, and of which a host has further processes forked, which then
// share what loading wrote to and are there at once. In every other process it does nothing.
//
// - The program says that it can in an ELF note: owner "Zoetrope", type 1, whose four bytes are the version below.
// - The server is started with the variable ZOETROPE_FORK_SERVER=1 (the version) and a socket as standard input
//   (AF_UNIX, SOCK_SEQPACKET). It ends when the other end is closed.
// - A message there is an order: strings, each ended by a NUL, first the working directory, then the whole environment;
//   with it two descriptors (SCM_RIGHTS): what becomes standard output and error, and one end of a second such socket. A
//   third one is a set of Landlock rules, which the process is then confined by.
// - There the server says what it has made and the process when it is ready, by a `cforkserver_answer` each. The process
//   goes on when it reads a byte, and ends when there will be none.
// - The process is a child of the thread that has started the server, leads a session of its own, is killed when that
//   thread ends, and runs the program from its beginning. Libraries' constructors, which run then, see the variables
//   that the server was started with; everything later sees those of the order.

#define CFORKSERVER_VERSION 1

#endif
