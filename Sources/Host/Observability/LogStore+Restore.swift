import Glibc

extension LogStore {
  /// Bytes at the end of the file that are read again.
  private static let restoredBytes = 1 << 20

  /// Takes up what former runs of the host wrote last, so that links to it still lead to something. Blocks; before the first
  /// line is added.
  package func restore() {
    for line in Self.lastLines(of: path) { if let line = Self.parse(line) { keep(line) } }
  }

  /// The last whole lines.
  private static func lastLines(of path: String) -> [Substring] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return [] }
    defer { close(descriptor) }
    let size = Int(lseek(descriptor, 0, SEEK_END))
    let start = max(0, size - restoredBytes)
    let bytes = [UInt8](unsafeUninitializedCapacity: max(0, size - start)) { buffer, count in
      while count < buffer.count {
        let read = pread(descriptor, buffer.baseAddress! + count, buffer.count - count, off_t(start + count))
        if read <= 0 { break }
        count += read
      }
    }
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    return start > 0 ? Array(lines.dropFirst()) : lines
  }

  /// `2026-11-27T13:01:49.159Z FUNCTION-a2db7cf3 REQUEST text`, with `-` for no request.
  private static func parse(_ line: Substring) -> Line? {
    let parts = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count == 4, let time = milliseconds(parts[0]) else { return nil }
    let function = parts[1].lastIndex(of: "-").map { parts[1][..<$0] } ?? parts[1]
    return Line(
      cursor: 0, time: time, function: String(function), requestID: parts[2] == "-" ? nil : String(parts[2]),
      environment: String(parts[1]), text: String(parts[3]))
  }

  /// Since 1970, of `2026-11-27T13:01:49.159Z`. A formatter would take longer than everything else here.
  private static func milliseconds(_ text: Substring) -> Int64? {
    let digits = text.utf8.split { !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    let numbers = digits.compactMap { Int64(String(decoding: $0, as: UTF8.self)) }
    guard numbers.count == 7, text.utf8.count == 24, text.hasSuffix("Z"), (1...12).contains(numbers[1]) else {
      return nil
    }
    // Days of the proleptic Gregorian calendar, with years that begin in March.
    let year = numbers[1] > 2 ? numbers[0] : numbers[0] - 1
    let month = (numbers[1] + 9) % 12
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + numbers[2] - 1 - 719_468
    return (((days * 24 + numbers[3]) * 60 + numbers[4]) * 60 + numbers[5]) * 1000 + numbers[6]
  }
}
