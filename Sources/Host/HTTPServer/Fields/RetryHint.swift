/// What a client that came at a bad moment is told (`Retry-After`, RFC 9110 §10.2.3).
package enum RetryHint {
  /// Seconds to wait before the next try, for an answer that may be another one then; nil for all others.
  package static func seconds(status: Int) -> String? {
    status == 429 || status == 503 ? "1" : nil
  }
}
