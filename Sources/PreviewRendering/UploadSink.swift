import Dispatch
import Media
package import PreviewJob
import RuntimeCore
import Synchronization

/// Takes pictures from the renderer's threads and uploads them while rendering goes on.
///
/// At most `concurrency` uploads are under way; past that the renderer waits, which bounds memory. The first failed
/// upload ends the rendering with its error.
package final class UploadSink: ClipSink {
  private let writer: OutputWriter
  private let names: OutputNames
  private let start: Int
  private let concurrency: Int
  private let slots: DispatchSemaphore
  private let state = Mutex(State())

  private struct State {
    var failure: (any Error)?
    var gifBytes = 0
    var stillBytes: [Int: Int] = [:]
  }

  package init(writer: OutputWriter, names: OutputNames, start: Int, concurrency: Int) {
    self.writer = writer
    self.names = names
    self.start = start
    self.concurrency = max(1, concurrency)
    slots = DispatchSemaphore(value: self.concurrency)
  }

  package func still(number: Int, jpeg: [UInt8]) throws {
    state.withLock { $0.stillBytes[number] = jpeg.count }
    try upload(jpeg, as: names.still(start: start, number: number), contentType: "image/jpeg")
  }

  package func gif(_ bytes: [UInt8]) throws {
    state.withLock { $0.gifBytes = bytes.count }
    try upload(bytes, as: names.gif(start: start), contentType: "image/gif")
  }

  private func upload(_ bytes: [UInt8], as key: String, contentType: String) throws {
    slots.wait()
    if let failure = state.withLock({ $0.failure }) {
      slots.signal()
      throw failure
    }
    Task {
      do {
        try await writer.put(bytes, as: key, contentType: contentType)
      } catch {
        state.withLock { $0.failure = $0.failure ?? error }
      }
      slots.signal()
    }
  }

  /// Blocks until every upload has ended; to be called once, from a thread of one's own, also after a failed rendering.
  ///
  /// - Throws: the first upload's failure.
  package func drain() throws {
    for _ in 0..<concurrency { slots.wait() }
    for _ in 0..<concurrency { slots.signal() }
    if let failure = state.withLock({ $0.failure }) { throw failure }
  }

  /// Bytes of the GIF, and of each still in order.
  package var written: (gif: Int, stills: [Int]) {
    state.withLock { state in (state.gifBytes, state.stillBytes.sorted { $0.key < $1.key }.map(\.value)) }
  }
}
