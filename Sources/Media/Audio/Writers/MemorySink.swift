/// A sink for what is small: headers.
package final class MemorySink: PatchableSink {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  package func write(_ bytes: UnsafeRawBufferPointer) { self.bytes.append(contentsOf: bytes) }

  package func overwrite(_ bytes: UnsafeRawBufferPointer, at offset: Int64) {
    self.bytes.replaceSubrange(Int(offset)..<(Int(offset) + bytes.count), with: bytes)
  }
}
