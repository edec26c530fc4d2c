import FunctionHost

/// Passes a function's log on to standard error, where a platform collects it.
struct StandardErrorObserver: HostObserver {
  func log(_ line: LogLine) { Terminal.write(line.text + "\n", to: 2) }
}
