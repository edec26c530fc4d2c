import Terminals
import AudioDecoding
import ArgumentParser
import Audio
import Core
import FoundationEssentials
import MediaTypes

/// One audio file into another, in this process.
struct Transcode: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Turn an audio file into MP3, M4A, WAV, FLAC or Ogg, with no server at all.",
    discussion: "Keeps tags, chapters and the cover, and the length to the sample.")

  @Argument(help: "The audio file, or a video file with sound.", completion: .file())
  var file: String

  @Argument(
    help: "The file to write; its extension says what it becomes: mp3, m4a, wav, flac or ogg.", completion: .file())
  var output: String

  @Option(help: "high, standard or low, for mp3, m4a and ogg.")
  var quality: String?

  func validate() throws { _ = try settings() }

  private func settings() throws -> (target: TranscodeTarget, quality: TranscodeQuality?) {
    let name = FileName.extension(of: output)
    guard let target = TranscodeTarget(rawValue: name) else {
      let known = TranscodeTarget.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("the output's extension must be one of \(known), found '\(name)'")
    }
    guard let quality else { return (target, nil) }
    guard let preset = TranscodeQuality(rawValue: quality) else {
      throw ValidationError("--quality must be high, standard or low, found '\(quality)'")
    }
    if target.isLossless { throw ValidationError("--quality is for mp3, m4a and ogg; \(name) has none") }
    return (target, preset)
  }

  func run() async throws {
    let (target, quality) = try settings()
    let terminal = Terminal()
    let source = try FileByteSource(path: file)
    let cancellation = CancellationFlag()
    let began = ContinuousClock.now
    var transcoder = Transcoder(
      target: target, quality: quality, scratch: FileManager.default.temporaryDirectory.path)
    transcoder.streams = false
    transcoder.workers = Transcoder.processors
    let (worker, result) = (transcoder, try WrittenFile(path: output))
    let summary = try await withTaskCancellationHandler {
      try await DedicatedThread.run(name: "transcode") {
        let total = try AudioInput(source, cancellation: cancellation).facts.seconds
        let meter = AudioMeter(terminal, label: "transcode", total: total, began: began)
        let made = try worker.run(source, to: result.sink, cancellation: cancellation, progress: meter.show)
        try result.keep()
        return made
      }
    } onCancel: {
      cancellation.cancel()
    }
    terminal.clear()
    terminal.say(
      "done: \(ProgressLine.clock(summary.seconds)) of audio, \(summary.sampleRate) Hz, "
        + "\(summary.channels) channel\(summary.channels == 1 ? "" : "s")")
    Terminal.result(output)
  }
}
