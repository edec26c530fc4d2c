import Glibc
import Synchronization

/// What one process group holds in memory: the leader's peak from its `/proc/PID/status`, which is cheap and exact, and
/// the sum over the group, which the process keeper measures now and then.
package final class MemoryGauge: Sendable {
  private struct State {
    var descriptor: Int32 = -1
    var sampled: ContinuousClock.Instant?
  }

  private let state = Mutex(State())
  private let maximum = Atomic<Int>(0)
  private let active = Atomic<Bool>(true)

  package init() {}

  /// Whether the process has something to do. One that waits for work is not looked at.
  var isActive: Bool { active.load(ordering: .relaxed) }
  package func setActive(_ isActive: Bool) { active.store(isActive, ordering: .relaxed) }

  /// Highest number of bytes seen so far.
  package var maximumBytes: Int { maximum.load(ordering: .relaxed) }

  func attach(pid: pid_t) {
    let descriptor = open("/proc/\(pid)/status", O_RDONLY | O_CLOEXEC)
    state.withLock { $0.descriptor = descriptor }
  }

  func detach() {
    state.withLock { state in
      if state.descriptor >= 0 { _ = close(state.descriptor) }
      state.descriptor = -1
    }
  }

  deinit { detach() }

  func saw(bytes: Int) {
    var known = maximumBytes
    while bytes > known {
      let (exchanged, original) = maximum.compareExchange(expected: known, desired: bytes, ordering: .relaxed)
      if exchanged { return }
      known = original
    }
  }

  /// Reads the leader's peak, unless that was done within `interval`: it costs as much as a short call.
  package func sample(atLeastEvery interval: Duration = .milliseconds(50), now: ContinuousClock.Instant = .now) {
    state.withLock { state in
      guard state.descriptor >= 0 else { return }
      if let sampled = state.sampled, now - sampled < interval { return }
      state.sampled = now
      if let bytes = Self.peak(state.descriptor) { saw(bytes: bytes) }
    }
  }

  /// `VmHWM`, the peak of resident memory, in bytes.
  private static func peak(_ descriptor: Int32) -> Int? {
    withUnsafeTemporaryAllocation(byteCount: 2048, alignment: 1) { buffer in
      let count = pread(descriptor, buffer.baseAddress, buffer.count, 0)
      guard count > 0 else { return nil }
      let text = buffer[..<count]
      let label = Array("VmHWM:".utf8)
      var line = text.startIndex
      while line < text.endIndex {
        let end = text[line...].firstIndex(of: UInt8(ascii: "\n")) ?? text.endIndex
        if text[line..<end].starts(with: label) {
          var kibibytes = 0
          for byte in text[line..<end] where (0x30...0x39).contains(byte) {
            kibibytes = kibibytes * 10 + Int(byte - 0x30)
          }
          return kibibytes << 10
        }
        line = end + 1
      }
      return nil
    }
  }
}
