import FoundationEssentials

/// Base 64 with padding (RFC 4648 §4), the form of `Content-MD5` and `x-amz-checksum-*`.
package enum Base64 {
  package static func encode(_ bytes: [UInt8]) -> String {
    Data(bytes).base64EncodedString()
  }

  /// The bytes, or `nil` where `text` holds anything but the alphabet and its padding.
  package static func decode(_ text: String) -> [UInt8]? {
    Data(base64Encoded: text).map { [UInt8]($0) }
  }
}
