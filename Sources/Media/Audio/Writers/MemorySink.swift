/// A sink for what is small: headers.
final class MemorySink: PatchableSink {
  private(set) var bytes: [UInt8] = []

  func write(_ bytes: UnsafeRawBufferPointer) { self.bytes.append(contentsOf: bytes) }

  func overwrite(_ bytes: UnsafeRawBufferPointer, at offset: Int64) {
    self.bytes.replaceSubrange(Int(offset)..<(Int(offset) + bytes.count), with: bytes)
  }
}
