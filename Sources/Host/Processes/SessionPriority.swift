import Glibc

/// The priority of a process that leads a session of its own.
///
/// Linux divides processors among sessions first ("autogroup", sched(7)): a nice value alone counts only among the
/// processes of its own session, so that work in the background would take as much as the whole host.
enum SessionPriority {
  /// Lowers a session leader's priority, and that of its session where the system groups sessions.
  ///
  /// - Parameter niceness: 1 to 19.
  /// - Returns: whether that was settled; `false` asks to come again in 100 ms, because users without privileges may set
  ///   one session's value in that time only. A refusal is settled, too: the function then runs all the same.
  static func lower(_ leader: pid_t, to niceness: Int) -> Bool {
    setpriority(Int32(PRIO_PROCESS.rawValue), id_t(leader), Int32(niceness))
    let file = open("/proc/\(leader)/autogroup", O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { return true }
    defer { close(file) }
    let text = Array("\(niceness)".utf8)
    return write(file, text, text.count) == text.count || errno != EAGAIN
  }
}
