import Glibc

/// What `/proc` says about the processes of this machine.
enum ProcessTable {
  struct Entry {
    var pid: pid_t
    /// Children keep the session of the environment's first process unless they make one of their own.
    var session: pid_t
    var residentBytes: Int

    package init(pid: pid_t, session: pid_t, residentBytes: Int) {
      self.pid = pid
      self.session = session
      self.residentBytes = residentBytes
    }
  }

  /// Calls `body` for each process that can be read. A process may vanish at any moment: that is no error.
  static func forEach(_ body: (Entry) -> Void) {
    forEachPID { pid in
      if let entry = entry(pid) { body(entry) }
    }
  }

  /// Ends every process whose environment holds a variable that begins with `prefix` (`TMPDIR=/somewhere/`).
  ///
  /// What a killed host left behind is found by what it was given at its start, which cannot be confused with others as
  /// a process number could. Returns how many there were.
  static func killAll(withVariable prefix: String) -> Int {
    let own = getpid()
    var count = 0
    forEachPID { pid in
      if pid != own, entry(beginningWith: prefix, of: pid) != nil, kill(pid, SIGKILL) == 0 { count += 1 }
    }
    return count
  }

  /// A variable as the process was given it at its start; nil also where that cannot be read.
  static func variable(_ name: String, of pid: pid_t) -> String? {
    entry(beginningWith: name + "=", of: pid).map { String(decoding: $0.dropFirst(name.utf8.count + 1), as: UTF8.self) }
  }

  private static func entry(beginningWith prefix: String, of pid: pid_t) -> ArraySlice<UInt8>? {
    let wanted = Array(prefix.utf8)
    return read("/proc/\(pid)/environ", limit: 256 << 10)?.split(separator: 0).first { $0.starts(with: wanted) }
  }

  private static let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))

  private static func entry(_ pid: pid_t) -> Entry? {
    guard let text = read("/proc/\(pid)/stat", limit: 1024) else { return nil }
    // The second field, the name in brackets, may hold anything: fields are counted from its end.
    guard let close = text.lastIndex(of: UInt8(ascii: ")")) else { return nil }
    let fields = text[(close + 1)...].split(separator: UInt8(ascii: " "))
    guard fields.count > 21, let session = number(fields[3]), let pages = number(fields[21]) else { return nil }
    return Entry(pid: pid, session: pid_t(truncatingIfNeeded: session), residentBytes: pages * pageSize)
  }

  private static func number(_ field: ArraySlice<UInt8>) -> Int? {
    Int(String(decoding: field, as: UTF8.self))
  }

  private static func forEachPID(_ body: (pid_t) -> Void) {
    guard let folder = opendir("/proc") else { return }
    defer { closedir(folder) }
    while let item = readdir(folder) {
      let name = withUnsafePointer(to: &item.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if let pid = pid_t(name) { body(pid) }
    }
  }

  private static func read(_ path: String, limit: Int) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    while bytes.count < limit {
      let chunk = [UInt8](unsafeUninitializedCapacity: min(4096, limit - bytes.count)) { buffer, count in
        count = max(0, Glibc.read(descriptor, buffer.baseAddress, buffer.count))
      }
      if chunk.isEmpty { break }
      bytes.append(contentsOf: chunk)
    }
    return bytes
  }
}
