import Checksums

/// A message of `application/vnd.amazon.eventstream`: how AWS frames events in a response that goes on.
///
/// https://smithy.io/2.0/aws/amazon-eventstream.html
enum EventStreamMessage {
  static let contentType = "application/vnd.amazon.eventstream"

  /// - Parameters:
  ///   - type: the event's name, at most 64 KiB.
  ///   - payload: below 16 MiB.
  static func event(_ type: String, contentType: String, payload: [UInt8]) -> [UInt8] {
    let headers = [(":event-type", type), (":content-type", contentType), (":message-type", "event")]
      .flatMap { header($0.0, $0.1) }
    var message = bigEndian(UInt32(16 + headers.count + payload.count)) + bigEndian(UInt32(headers.count))
    message += crc(message)
    message += headers
    message += payload
    return message + crc(message)
  }

  private static func header(_ name: String, _ value: String) -> [UInt8] {
    // Type 7 is a string, whose length has two bytes.
    [UInt8(name.utf8.count)] + Array(name.utf8) + [7] + bigEndian(UInt16(value.utf8.count)) + Array(value.utf8)
  }

  private static func crc(_ bytes: [UInt8]) -> [UInt8] {
    let stream = ChecksumStream(.crc32)
    stream.update(bytes)
    return stream.finalize()
  }

  private static func bigEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.bigEndian) { [UInt8]($0) }
  }
}
