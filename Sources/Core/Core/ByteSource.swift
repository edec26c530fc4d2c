/// A readable, seekable run of bytes of known size: a local file, or an object read by range requests.
///
/// Calls block, so they belong on threads of one's own, never on the cooperative pool. One reader at a time.
package protocol ByteSource: AnyObject, Sendable {
  /// Size in bytes, known before the first read.
  var size: Int64 { get }

  /// Reads up to `buffer.count` bytes starting at `offset`; returns how many were read, 0 only at the end.
  ///
  /// - Throws: a `ClassifiedError`; a source that was replaced since it was opened is `SourceReplaced`, not retryable.
  func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int

  /// Bytes beyond `offset` are not going to be wanted soon: what reads ahead may stop there. Only a hint.
  func limitReadAhead(to offset: Int64)

  /// Ends what is under way; later reads throw.
  func close()
}

extension ByteSource {
  package func limitReadAhead(to offset: Int64) {}
}
