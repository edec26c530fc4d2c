import ArgumentParser
import HTTPTransport
import ObjectStore
import MediaJobs
import Previews
import Core

/// Uploads a video to a running endpoint and waits until its previews are there.
struct Process: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Upload a video to a running endpoint and wait for its previews.",
    discussion: "Exit code 0 when all previews are there, 1 when the job failed; the reason goes to standard error.")

  @OptionGroup var endpoint: EndpointOptions

  @Argument(help: "The video file.", completion: .file())
  var video: String

  @Option(help: "Key to upload as (default: the file's name).")
  var key: String?

  @Flag(help: "Render again even where the same bytes were rendered before.")
  var force = false

  @Flag(help: "Print the manifest as JSON to standard output.")
  var json = false

  @Option(help: "Folder to copy the finished previews to, as FOLDER/NAME/…; made if absent.", completion: .directory)
  var output: String?

  @Option(help: "Give up waiting after this many seconds (default: wait as long as the job takes).")
  var timeout: Int?

  /// How often a store that does not tell is asked whether the job has ended.
  private static let interval = Duration.milliseconds(300)
  /// How far the job is, is asked each time until it is known how long it is, then now and then, or rarely where nobody is
  /// shown it: the answer, a list of all outputs, costs the store as much as taking in a picture.
  private static func progressInterval(isShown: Bool) -> Duration { isShown ? .milliseconds(1500) : .seconds(6) }

  func validate() throws {
    if let timeout, timeout < 1 { throw ValidationError("--timeout must be at least 1 second, found \(timeout)") }
  }

  func run() async throws {
    let client = try endpoint.client()
    defer { client.http.shutdown() }
    let terminal = Terminal()
    let key = key ?? String(video.split(separator: "/").last ?? "")
    let names = try OutputNames(sourceKey: key)
    let source = try await upload(as: key, client, terminal)
    let manifest = try await wait(for: source, client, terminal)
    if let output {
      let folder = try OutputFolder(path: output)
      try await PreviewDownload(store: client.store, bucket: client.buckets.output, folder: folder)
        .fetch(manifest, names: names)
    }
    try report(manifest, names: names, client: client, terminal: terminal)
  }

  private func upload(as key: String, _ client: EndpointOptions.Client, _ terminal: Terminal) async throws -> ObjectInfo
  {
    let file = try FileByteSource(path: CommandArguments.path(video))
    let began = ContinuousClock.now
    var options = PutOptions()
    options.contentType = ContentType.ofVideo(named: video)
    if force { options.metadata[SourceVersion.runMetadata] = RequestID.make() }
    _ = try await client.s3.upload(
      source: file, as: key, in: client.buckets.source, options: options, partSize: 16 << 20, concurrency: 4
    ) { sent in
      terminal.show(.upload(sent: sent, total: file.size, elapsed: (ContinuousClock.now - began) / .seconds(1)))
    }
    terminal.say("uploaded s3://\(client.buckets.source)/\(key) (\(ProgressLine.bytes(Double(file.size))))")
    return try await client.store.objects.head(key, in: client.buckets.source)
  }

  private func wait(
    for source: ObjectInfo, _ client: EndpointOptions.Client, _ terminal: Terminal
  ) async throws -> Manifest {
    let watcher = try JobWatcher(store: client.store, buckets: client.buckets, source: source)
    let began = ContinuousClock.now
    let progressInterval = Self.progressInterval(isShown: terminal.isInteractive)
    var isAnnounced = false
    var storeTells = true
    var progressDue = began
    while true {
      let isDue = !isAnnounced || ContinuousClock.now >= progressDue
      let state = isDue ? try await watcher.state() : try await watcher.ended().map { .ended($0) }
      if isDue { progressDue = .now + progressInterval }
      switch state {
      case nil, .waiting: break
      case .ended(let manifest):
        terminal.clear()
        return manifest
      case .superseded:
        throw CommandError("'\(source.key)' was replaced or deleted by somebody else while it was processed")
      case .running(let progress):
        if !isAnnounced { terminal.say("cut into \(progress.clips) clips, \(progress.stills) stills") }
        isAnnounced = true
        terminal.show(.job(progress, elapsed: (ContinuousClock.now - began) / .seconds(1)))
      }
      if let timeout, ContinuousClock.now - began > .seconds(timeout) {
        throw CommandError("gave up waiting for '\(source.key)' after \(timeout) s; the job may still end")
      }
      // Until the video has been cut, it is the cutting that is waited for.
      let asked = ContinuousClock.now
      if isAnnounced, storeTells {
        try await watcher.awaitChange(atMost: min(progressInterval, .seconds(timeout ?? .max)))
        storeTells = ContinuousClock.now - asked >= Self.interval
      }
      try await Task.sleep(until: asked + Self.interval)
    }
  }

  private func report(
    _ manifest: Manifest, names: OutputNames, client: EndpointOptions.Client, terminal: Terminal
  ) throws {
    let address = "s3://\(client.buckets.output)/\(names.manifest)"
    if json { Terminal.result(String(decoding: try JSON.encode(manifest, pretty: true), as: UTF8.self)) }
    guard manifest.status == .complete else {
      terminal.say("failed: \(manifest.reason ?? "no reason given")")
      throw Failure.failed
    }
    let gifs = manifest.clips.count
    terminal.say("done: \(gifs) GIF\(gifs == 1 ? "" : "s"), \(manifest.frames) stills")
    if !json {
      Terminal.result(address)
      if let output { Terminal.result("\(output)/\(names.folder)") }
    }
  }
}
