import Images
import Core

/// Brings the pictures of an animation to a palette and compresses them, on two threads.
///
/// Each thread dithers one half of every picture, upper or lower: a pixel depends on those above it and on what was at its
/// place before, and no errors are passed over the middle. Whichever thread is ahead compresses the pictures of which both
/// halves are there. Who does what depends on the machine, the bytes do not.
final class AnimationCoder: Sendable {
  enum Outcome {
    case whole(GIFEncoder.File)
    /// The limit was exceeded after so much of all frames, 0 ... 1.
    case full(Double)
    case cancelled
  }

  private struct State {
    var file: GIFFile
    /// Entries of which the upper and the lower half are dithered.
    var dithered = [0, 0]
    /// Entries that are being compressed or were; every one below is.
    var taken = 0
    /// What was compressed before an entry ahead of it.
    var waiting: [Int: Compressed] = [:]
    /// Entries in the file, and frames, of which an entry may have several.
    var written = 0
    var frames = 0
    /// Set where the end is not reached.
    var stopped: Outcome?
  }

  private struct Compressed {
    var area: LZWEncoder.Area
    var bytes: [UInt8]
  }

  private enum Work {
    case dither(Int)
    case compress(Int)
    case nothing
  }

  private let pictures: [RGBImage]
  private let entries: [GIFTimeline.Entry]
  private let frames: Int
  private let quality: GIFQuality
  private let width: Int
  private let height: Int
  private let palette: Palette
  private let map: InverseColourMap
  private let limit: Int
  private let isCancelled: @Sendable () -> Bool
  /// Entry n has the n-th of them, counted round and round: how far a thread may be ahead of the file.
  private let dithered: [IndexedImage]
  private let state: Monitor<State>

  /// - Parameter limit: bytes of the file.
  init(
    _ pictures: [RGBImage], _ timeline: GIFTimeline, _ quality: GIFQuality, width: Int, height: Int, palette: Palette,
    limit: Int, isCancelled: @escaping @Sendable () -> Bool
  ) {
    self.pictures = pictures
    entries = timeline.entries(step: quality.frameStep)
    frames = timeline.frames
    self.quality = quality
    self.width = width
    self.height = height
    self.palette = palette
    map = InverseColourMap(palette)
    self.limit = limit
    self.isCancelled = isCancelled
    dithered = (0..<4).map { _ in IndexedImage(width: width, height: height) }
    state = Monitor(State(file: GIFFile(width: width, height: height, palette: palette)))
  }

  /// Blocks until all is done or cancelled. To be called once.
  ///
  /// - Throws: `DedicatedThread.StartError`.
  func run() throws -> Outcome {
    let thread = try DedicatedThread(name: "clip-gif-lower") { [self] in work(half: 1) }
    work(half: 0)
    thread.join()
    return state.update { state in
      if let stopped = state.stopped { return stopped }
      state.file.end()
      if state.file.bytes.count > limit { return .full(1) }
      return .whole(GIFEncoder.File(bytes: state.file.bytes, width: width, height: height, frames: state.frames))
    }
  }

  private func work(half: Int) {
    let ditherer = Ditherer(
      width: width, rows: half == 0 ? 0..<height / 2 : height / 2..<height, palette: palette, map: map,
      dither: quality.dither, tolerance: quality.tolerance)
    let lzw = LZWEncoder(bits: palette.bits)
    while true {
      if isCancelled() { state.update { $0.stopped = .cancelled } }
      switch next(half) {
      case .dither(let number):
        let picture = pictures[entries[number].picture].halved(times: quality.halvings)
        ditherer.dither(picture, into: dithered[number % dithered.count])
        state.update { $0.dithered[half] += 1 }
      case .compress(let number):
        let compressed = compress(number, lzw)
        state.update { write(compressed, number, &$0) }
      case .nothing:
        return
      }
    }
  }

  /// What to do next; waits while that depends on the other thread.
  private func next(_ half: Int) -> Work {
    state.wait { state in
      if state.stopped != nil || state.taken == entries.count { return .nothing }
      let number = state.dithered[half]
      let canDither = number < entries.count && number < state.written + dithered.count
      let isAhead = number >= state.dithered[1 - half]
      if state.taken < state.dithered.min()!, isAhead || !canDither {
        state.taken += 1
        return .compress(state.taken - 1)
      }
      return canDither ? .dither(number) : nil
    }
  }

  private func compress(_ number: Int, _ lzw: LZWEncoder) -> Compressed {
    let picture = dithered[number % dithered.count]
    let isFirst = number == 0
    var compressed = Compressed(area: isFirst ? picture.whole : picture.changed, bytes: [])
    lzw.encode(
      picture.indices, unchanged: isFirst ? nil : picture.unchanged, area: compressed.area, stride: width,
      into: &compressed.bytes)
    return compressed
  }

  /// Appends to the file what has its turn. The limit is looked at entry by entry, so that what is found does not depend
  /// on how far the threads were.
  private func write(_ compressed: Compressed, _ number: Int, _ state: inout State) {
    state.waiting[number] = compressed
    while state.stopped == nil, let next = state.waiting.removeValue(forKey: state.written) {
      let delays = entries[state.written].delays
      state.file.begin(next.area, delay: delays[0], isFirst: state.written == 0)
      state.file.bytes += next.bytes
      for delay in delays.dropFirst() { state.file.repeatFrame(delay: delay) }
      state.written += 1
      state.frames += delays.count
      if state.file.bytes.count > limit, state.written < entries.count {
        state.stopped = .full(Double(state.frames * quality.frameStep) / Double(frames))
      }
    }
  }
}
