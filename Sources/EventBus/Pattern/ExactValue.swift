import Glibc
import Core

/// A scalar as patterns compare it: strings byte by byte (`String`'s own equality takes differently composed characters
/// for equal), numbers by value, so that `300` equals `300.0`.
enum ExactValue: Hashable, Sendable {
  case null
  case bool(Bool)
  case integer(Int64)
  case number(Double)
  case string(ExactString)

  /// Arrays and objects are not scalars; they equal nothing that a pattern can hold.
  init(_ value: JSONValue) {
    self =
      switch value {
      case .bool(let value): .bool(value)
      case .integer(let value): .integer(value)
      case .number(let value): Int64(exactly: value).map(ExactValue.integer) ?? .number(value)
      case .string(let value): .string(ExactString(value))
      case .null: .null
      case .array, .object: .number(.nan)
      }
  }
}

/// A string that equals another only where the bytes are the same.
struct ExactString: Hashable, Sendable {
  let text: String

  init(_ text: String) { self.text = text }

  static func == (left: ExactString, right: ExactString) -> Bool {
    left.withBytes { left in
      right.withBytes { right in
        left.count == right.count && (left.isEmpty || memcmp(left.baseAddress!, right.baseAddress!, left.count) == 0)
      }
    }
  }

  func hash(into hasher: inout Hasher) {
    withBytes { hasher.combine(bytes: $0) }
  }

  /// Whole buffers are compared and hashed many times faster than the characters of a view.
  private func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    let result = text.utf8.withContiguousStorageIfAvailable { body(UnsafeRawBufferPointer($0)) }
    if let result { return result }
    return Array(text.utf8).withUnsafeBytes(body)
  }
}
