import Media
package import PreviewJob
import RuntimeCore
import Synchronization

/// Takes pictures from the renderer's threads and uploads them while rendering goes on.
package final class UploadSink: ClipSink {
  private let queue: UploadQueue
  private let names: OutputNames
  private let start: Int
  private let state = Mutex(State())

  private struct State {
    var gifBytes = 0
    var stillBytes: [Int: Int] = [:]
  }

  package init(writer: OutputWriter, names: OutputNames, start: Int, concurrency: Int) {
    queue = UploadQueue(writer: writer, concurrency: concurrency)
    self.names = names
    self.start = start
  }

  package func still(number: Int, jpeg: [UInt8]) throws {
    state.withLock { $0.stillBytes[number] = jpeg.count }
    try queue.upload(jpeg, as: names.still(start: start, number: number), contentType: "image/jpeg")
  }

  package func gif(_ bytes: [UInt8]) throws {
    state.withLock { $0.gifBytes = bytes.count }
    try queue.upload(bytes, as: names.gif(start: start), contentType: "image/gif")
  }

  /// Blocks until every upload has ended; to be called once, from a thread of one's own, also after a failed rendering.
  ///
  /// - Throws: the first upload's failure.
  package func drain() throws { try queue.drain() }

  /// Bytes of the GIF, and of each still in order.
  package var written: (gif: Int, stills: [Int]) {
    state.withLock { state in (state.gifBytes, state.stillBytes.sorted { $0.key < $1.key }.map(\.value)) }
  }
}
