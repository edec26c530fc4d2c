import CHiredis

/// An answer of a Redis server.
package enum RedisValue: Sendable, Equatable {
  case null
  case integer(Int64)
  case bytes([UInt8])
  case status(String)
  case error(String)
  case array([RedisValue])

  init(_ reply: UnsafePointer<redisReply>) {
    let reply = reply.pointee
    var bytes: [UInt8] {
      guard let text = reply.str else { return [] }
      return [UInt8](UnsafeRawBufferPointer(start: text, count: reply.len))
    }
    switch reply.type {
    case REDIS_REPLY_INTEGER: self = .integer(reply.integer)
    case REDIS_REPLY_STRING: self = .bytes(bytes)
    case REDIS_REPLY_STATUS: self = .status(String(decoding: bytes, as: UTF8.self))
    case REDIS_REPLY_ERROR: self = .error(String(decoding: bytes, as: UTF8.self))
    case REDIS_REPLY_ARRAY:
      self = .array(
        (0..<reply.elements).map { index in reply.element?[index].map { RedisValue($0) } ?? .null })
    default: self = .null
    }
  }

  package var integer: Int64? {
    switch self {
    case .integer(let number): number
    // Lua hands numbers that it read from the database on as text.
    case .bytes, .status: text.flatMap { Int64($0) }
    default: nil
    }
  }

  package var bytes: [UInt8]? {
    switch self {
    case .bytes(let bytes): bytes
    case .status(let text): Array(text.utf8)
    default: nil
    }
  }

  package var text: String? { bytes.map { String(decoding: $0, as: UTF8.self) } }

  package var array: [RedisValue]? {
    if case .array(let values) = self { values } else { nil }
  }
}
