/// Where an output's bytes go, in order.
package protocol AudioSink: AnyObject {
  /// Takes the next bytes; blocks until there is room.
  func write(_ bytes: UnsafeRawBufferPointer) throws
}

/// A sink whose earlier bytes can still be changed.
package protocol PatchableSink: AudioSink {
  func overwrite(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws
}

extension AudioSink {
  package func write(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try write($0) } }
}

extension PatchableSink {
  package func overwrite(_ bytes: [UInt8], at offset: Int64) throws {
    try bytes.withUnsafeBytes { try overwrite($0, at: offset) }
  }
}
