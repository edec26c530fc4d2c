import Terminals
import AudioDecoding
import ArgumentParser
import Audio
import WaveformDrawing
import Core
import FoundationEssentials
import MediaTypes

/// Draws the waveform of one file, in this process.
struct Waveform: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Draw the waveform of an audio or video file, with no server at all.",
    discussion: """
      Without options OUT.json holds 50 peaks a second from 0 to 1. With any of them it is audiowaveform's JSON of \
      version 2, as peaks.js and wavesurfer.js read it; OUT.dat is audiowaveform's binary form; OUT.png is a picture.
      """)

  @Argument(help: "The audio or video file.", completion: .file())
  var file: String

  @Argument(help: "The file to write: .json, .dat or .png.", completion: .file())
  var output: String

  @Option(help: "Samples of audio per pixel (default: 256).")
  var samplesPerPixel: Int?

  @Option(help: "Pixels per second of audio.")
  var pixelsPerSecond: Int?

  @Option(help: "Bits of a value: 8 or 16 (default: 16).")
  var bits: Int?

  @Flag(help: "A waveform for each channel.")
  var splitChannels = false

  @Option(help: "What values are multiplied with: a number, or auto.")
  var amplitudeScale: String?

  private enum Form { case peaks, json, data, image }

  func validate() throws { _ = try settings() }

  private func settings() throws -> (Form, PixelSettings) {
    var settings = PixelSettings()
    let isPixels =
      samplesPerPixel != nil || pixelsPerSecond != nil || bits != nil || splitChannels || amplitudeScale != nil
    if samplesPerPixel != nil, pixelsPerSecond != nil {
      throw ValidationError("give --samples-per-pixel or --pixels-per-second, not both")
    }
    if let samplesPerPixel {
      guard samplesPerPixel >= 2 else {
        throw ValidationError("--samples-per-pixel must be at least 2, found \(samplesPerPixel)")
      }
      settings.scale = .samplesPerPixel(samplesPerPixel)
    }
    if let pixelsPerSecond {
      guard pixelsPerSecond >= 1 else {
        throw ValidationError("--pixels-per-second must be at least 1, found \(pixelsPerSecond)")
      }
      settings.scale = .pixelsPerSecond(pixelsPerSecond)
    }
    if let bits {
      guard bits == 8 || bits == 16 else { throw ValidationError("--bits must be 8 or 16, found \(bits)") }
      settings.bits = bits
    }
    settings.splitsChannels = splitChannels
    if let amplitudeScale {
      if amplitudeScale == "auto" {
        settings.amplitude = .automatic
      } else if let factor = Double(amplitudeScale), factor.isFinite, factor >= 0 {
        settings.amplitude = .factor(factor)
      } else {
        throw ValidationError("--amplitude-scale must be a number from 0 or auto, found '\(amplitudeScale)'")
      }
    }
    switch FileName.extension(of: output) {
    case "json": return (isPixels ? .json : .peaks, settings)
    case "dat": return (.data, settings)
    case "png":
      if isPixels { throw ValidationError("a .png takes no options") }
      return (.image, settings)
    case let other: throw ValidationError("the output's extension must be json, dat or png, found '\(other)'")
    }
  }

  func run() async throws {
    let (form, settings) = try settings()
    let terminal = Terminal()
    let source = try FileByteSource(path: file)
    let cancellation = CancellationFlag()
    let began = ContinuousClock.now
    let extractor = WaveformExtractor(scratch: FileManager.default.temporaryDirectory.path)
    let result = try WrittenFile(path: output)
    let duration = try await withTaskCancellationHandler {
      try await DedicatedThread.run(name: "waveform") {
        let total = try AudioInput(source, cancellation: cancellation).facts.seconds
        let meter = AudioMeter(terminal, label: "waveform", total: total, began: began)
        let wanted: WaveformExtractor.Output =
          switch form {
          case .peaks: .peaks(result.sink)
          case .json: .pixelsAsJSON(settings, result.sink)
          case .data: .pixelsAsData(settings, result.sink)
          case .image: .image(WaveformImage(), result.sink)
          }
        let seconds = try extractor.run(source, [wanted], cancellation: cancellation, progress: meter.show)
        try result.keep()
        return seconds
      }
    } onCancel: {
      cancellation.cancel()
    }
    terminal.clear()
    terminal.say("done: \(ProgressLine.clock(duration)) of audio")
    Terminal.result(output)
  }
}
