import Images
import GIF

/// An endless animation that is coded while its pictures come.
///
/// A palette is made of the pictures at hand and kept until the picture has moved away from it. Only what changed is
/// drawn. The first bytes leave when a few pictures are there; the same pictures always make the same bytes.
final class StreamedGIF: AnimationWriter {
  /// Pictures that are looked at beside the one that is coded.
  private static let window = 5
  /// The same for the first picture, so that a source that comes no faster than it plays is on screen soon.
  private static let firstWindow = 2
  /// An image is held back for no longer than so many 1/100 s, in case that the next ones change nothing.
  private static let longestDelay = 100

  let width: Int
  let height: Int
  private let framesPerSecond: Int
  private let output: ([UInt8]) throws -> Void
  private let palettes: PaletteWatch
  private let painter: Painter
  /// What pixels may be off at least before they are drawn again; as for `Painter`.
  private let tolerance: Int32
  private let encoders: EncoderCache
  private var waiting: [(picture: RGBImage, frames: Int)] = []
  /// The global palette.
  private var first: Palette?
  /// Frames that were coded.
  private var coded = 0
  /// Coded, but its delay may still grow.
  private var held: (image: GIFBlocks.Image, begin: Int)?
  private var result = AnimationConverter.Result()

  /// LZW coders by bits per index.
  private final class EncoderCache {
    private var encoders: [Int: LZWEncoder] = [:]
    func encoder(bits: Int) -> LZWEncoder {
      if let encoder = encoders[bits] { return encoder }
      let encoder = LZWEncoder(bits: bits)
      encoders[bits] = encoder
      return encoder
    }
  }

  /// - Parameter colours: entries of a palette, transparency included.
  init(width: Int, height: Int, colours: Int, framesPerSecond: Int, output: @escaping ([UInt8]) throws -> Void) {
    self.width = width
    self.height = height
    self.framesPerSecond = framesPerSecond
    self.output = output
    palettes = PaletteWatch(colours: max(2, colours - 1))
    painter = Painter(width: width, height: height)
    tolerance = Int32(max(8, 2560 / colours))
    encoders = EncoderCache()
    result.width = width
    result.height = height
  }

  func add(_ picture: RGBImage, frames: Int) throws {
    waiting.append((picture, frames))
    if waiting.count > min(Self.window, Self.firstWindow + result.frames + (held == nil ? 0 : 1)) { try codeNext() }
  }

  func finish() throws -> AnimationConverter.Result {
    while !waiting.isEmpty { try codeNext() }
    if let held { try emit(held.image, delay: time(coded) - held.begin) }
    held = nil
    if first != nil { try send([0x3b]) }
    result.seconds = Double(time(coded)) / 100
    result.palettes = palettes.made
    return result
  }

  private func codeNext() throws {
    let isNew = palettes.choose(for: waiting.map(\.picture))
    let palette = palettes.palette
    if isNew { painter.use(palette, palettes.map) }
    if first == nil {
      first = palette
      try send(GIFBlocks.beginning(width: width, height: height, palette: palette))
    }
    let (picture, frames) = waiting.removeFirst()
    let begin = time(coded)
    coded += frames
    // A coarse palette leaves errors beside which a little more is not seen.
    painter.tolerance = tolerance + Int32(2 * min(palettes.usual, 2000))
    let area = painter.paint(picture)
    guard let area else {
      // Nothing changed: the image before stays, or is renewed so that players and readers see that it goes on.
      if let current = held, time(coded) - current.begin > Self.longestDelay {
        try emit(current.image, delay: begin - current.begin)
        held = (GIFBlocks.Image.nothing(bits: palette.bits), begin)
      }
      return
    }
    if let current = held { try emit(current.image, delay: begin - current.begin) }
    var image = GIFBlocks.Image(area: area, bits: palette.bits, isFirst: result.frames == 0 && held == nil)
    if palette != first { image.palette = palette }
    encoders.encoder(bits: palette.bits).encode(
      painter.indices, unchanged: image.isFirst ? nil : painter.unchanged, area: area, stride: width,
      into: &image.data)
    held = (image, begin)
  }

  private func emit(_ image: GIFBlocks.Image, delay: Int) throws {
    try send(image.bytes(delay: delay))
    result.frames += 1
  }

  private func send(_ bytes: [UInt8]) throws {
    result.bytes += bytes.count
    try output(bytes)
  }

  /// When a frame begins, in 1/100 s: rounded, so that delays alternate and their sum stays right.
  private func time(_ frame: Int) -> Int { (100 * frame + framesPerSecond / 2) / framesPerSecond }
}
