import Core
import Synchronization

/// A certain version of an object in a folder. Its file stays open, so replacing the object does not touch the reader.
final class FolderByteSource: ByteSource {
  private struct State: ~Copyable {
    var file: OpenFile?
    var isClosed = false
  }

  let size: Int64
  private let open: @Sendable () throws -> OpenFile
  private let state = Mutex(State(file: nil))

  /// - Parameter open: called with the first read.
  init(size: Int64, open: @escaping @Sendable () throws -> OpenFile) {
    self.size = size
    self.open = open
  }

  func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    try state.withLock { state in
      guard !state.isClosed else {
        throw ObjectStoreError(code: "Cancelled", message: "the source was closed", isRetryable: false)
      }
      if state.file == nil { state.file = try open() }
      guard offset >= 0, offset < size, !buffer.isEmpty else { return 0 }
      return try state.file?.read(at: offset, into: buffer) ?? 0
    }
  }

  func close() {
    state.withLock { state in
      state.isClosed = true
      state.file = nil
    }
  }
}
