import Synchronization

/// Something to be done once at the end of an answer, even of one that is dropped before it is sent.
final class Release: Sendable {
  private let body: Mutex<(@Sendable () -> Void)?>

  init(_ body: @escaping @Sendable () -> Void) { self.body = Mutex(body) }

  func callAsFunction() {
    let body = body.withLock { body in
      defer { body = nil }
      return body
    }
    body?()
  }

  deinit { self() }
}
