#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What was used of the machine's processors, user and system.
package enum ProcessorTime {
  /// Seconds of all threads of this process.
  package static var ofProcess: Double { read(CLOCK_PROCESS_CPUTIME_ID) }

  /// Seconds of the calling thread.
  package static var ofThread: Double { read(CLOCK_THREAD_CPUTIME_ID) }

  private static func read(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
