/// What a `Range` header asks of an object of a certain size.
package enum RangeResult: Sendable, Equatable {
  /// No range, or one that is to be ignored: answer 200 with everything.
  case whole
  /// Answer 206 with these bytes, the last included.
  case range(ClosedRange<Int64>)
  /// Answer 416.
  case unsatisfiable
}

/// Byte ranges (RFC 9110 §14).
package struct ByteRange: Sendable {
  /// Reads a `Range` header. Like S3, one range only: several are ignored, as §14.2 allows, and so are other units and
  /// what cannot be read.
  ///
  /// - Parameter size: of the object, in bytes.
  package static func parse(_ header: String, size: Int64) -> RangeResult {
    let parts = header.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].lowercased() == "bytes" else { return .whole }
    let set = trimmed(parts[1])
    let bounds = set.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    guard bounds.count == 2, !set.contains(",") else { return .whole }
    switch (position(bounds[0]), position(bounds[1])) {
    case (.number(let first), .number(let last)):
      guard first <= last else { return .whole }
      return first < size ? .range(first...min(last, size - 1)) : .unsatisfiable
    case (.number(let first), .nothing):
      return first < size ? .range(first...(size - 1)) : .unsatisfiable
    case (.nothing, .number(let length)):
      guard length > 0, size > 0 else { return .unsatisfiable }
      return .range(max(0, size - length)...(size - 1))
    default:
      return .whole
    }
  }

  /// Reads `x-amz-copy-source-range`, which must be `bytes=first-last` and lie within the source.
  ///
  /// - Throws: `InvalidArgument` for any other form, `InvalidRange` for bytes that are not there.
  package static func parseCopySource(_ header: String, size: Int64) throws(S3Error) -> ClosedRange<Int64> {
    let bounds =
      header.hasPrefix("bytes=") ? header.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false) : []
    guard bounds.count == 2, case .number(let first) = position(bounds[0]),
      case .number(let last) = position(bounds[1]),
      first <= last
    else {
      throw S3Error(
        .invalidArgument,
        message: "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the "
          + "zero-based offsets of the first and last bytes to copy, found '\(header)'",
        extra: ["ArgumentName": "x-amz-copy-source-range", "ArgumentValue": header])
    }
    guard last < size else {
      throw S3Error(.invalidRange, message: "The range \(header) is not within the source of \(size) bytes.")
    }
    return first...last
  }

  /// The `Range` header for these bytes.
  package static func header(_ range: ClosedRange<Int64>) -> String {
    "bytes=\(range.lowerBound)-\(range.upperBound)"
  }

  /// The `Content-Range` header of a 206 answer.
  package static func contentRange(_ range: ClosedRange<Int64>, size: Int64) -> String {
    "bytes \(range.lowerBound)-\(range.upperBound)/\(size)"
  }

  /// The `Content-Range` header of a 416 answer.
  package static func unsatisfiedContentRange(size: Int64) -> String {
    "bytes */\(size)"
  }

  /// Reads the `Content-Range` header of a 206 answer; `nil` where it does not name range and size.
  package static func parseContentRange(_ header: String) -> (range: ClosedRange<Int64>, size: Int64)? {
    let parts = header.split(separator: " ")
    guard parts.count == 2, parts[0] == "bytes" else { return nil }
    let halves = parts[1].split(separator: "/", omittingEmptySubsequences: false)
    guard halves.count == 2, case .number(let size) = position(halves[1]) else { return nil }
    let bounds = halves[0].split(separator: "-", omittingEmptySubsequences: false)
    guard bounds.count == 2, case .number(let first) = position(bounds[0]),
      case .number(let last) = position(bounds[1]),
      first <= last, last < size
    else { return nil }
    return (first...last, size)
  }

  private enum Position {
    case nothing, number(Int64), malformed
  }

  /// Numbers beyond 63 bits are as good as infinite.
  private static func position(_ text: Substring) -> Position {
    let text = trimmed(text)
    if text.isEmpty { return .nothing }
    guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return .malformed }
    return .number(Int64(text) ?? .max)
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var text = text.drop { $0 == " " || $0 == "\t" }
    while text.last == " " || text.last == "\t" { text.removeLast() }
    return text
  }
}
