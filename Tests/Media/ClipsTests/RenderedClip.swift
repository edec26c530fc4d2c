import MediaTools
import Clips
import Foundation
import MediaTypes
import Core
import Synchronization

/// Collects what the renderer hands over.
final class CollectingSink: ClipSink {
  private let collected = Mutex<(stills: [Int: [UInt8]], gifs: [[UInt8]])>(([:], []))

  func still(number: Int, jpeg: [UInt8]) throws { collected.withLock { $0.stills[number] = jpeg } }
  func gif(_ bytes: [UInt8]) throws { collected.withLock { $0.gifs.append(bytes) } }

  var stills: [[UInt8]] { collected.withLock { all in all.stills.keys.sorted().map { all.stills[$0]! } } }
  var stillNumbers: [Int] { collected.withLock { $0.stills.keys.sorted() } }
  var gifs: [[UInt8]] { collected.withLock { $0.gifs } }
}

/// A clip rendered and its outputs decoded again by ffmpeg.
struct RenderedClip {
  let result: ClipResult
  let sink: CollectingSink

  init(_ path: String, _ request: ClipRequest, processors: Int = 1) throws {
    sink = CollectingSink()
    result = try ClipRenderer.render(FileByteSource(path: path), request, to: sink, processors: processors)
  }

  /// Gray pictures of the GIF, one per frame as its delays say.
  func gifBits() throws -> [[Bool]] {
    let scratch = try Scratch()
    let file = try scratch.write(sink.gifs[0], as: "clip.gif")
    let gray = try Tool.run(
      "ffmpeg",
      ["-v", "error", "-nostdin", "-i", file, "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "gray", "-"])
    return CodedVideo.read(gray, width: result.gifWidth, height: result.gifHeight)
  }

  func stillBits() throws -> [[Bool]] {
    let scratch = try Scratch()
    let file = try scratch.write(sink.stills.flatMap { $0 }, as: "stills.mjpeg")
    let gray = try Tool.run(
      "ffmpeg",
      [
        "-v", "error", "-nostdin", "-f", "mjpeg", "-i", file, "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt",
        "gray", "-",
      ])
    return CodedVideo.read(gray, width: result.facts.width, height: result.facts.height)
  }
}
