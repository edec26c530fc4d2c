import FoundationEssentials
import Glibc

/// Memory of this process.
enum MemoryUse {
  /// Resident bytes; `nil` if the system does not tell.
  static func resident() -> Int64? {
    guard let text = try? String(contentsOf: URL(filePath: "/proc/self/statm"), encoding: .utf8) else { return nil }
    let fields = text.split(separator: " ")
    return fields.count > 1 ? Int64(fields[1]).map { $0 * Int64(sysconf(Int32(_SC_PAGESIZE))) } : nil
  }
}
