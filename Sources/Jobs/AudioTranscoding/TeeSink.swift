import Audio

/// Gives everything to the caller, and keeps it in a file as long as that works.
final class TeeSink: AudioSink {
  private let first: any AudioSink
  private let file: FileSink
  /// Whether the file holds everything so far.
  private var isComplete = true

  init(_ first: any AudioSink, file: FileSink) {
    self.first = first
    self.file = file
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws {
    try first.write(bytes)
    guard isComplete else { return }
    do {
      try file.write(bytes)
    } catch {
      // No room to keep it is no reason not to send it.
      isComplete = false
    }
  }

  /// - Returns: whether the file holds everything.
  func finish() -> Bool {
    guard isComplete else { return false }
    do {
      try file.flush()
      return true
    } catch {
      return false
    }
  }
}
