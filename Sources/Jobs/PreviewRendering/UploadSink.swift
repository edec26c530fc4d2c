import Clips
package import MediaJobs
import MediaTypes
package import Previews
import Core
import Synchronization

/// Takes pictures from the renderer's threads and uploads them while rendering goes on.
package final class UploadSink: ClipSink {
  private let queue: UploadQueue
  private let names: OutputKeys
  private let start: Int
  private let strip: String
  private let limit: (bytes: Int64, setting: String)?
  private let state = Mutex(State())

  /// As many stills are sent together: a store, its disk and this process's caches serve several for little more than one.
  private let together: Int
  /// Most bytes that are held back for that.
  private static let heldLimit = 4 << 20

  private struct State {
    var gifBytes = 0
    /// Of the GIF and all stills.
    var bytes = 0
    var stillBytes: [Int: Int] = [:]
    var tiles: [Int: [UInt8]] = [:]
    var stripBytes: Int?
    var held: [(number: Int, jpeg: [UInt8])] = []
    var heldBytes = 0

    mutating func release() -> [(number: Int, jpeg: [UInt8])] {
      defer { (held, heldBytes) = ([], 0) }
      return held
    }
  }

  /// - Parameters:
  ///   - concurrency: uploads under way at a time. As many stills are sent together, so that none waits for another of
  ///     them, and the renderer for none.
  ///   - strip: key of the clip's tiles.
  ///   - limit: of the GIF and all stills together, and the setting that says so; `nil` for no limit.
  package init(
    writer: OutputWriter, names: OutputKeys, start: Int, strip: String, concurrency: Int,
    limit: (bytes: Int64, setting: String)?
  ) {
    queue = UploadQueue(writer: writer, concurrency: concurrency)
    together = concurrency
    self.names = names
    self.start = start
    self.strip = strip
    self.limit = limit
  }

  private func spend(_ bytes: Int, _ state: inout State) throws {
    state.bytes += bytes
    guard let limit, state.bytes > limit.bytes else { return }
    throw MediaError(
      .overBudget,
      "the clip's GIF and stills take more than \(limit.bytes) bytes together, the limit of \(limit.setting)")
  }

  package func still(number: Int, jpeg: [UInt8]) throws {
    let ready = try state.withLock { state in
      try spend(jpeg.count, &state)
      state.stillBytes[number] = jpeg.count
      state.held.append((number, jpeg))
      state.heldBytes += jpeg.count
      return state.held.count >= together || state.heldBytes >= Self.heldLimit ? state.release() : []
    }
    try upload(ready)
  }

  package func tile(number: Int, jpeg: [UInt8]) throws { state.withLock { $0.tiles[number] = jpeg } }

  /// Uploads the tiles of a clip that was rendered, if there are any.
  ///
  /// - Parameters:
  ///   - stillWidth: pixels of the stills, as `stillHeight`.
  package func finishTiles(stillWidth: Int, stillHeight: Int) throws {
    let tiles = state.withLock { state in
      defer { state.tiles = [:] }
      return state.tiles
    }
    guard !tiles.isEmpty else { return }
    let bytes = TileStrip.encoded(stillWidth: stillWidth, stillHeight: stillHeight, tiles: tiles)
    state.withLock { $0.stripBytes = bytes.count }
    try queue.upload(bytes, as: strip, contentType: "application/octet-stream")
  }

  package func gif(_ bytes: [UInt8]) throws {
    try state.withLock { state in
      try spend(bytes.count, &state)
      state.gifBytes = bytes.count
    }
    try queue.upload(bytes, as: names.gif(start: start), contentType: "image/gif")
  }

  /// Blocks until every upload has ended; to be called once, from a thread of one's own, also after a failed rendering.
  ///
  /// - Throws: the first upload's failure.
  package func drain() throws {
    let rest = Result { try upload(state.withLock { $0.release() }) }
    try queue.drain()
    try rest.get()
  }

  private func upload(_ stills: [(number: Int, jpeg: [UInt8])]) throws {
    for (number, jpeg) in stills {
      try queue.upload(jpeg, as: names.still(start: start, number: number), contentType: "image/jpeg")
    }
  }

  /// Bytes of the GIF, of each still in order, and of the tiles.
  package var written: (gif: Int, stills: [Int], strip: Int?) {
    state.withLock { state in
      (state.gifBytes, state.stillBytes.sorted { $0.key < $1.key }.map(\.value), state.stripBytes)
    }
  }
}
