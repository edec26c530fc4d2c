import CXXHash

/// An xxHash of bytes that arrive in pieces, with seed 0. One owner at a time; not `Sendable`.
///
/// https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md
final class XXHashStream {
  enum Kind {
    case xxh64, xxh3, xxh128
  }

  private let kind: Kind
  private let state: UnsafeMutableRawPointer

  init(_ kind: Kind) {
    self.kind = kind
    // Only exhausted memory makes it fail, from which a caller could not go on.
    guard let state = kind == .xxh64 ? zt_xxh64_new() : zt_xxh3_new(kind == .xxh128 ? 1 : 0) else {
      fatalError("there is no memory for an xxHash")
    }
    self.state = state
  }

  deinit {
    if kind == .xxh64 { zt_xxh64_free(state) } else { zt_xxh3_free(state) }
  }

  func update(_ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress else { return }
    if kind == .xxh64 {
      zt_xxh64_update(state, start, bytes.count)
    } else {
      zt_xxh3_update(state, kind == .xxh128 ? 1 : 0, start, bytes.count)
    }
  }

  /// In the canonical form: most significant byte first.
  func finalize() -> [UInt8] {
    switch kind {
    case .xxh64: return bigEndian(zt_xxh64_digest(state))
    case .xxh3: return bigEndian(zt_xxh3_64_digest(state))
    case .xxh128:
      var (high, low) = (UInt64(0), UInt64(0))
      zt_xxh3_128_digest(state, &high, &low)
      return bigEndian(high) + bigEndian(low)
    }
  }

  private func bigEndian(_ value: UInt64) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { [UInt8]($0) } }
}
