import Core
import Encodings

/// How far the local time of a place is ahead of UTC, at any time.
///
/// Read from the system's time zone database (`/usr/share/zoneinfo`) rather than by Foundation's `TimeZone`, which would
/// add ICU's 50 MB to the program.
package struct TimeZoneRules: Sendable, Equatable {
  /// Ascending; each holds from its time on.
  let transitions: [Transition]
  /// Seconds before the first transition.
  let initialOffset: Int
  /// What holds after the last transition.
  let tail: RecurringOffset?

  struct Transition: Sendable, Equatable {
    /// Seconds since 1970.
    let time: Int64
    /// Seconds that local time is ahead of UTC.
    let offset: Int
  }

  package static let utc = TimeZoneRules(transitions: [], initialOffset: 0, tail: nil)

  /// The zone of that name in the time zone database, `Europe/Berlin` say. Blocks while a file is read.
  ///
  /// - Throws: `ScheduleError` if there is none.
  package static func named(_ name: String, database: String = "/usr/share/zoneinfo") throws(ScheduleError)
    -> TimeZoneRules
  {
    if ["UTC", "Etc/UTC", "GMT"].contains(name) { return .utc }
    let isName =
      (1...64).contains(name.utf8.count) && !name.hasPrefix("/") && !name.contains("..")
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"):
          true
        default: "/_+-".utf8.contains(byte)
        }
      }
    guard isName, let bytes = read("\(database)/\(name)"), let rules = TZifReader.read(bytes) else {
      throw ScheduleError(
        "must be a name of the time zone database such as Europe/Berlin, found '\(name.prefix(80))'; "
          + "a machine without \(database) knows UTC only")
    }
    return rules
  }

  private static func read(_ path: String) -> [UInt8]? {
    guard let file = try? FileByteSource(path: path), file.size <= 1 << 20 else { return nil }
    defer { file.close() }
    var bytes = [UInt8](repeating: 0, count: Int(file.size))
    let count = bytes.withUnsafeMutableBytes { try? file.read(at: 0, into: $0) }
    return count == bytes.count ? bytes : nil
  }

  /// Seconds that local time is ahead of UTC.
  ///
  /// - Parameter time: seconds since 1970.
  package func offset(at time: Int64) -> Int {
    if let last = transitions.last, time >= last.time { return tail?.offset(at: time) ?? last.offset }
    if transitions.isEmpty { return tail?.offset(at: time) ?? initialOffset }
    var (low, high) = (0, transitions.count)
    while low < high {
      let middle = (low + high) / 2
      if transitions[middle].time <= time { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? initialOffset : transitions[low - 1].offset
  }

  /// When clocks first show that local time; `nil` if they skip it.
  ///
  /// - Parameter local: the local date and time as seconds, as if it were UTC.
  func firstInstant(ofLocalSeconds local: Int64) -> Int64? {
    let offsets = [offset(at: local - 86_400), offset(at: local + 86_400)]
    return offsets.map { local - Int64($0) }.filter { instant in
      instant + Int64(offset(at: instant)) == local
    }.min()
  }
}
