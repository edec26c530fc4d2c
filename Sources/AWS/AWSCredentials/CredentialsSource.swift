package import FoundationEssentials
import Core
package import SigV4

/// Credentials that are good for a while.
package struct TemporaryCredentials: Sendable, Equatable {
  package var credentials: Credentials
  /// nil: they do not expire.
  package var expiration: Date?

  package init(credentials: Credentials, expiration: Date?) {
    self.credentials = credentials
    self.expiration = expiration
  }

  /// Reads the document that containers' and instances' endpoints answer with.
  ///
  /// - Throws: `CredentialsError` naming what is missing; never with what is there, which is secret.
  init(document: [UInt8], from address: String) throws(CredentialsError) {
    guard let json = try? JSON.decode(JSONValue.self, from: document), json.objectValue != nil else {
      throw .answer(address, "must be a JSON object")
    }
    if let code = json["Code"]?.stringValue, code != "Success" {
      throw .answer(address, "has the code '\(code.prefix(80))', expected 'Success'")
    }
    guard let key = json["AccessKeyId"]?.stringValue, let secret = json["SecretAccessKey"]?.stringValue, !key.isEmpty,
      !secret.isEmpty
    else { throw .answer(address, "must have AccessKeyId and SecretAccessKey") }
    var expiration: Date?
    if let text = json["Expiration"]?.stringValue {
      guard let date = Date(iso8601: text) else {
        throw .answer(address, "must have an Expiration like '2026-11-21T14:20:00Z', found '\(text.prefix(40))'")
      }
      expiration = date
    }
    self.init(
      credentials: Credentials(accessKeyID: key, secretAccessKey: secret, sessionToken: json["Token"]?.stringValue),
      expiration: expiration)
  }
}

/// Something that gives out credentials which expire.
package protocol CredentialsSource: Sendable {
  /// - Throws: a `ClassifiedError`.
  func fetch() async throws -> TemporaryCredentials
}

/// No credentials could be had.
package struct CredentialsError: ClassifiedError, Equatable {
  package let message: String
  package let isRetryable: Bool
  package var code: String { "CredentialsUnavailable" }

  init(_ message: String, isRetryable: Bool = true) {
    self.message = message
    self.isRetryable = isRetryable
  }

  static func answer(_ address: String, _ what: String) -> CredentialsError {
    CredentialsError("the answer of \(address) \(what)")
  }
}
