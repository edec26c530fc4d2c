import CZlib
import NIOCore

/// Bytes in gzip's format (RFC 1952), as they come.
final class Gzip {
  struct Failed: Error {}

  // zlib's state points back to where it is: it must not move.
  private let stream: UnsafeMutablePointer<z_stream>

  /// - Parameter level: 1 (fastest) to 9 (smallest).
  init(level: Int32) throws(Failed) {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    guard czlib_gzip_begin(stream, level) == Z_OK else { throw Failed() }
  }

  deinit {
    deflateEnd(stream)
    stream.deallocate()
  }

  /// - Parameter isLast: nothing comes after `bytes`.
  /// - Returns: what is ready to be sent, which may be nothing.
  func code(_ bytes: ByteBuffer, isLast: Bool) throws(Failed) -> ByteBuffer {
    var output = ByteBuffer()
    var status = Z_OK
    bytes.withUnsafeReadableBytes { source in
      let start = source.baseAddress?.assumingMemoryBound(to: UInt8.self)
      stream.pointee.next_in = UnsafeMutablePointer(mutating: start)
      stream.pointee.avail_in = UInt32(source.count)
      repeat {
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: 4096) { target in
          stream.pointee.next_out = target.baseAddress?.assumingMemoryBound(to: UInt8.self)
          stream.pointee.avail_out = UInt32(target.count)
          status = deflate(stream, isLast ? Z_FINISH : Z_NO_FLUSH)
          return target.count - Int(stream.pointee.avail_out)
        }
      } while stream.pointee.avail_out == 0
      stream.pointee.next_in = nil
    }
    // Nothing to do is no fault.
    guard status == (isLast ? Z_STREAM_END : Z_OK) || (!isLast && status == Z_BUF_ERROR) else { throw Failed() }
    return output
  }

  /// What is sent often and made once.
  ///
  /// - Returns: nil where that fails or saves nothing.
  static func compress(_ bytes: [UInt8]) -> ByteBuffer? {
    let coded = try? Gzip(level: Z_BEST_COMPRESSION).code(ByteBuffer(bytes: bytes), isLast: true)
    return coded.flatMap { $0.readableBytes < bytes.count ? $0 : nil }
  }
}
