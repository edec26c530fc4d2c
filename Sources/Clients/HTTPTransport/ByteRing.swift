/// A ring of bytes of fixed capacity. Pages are only touched as bytes come, so a large capacity is cheap.
///
/// Its owner's lock guards it; that is what `@unchecked` stands for.
final class ByteRing: @unchecked Sendable {
  private let storage: UnsafeMutableRawBufferPointer
  private var start = 0
  private(set) var count = 0

  init(capacity: Int) {
    storage = .allocate(byteCount: capacity, alignment: 16)
  }

  deinit {
    storage.deallocate()
  }

  /// Appends all of `bytes`, or nothing.
  ///
  /// - Returns: whether there was room.
  func append(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard count + bytes.count <= storage.count else { return false }
    let end = (start + count) % storage.count
    let first = min(bytes.count, storage.count - end)
    copy(bytes[..<first], to: storage[end...])
    copy(bytes[first...], to: storage[...])
    count += bytes.count
    return true
  }

  /// Moves as many bytes as fit into `buffer`, oldest first.
  ///
  /// - Returns: how many.
  func remove(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    let total = min(count, buffer.count)
    let first = min(total, storage.count - start)
    copy(UnsafeRawBufferPointer(storage)[start..<(start + first)], to: buffer[...])
    copy(UnsafeRawBufferPointer(storage)[..<(total - first)], to: buffer[first...])
    start = (start + total) % storage.count
    count -= total
    return total
  }

  func removeAll() {
    start = 0
    count = 0
  }

  private func copy(_ source: Slice<UnsafeRawBufferPointer>, to target: Slice<UnsafeMutableRawBufferPointer>) {
    guard !source.isEmpty else { return }
    UnsafeMutableRawBufferPointer(rebasing: target).copyMemory(from: UnsafeRawBufferPointer(rebasing: source))
  }
}
