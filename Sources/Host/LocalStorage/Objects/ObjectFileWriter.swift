import S3Storage
import Synchronization

/// Writes the bytes of one object into a new file, which is created with the first byte: an empty object has none.
///
/// Used by one thread at a time.
final class ObjectFileWriter: BodySink {
  private enum State {
    case empty
    case writing(name: String, file: OpenFile)
    case published([StoredFile])
    case discarded
  }

  private let files: ObjectFiles
  private let state = Mutex((State.empty, size: Int64(0)))

  init(_ files: ObjectFiles) {
    self.files = files
  }

  deinit {
    discard()
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws {
    guard !bytes.isEmpty else { return }
    let file: OpenFile? = try state.withLock { state in
      state.size += Int64(bytes.count)
      switch state.0 {
      case .empty:
        let (name, file) = try files.create()
        state.0 = .writing(name: name, file: file)
        return file
      case .writing(_, let file): return file
      case .published, .discarded: return nil
      }
    }
    try file?.write(bytes)
  }

  /// Makes what was written durable and visible to the store; to be followed by the transaction that refers to it.
  func publish() throws -> [StoredFile] {
    let (current, size) = state.withLock { $0 }
    guard case .writing(let name, let file) = current else { return [] }
    try files.publish(file)
    let stored = [StoredFile(name: name, size: size)]
    state.withLock { $0.0 = .published(stored) }
    return stored
  }

  /// Removes what was written but not published.
  func discard() {
    let name: String? = state.withLock { state in
      guard case .writing(let name, _) = state.0 else { return nil }
      state.0 = .discarded
      return name
    }
    if let name { files.discard(name) }
  }
}
