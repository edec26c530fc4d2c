import Terminals
import Animations
import Audio
import Clips
import Demuxing
import ArgumentParser
import Conversions
import Core
import FoundationEssentials
import GIFConversion
import Glibc
import HTTPTransport
import MediaTypes
import RemoteFetch
import Synchronization

struct Convert: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Converts a video, local or remote, into an animated GIF.",
    discussion: """
      The video is a file, or the address of an MP4 file or of an HLS playlist (.m3u8), which is converted while it is \
      downloaded. Without a server; the conversion service does the same.
      """)

  @Argument(help: "The video: a file, or an http or https address.", completion: .file())
  var source: String

  @Argument(help: "The GIF to write.", completion: .file(extensions: ["gif"]))
  var output: String

  @Option(help: "Pixels of the square that the GIF fits into, 2 to 1024.")
  var size = 80

  @Option(help: "Frames per second, 1 to 50.")
  var frameRate = 24

  @Option(help: "Colors of a palette, 2 to 256.")
  var colors = 32

  @Option(help: "Seconds of the video to leave out at its beginning.")
  var start = 0.0

  @Option(help: "Seconds of the video to show (default: all).")
  var duration: Double?

  @Option(help: "Another host that the source may lead to, or a private or local address of one. May be repeated.")
  var allowHost: [String] = []

  @Option(help: "Threads that work at the same time, 1 to 16 (default: one per processor).")
  var threads: Int?

  func validate() throws {
    do {
      try settings.check()
    } catch {
      throw ValidationError(error.message)
    }
    if let threads, !(1...16).contains(threads) {
      throw ValidationError("--threads must be a whole number from 1 to 16, found \(threads)")
    }
  }

  private var settings: AnimationSettings {
    AnimationSettings(box: size, framesPerSecond: frameRate, colours: colors, start: start, duration: duration)
  }

  private var isRemote: Bool {
    let text = source.lowercased()
    return text.hasPrefix("http://") || text.hasPrefix("https://")
  }

  func run() async throws {
    MediaMemory.returnLargeBlocks()
    MediaMemory.releaseStart()
    let terminal = Terminal()
    let cancellation = CancellationFlag()
    let began = ContinuousClock.now
    let command = self
    let result = try await withTaskCancellationHandler {
      try await DedicatedThread.run(name: "convert") {
        try command.convert(cancellation) { seconds in
          terminal.show(.conversion(seconds: seconds, of: command.duration, elapsed: began))
        }
      }
    } onCancel: {
      cancellation.cancel()
    }
    terminal.clear()
    terminal.say(
      "done: \(result.width)x\(result.height), \(ProgressLine.oneDecimal(result.seconds)) s, \(result.frames) frames, "
        + ProgressLine.bytes(Double(result.bytes)))
    Terminal.result(output)
  }

  /// A GIF that broke off is never left behind.
  private func convert(
    _ cancellation: CancellationFlag, progress: @escaping @Sendable (Double) -> Void
  ) throws -> AnimationConverter.Result {
    var configuration = Converter.Configuration()
    configuration.threads = threads ?? min(16, max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    configuration.maximumLength = 86_400
    configuration.maximumSourceBytes = 1 << 40
    configuration.maximumSeconds = 86_400
    configuration.folder = FileManager.default.temporaryDirectory.path
    let converter = Converter(configuration)
    let file = try WrittenFile(path: output)
    let result: AnimationConverter.Result
    if isRemote {
      let parameters = try remoteParameters()
      guard case .remote(let url) = parameters.source else {
        throw ConversionError(.badParameter, "\(source) is in no store that this command knows")
      }
      let hosts = ([url.host] + allowHost).joined(separator: ",")
      let http = CurlTransport()
      defer { http.shutdown() }
      let fetcher = RemoteFetcher(http: http, hosts: HostList(hosts, setting: "--allow-host"))
      let budget = RemoteBudget(maximumBytes: configuration.maximumSourceBytes, seconds: configuration.maximumSeconds)
      let parts = try SourceParts(
        parameters, fetcher: fetcher, budget: budget, folder: configuration.folder,
        maximumLength: configuration.maximumLength)
      result = try converter.convert(
        settings, parts: parts, cancellation: cancellation, progress: progress, output: { try file.sink.write($0) })
    } else {
      result = try converter.convert(
        settings, parts: SourceParts(file: source), cancellation: cancellation, progress: progress,
        output: { try file.sink.write($0) })
    }
    try file.keep()
    return result
  }

  private func remoteParameters() throws -> ConversionParameters {
    let path = source.prefix { $0 != "?" && $0 != "#" }.lowercased()
    var limits = ConversionParameters.Limits()
    limits.outputSize = size
    limits.frameRate = frameRate
    return try ConversionParameters(
      query: [
        "url": source, "ifm": path.hasSuffix(".m3u8") || path.hasSuffix(".m3u") ? "m3u8" : "mp4", "ofm": "gif",
        "out_gif_colors": String(colors), "start": String(start),
      ], limits: limits)
  }
}
