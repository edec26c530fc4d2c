import CVips

/// When decoding has to end; decoders look at it between rows.
///
/// `@unchecked Sendable`: the moment is read and changed atomically.
final class Deadline: @unchecked Sendable {
  private let moment: UnsafeMutablePointer<Int64>

  init(after limit: Duration) {
    moment = .allocate(capacity: 1)
    moment.initialize(to: Int64(g_get_monotonic_time()) + Int64(limit / .microseconds(1)))
  }

  deinit { moment.deallocate() }

  private var hasPassed: Bool { zt_vips_has_passed(moment) != 0 }

  /// Makes now the deadline, from any thread.
  func pass() { zt_vips_stop_now(moment) }

  /// What is made of the image stops at the deadline.
  func guarding(_ image: Picture) { zt_vips_stop_at(image.handle, moment) }

  /// Any failure after the deadline is the deadline's.
  func checking<Value>(_ body: () throws(ImageError) -> Value) throws(ImageError) -> Value {
    do {
      let value = try body()
      return value
    } catch {
      if hasPassed, error.reason == .invalid || error.reason == .failed {
        throw ImageError(.timedOut, "the image took longer than it may: \(error.message)")
      }
      throw error
    }
  }
}
