import CZlib

/// Decompresses one deflated entry piece by piece. One owner; not `Sendable`.
final class Inflater {
  private var stream = z_stream()
  private var output = [UInt8](repeating: 0, count: 128 << 10)
  private(set) var isComplete = false

  init() {
    // Only exhausted memory makes it fail.
    precondition(czlib_inflate_init_raw(&stream) == Z_OK, "zlib cannot start")
  }

  deinit {
    inflateEnd(&stream)
  }

  /// Feeds compressed bytes; `take` gets what comes out of them.
  ///
  /// - Throws: `CodeArchiveError` where the bytes are not deflated data, and what `take` throws.
  func feed(
    _ input: [UInt8], take: (UnsafeRawBufferPointer) throws(CodeArchiveError) -> Void
  ) throws(CodeArchiveError) {
    var input = input
    var used = 0
    while used < input.count, !isComplete {
      let (status, consumed, produced) = step(&input, from: used)
      used += consumed
      switch status {
      case Z_OK, Z_BUF_ERROR: break
      case Z_STREAM_END: isComplete = true
      default: throw .damaged("an entry's content is not deflated data")
      }
      let failure: CodeArchiveError? = output.withUnsafeBytes { bytes in
        do throws(CodeArchiveError) {
          try take(UnsafeRawBufferPointer(rebasing: bytes[..<produced]))
          return nil
        } catch {
          return error
        }
      }
      if let failure { throw failure }
      if consumed == 0, produced == 0, !isComplete { throw .damaged("an entry's content is not deflated data") }
    }
  }

  private func step(_ input: inout [UInt8], from start: Int) -> (status: Int32, consumed: Int, produced: Int) {
    input.withUnsafeMutableBufferPointer { input in
      output.withUnsafeMutableBufferPointer { output in
        stream.next_in = input.baseAddress! + start
        stream.avail_in = UInt32(input.count - start)
        stream.next_out = output.baseAddress
        stream.avail_out = UInt32(output.count)
        let status = inflate(&stream, Z_NO_FLUSH)
        return (status, input.count - start - Int(stream.avail_in), output.count - Int(stream.avail_out))
      }
    }
  }
}
