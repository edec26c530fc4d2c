import Terminals
import ArgumentParser
import Core
import HTTPTransport
import MediaJobs
import ObjectStore
import Previews

/// Uploads videos to a running endpoint and waits until their previews are there.
struct Process: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Upload videos to a running endpoint and wait for their previews.",
    discussion: """
      Prints where each manifest is, the folder with the copies (--output) and the address of the player. Exit code 0 when \
      all previews are there, 1 when a job failed; the reason goes to standard error. Ctrl-C ends the command; jobs of \
      videos that have been uploaded go on.
      """)

  @OptionGroup var endpoint: EndpointOptions

  @Argument(help: "The video files.", completion: .file())
  var videos: [String]

  @Option(help: "Key to upload as (default: the file's name). One that ends in '/' stands before the files' names.")
  var key: String?

  @Flag(help: "Render again even where the same bytes were rendered before.")
  var force = false

  @Flag(help: "Print the manifests as JSON to standard output.")
  var json = false

  @Option(help: "Folder to copy the finished previews to, as FOLDER/NAME/…; made if absent.", completion: .directory)
  var output: String?

  @Option(help: "Give up waiting for a job after this many seconds (default: wait as long as it takes).")
  var timeout: Int?

  func validate() throws {
    if let timeout, timeout < 1 { throw ValidationError("--timeout must be at least 1 second, found \(timeout)") }
    if let key, videos.count > 1, !key.hasSuffix("/") {
      throw ValidationError("--key must end in '/' for several files, found '\(key)'")
    }
    let keys = videos.map(uploadKey)
    if let twice = keys.first(where: { one in keys.count { $0 == one } > 1 }) {
      throw ValidationError("two of the files would be uploaded as '\(twice)'; upload them one by one, with --key")
    }
  }

  private func uploadKey(_ video: String) -> String {
    let name = String(video.split(separator: "/").last ?? "")
    guard let key else { return name }
    return key.hasSuffix("/") ? key + name : key
  }

  private struct Upload {
    var source: ObjectInfo
    var names: OutputKeys
    var began: ContinuousClock.Instant
  }

  func run() async throws {
    let client = try endpoint.client()
    defer { client.http.shutdown() }
    let terminal = Terminal()
    let began = ContinuousClock.now
    var uploads: [Upload] = []
    var hasFailed = false
    /// One of several files that cannot be processed does not keep the others from it.
    func attempt(_ step: () async throws -> Void) async throws {
      do {
        try await step()
      } catch let error as any ClassifiedError where videos.count > 1 && !Task.isCancelled {
        terminal.say("zoetrope: \(error.message)")
        hasFailed = true
      }
    }
    for video in videos {
      try await attempt {
        let names = try OutputKeys(sourceKey: uploadKey(video))
        let began = ContinuousClock.now
        uploads.append(Upload(source: try await upload(video, client, terminal), names: names, began: began))
      }
    }
    for (index, upload) in uploads.enumerated() {
      let job = FollowedJob(
        client: client, terminal: terminal, timeout: timeout, position: (index + 1, uploads.count))
      try await attempt {
        let manifest = try await job.end(of: upload.source)
        let elapsed = ContinuousClock.now - upload.began
        if let output {
          let folder = try OutputFolder(path: output)
          try await PreviewDownload(
            store: client.store, bucket: client.buckets.output, root: folder.root, folder: folder.name
          ).fetch(manifest, names: upload.names)
        }
        let isComplete = try await job.report(
          manifest, names: upload.names, json: json, output: output, elapsed: elapsed)
        if !isComplete { hasFailed = true }
      }
    }
    if videos.count > 1 {
      terminal.say("\(videos.count) videos in \(ProgressLine.duration(ContinuousClock.now - began))")
    }
    if hasFailed { throw ExitCodes.failed }
  }

  private func upload(
    _ video: String, _ client: EndpointOptions.Client, _ terminal: Terminal
  ) async throws -> ObjectInfo {
    let file = try FileByteSource(path: CommandArguments.path(video))
    let key = uploadKey(video)
    let began = ContinuousClock.now
    var options = PutOptions()
    options.contentType = ContentType.of(video)
    if force { options.metadata[SourceVersion.runMetadata] = RequestID.make() }
    do {
      _ = try await client.s3.upload(
        source: file, as: key, in: client.buckets.source, options: options, partSize: 16 << 20, concurrency: 4
      ) { sent in
        terminal.show(.upload(sent: sent, total: file.size, elapsed: (ContinuousClock.now - began) / .seconds(1)))
      }
    } catch  where Task.isCancelled {
      terminal.say("interrupted; '\(PlainText.line(video))' was not uploaded")
      throw CancellationError()
    }
    terminal.say("uploaded s3://\(client.buckets.source)/\(key) (\(ProgressLine.bytes(Double(file.size))))")
    return try await client.store.objects.head(key, in: client.buckets.source)
  }
}
