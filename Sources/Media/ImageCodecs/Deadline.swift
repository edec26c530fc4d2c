import CVips

/// When decoding has to end; decoders look at it between rows.
final class Deadline {
  private let moment: UnsafeMutablePointer<Int64>

  init(after limit: Duration) {
    moment = .allocate(capacity: 1)
    moment.initialize(to: Int64(g_get_monotonic_time()) + Int64(limit / .microseconds(1)))
  }

  deinit { moment.deallocate() }

  private var hasPassed: Bool { Int64(g_get_monotonic_time()) > moment.pointee }

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
