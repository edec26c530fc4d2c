import Checksums
package import Core

/// Tells whether a user name and a password are the right ones by a bcrypt hash.
///
/// A check keeps a core busy for about a second, so one runs at a time, on a thread of its own. The pair that was right is
/// remembered by a digest, so further requests with it cost nothing and wait for nothing.
package actor PasswordCheck {
  package enum Answer: Sendable, Equatable {
    case right
    case wrong
    /// Not looked at: too many were wrong, or too many wait.
    case refused
  }

  /// Checks that wait for the one that runs.
  private static let maximumWaiting = 8

  private let username: String
  private let matches: @Sendable (_ password: String) -> Bool
  private let now: @Sendable () -> ContinuousClock.Instant
  /// Of this process, so that the remembered digest says nothing elsewhere.
  private let salt = RequestID.make()
  private var remembered: [UInt8]?
  private var budget = FailureBudget()
  private var isChecking = false
  private var waiting: [CheckedContinuation<Void, Never>] = []

  package init(username: String, hash: BcryptHash) {
    self.init(username: username, matches: { hash.matches($0) })
  }

  /// - Parameter matches: blocks.
  package init(
    username: String, matches: @escaping @Sendable (_ password: String) -> Bool,
    now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
  ) {
    self.username = username
    self.matches = matches
    self.now = now
  }

  /// - Parameter address: the caller's.
  /// - Throws: `DedicatedThread.StartError`.
  package func check(username: String, password: String, from address: String) async throws -> Answer {
    let digest = Digest.sha256(Array("\(salt)\0\(username)\0\(password)".utf8))
    if isRemembered(digest) { return .right }
    guard budget.admits(address, now: now()), waiting.count < Self.maximumWaiting else { return .refused }
    await begin()
    defer { end() }
    // While this one waited, the others may have learnt something.
    if isRemembered(digest) { return .right }
    guard budget.admits(address, now: now()) else { return .refused }
    let isUser = ConstantTime.equal(Digest.sha256(Array(username.utf8)), Digest.sha256(Array(self.username.utf8)))
    let matches = matches
    // For a wrong name too, or the time would tell which names are right.
    let isPassword = try await DedicatedThread.run(name: "password") { matches(password) }
    guard isUser, isPassword else {
      budget.failed(address, now: now())
      return .wrong
    }
    remembered = digest
    return .right
  }

  private func isRemembered(_ digest: [UInt8]) -> Bool {
    remembered.map { ConstantTime.equal($0, digest) } ?? false
  }

  private func begin() async {
    guard isChecking else {
      isChecking = true
      return
    }
    await withCheckedContinuation { waiting.append($0) }
  }

  /// The next one takes over; `isChecking` stays.
  private func end() {
    if waiting.isEmpty { isChecking = false } else { waiting.removeFirst().resume() }
  }
}
