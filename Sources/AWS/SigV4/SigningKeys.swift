import Synchronization

/// The signing keys used last: deriving one takes four HMACs, and a client's requests of a day share theirs.
final class SigningKeys: Sendable {
  /// Clients choose scopes. For a client that uses many, keys are derived again.
  private static let capacity = 16

  /// By the bytes of secret and scope: to Swift's strings, different spellings of an accented letter are the same.
  private let keys = Mutex<[[UInt8]: SigningKey]>([:])

  func key(secret: String, scope: CredentialScope) -> SigningKey {
    let origin = [UInt8]("\(secret)\n\(scope)".utf8)
    if let known = keys.withLock({ $0[origin] }) { return known }
    let key = SigningKey(secret: secret, scope: scope)
    keys.withLock { keys in
      if keys.count >= Self.capacity { keys.removeAll(keepingCapacity: true) }
      keys[origin] = key
    }
    return key
  }
}
