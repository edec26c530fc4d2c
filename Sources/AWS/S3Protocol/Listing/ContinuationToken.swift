import Encodings
import Checksums

/// Where the next page of a listing begins, opaque to clients: the last key or common prefix of the page before.
package enum ContinuationToken {
  /// Says how the rest is to be read, so that a later form can be told apart.
  private static let version = UInt8(ascii: "1")

  package static func encode(last element: String) -> String {
    Base64.encode([version] + element.utf8)
  }

  /// - Throws: `InvalidArgument` where `token` was not made by `encode`.
  package static func decode(_ token: String) throws(S3Error) -> String {
    guard let bytes = Base64.decode(token), bytes.first == version, bytes.count <= 1 + ObjectKey.maximumLength,
      let element = String(validating: bytes.dropFirst(), as: UTF8.self)
    else {
      throw S3Error(
        .invalidArgument, message: "The continuation token provided is incorrect",
        extra: ["ArgumentName": "continuation-token", "ArgumentValue": String(token.prefix(200))])
    }
    return element
  }
}
