import Terminals
import ArgumentParser
import Core
import FoundationEssentials
import HTTPTransport
import MediaJobs
import ObjectStore
import Previews
import S3Protocol

/// The videos at an endpoint.
struct List: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "List the videos of a running endpoint and their previews.")

  @OptionGroup var endpoint: EndpointOptions

  @Argument(help: "Only keys that begin so.")
  var prefix = ""

  @Option(help: "At most this many videos.")
  var limit = 10_000

  @Flag(help: "Print as JSON.")
  var json = false

  func validate() throws {
    if limit < 1 { throw ValidationError("--limit must be at least 1, found \(limit)") }
  }

  func run() async throws {
    let client = try endpoint.client()
    defer { client.http.shutdown() }
    let videos = StoredVideos(store: client.store, buckets: client.buckets)
    var found: [StoredVideos.Video] = []
    var position: String?
    repeat {
      let page = try await client.store.objects.list(
        bucket: client.buckets.source, prefix: prefix, startAfter: position, delimiter: nil,
        limit: min(1000, limit - found.count))
      found += try await videos.describe(page.objects)
      position = page.next
    } while position != nil && found.count < limit
    if json {
      Terminal.result(
        String(decoding: try JSON.encode(JSONValue.array(found.map(\.json)), pretty: true), as: UTF8.self))
      return
    }
    guard !found.isEmpty else { return Terminal.result("no videos") }
    var table = TextTable(["key", "size", "modified", "status", "length", "clips", "stills"])
    for video in found {
      let manifest = video.manifest
      table.add([
        video.source.key, ProgressLine.bytes(Double(video.source.size)), video.source.lastModified.iso8601(),
        video.status, manifest?.duration.map(ProgressLine.clock) ?? "-", manifest.map { "\($0.clips.count)" } ?? "-",
        manifest.map { "\($0.frames)" } ?? "-",
      ])
    }
    Terminal.result(table.text)
  }
}

/// What is known of one video.
struct Show: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show a video of a running endpoint: how far its job is, and where its previews are.")

  @OptionGroup var endpoint: EndpointOptions

  @Argument(help: "The video's key.")
  var key: String

  @Flag(help: "Print the manifest as JSON; exit code 1 while there is none.")
  var json = false

  func run() async throws {
    let client = try endpoint.client()
    defer { client.http.shutdown() }
    let names = try OutputKeys(sourceKey: key)
    let manifest = try await client.store.manifest(of: names, in: client.buckets.output)?.manifest
    let source = try await client.store.source(key, in: client.buckets.source)
    if json {
      guard let manifest else { throw CommandError("there is no manifest of '\(key)'") }
      Terminal.result(String(decoding: try JSON.encode(manifest, pretty: true), as: UTF8.self))
      return
    }
    guard source != nil || manifest != nil else {
      throw CommandError("there is no video '\(key)' in bucket '\(client.buckets.source)'")
    }
    func say(_ name: String, _ value: String?) {
      guard let value else { return }
      Terminal.result("\(name)\(String(repeating: " ", count: 10 - name.count))\(PlainText.line(value))")
    }
    say("video", "s3://\(client.buckets.source)/\(key)")
    say("source", source.map { "\(ProgressLine.bytes(Double($0.size))), \($0.lastModified.iso8601())" } ?? "deleted")
    say("status", try await status(source, manifest, client))
    if let manifest {
      say("reason", manifest.reason)
      say("length", manifest.duration.map(ProgressLine.clock))
      if let width = manifest.width, let height = manifest.height {
        let rate = manifest.frameRate.map { ", \(ProgressLine.oneDecimal($0)) frames/s" } ?? ""
        say("format", "\(manifest.codec ?? "?"), \(width)x\(height)\(rate)")
      }
      say("previews", "\(manifest.clips.count) GIFs, \(manifest.frames) stills")
      say("manifest", "s3://\(client.buckets.output)/\(names.manifest)")
    }
    if source != nil { say("player", await client.player(of: key)) }
  }

  private func status(
    _ source: ObjectInfo?, _ manifest: Manifest?, _ client: EndpointOptions.Client
  ) async throws -> String {
    guard let source else { return manifest?.status.rawValue ?? "-" }
    let watcher = try JobWatcher(store: client.store, buckets: client.buckets, source: source)
    switch try await watcher.state() {
    case .waiting: return "waiting"
    case .ended(let manifest): return manifest.status.rawValue
    case .superseded: return "replaced"
    case .running(let progress):
      return "running: \(progress.clipsDone) of \(progress.clips) clips, \(progress.stillsDone) of "
        + "\(progress.stills) stills"
    }
  }
}

/// Removes videos with all that was made of them.
struct Remove: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rm", abstract: "Remove videos of a running endpoint and their previews.",
    discussion: "They cannot be brought back. Previews of a video that was deleted before are removed as well.")

  @OptionGroup var endpoint: EndpointOptions

  @Argument(help: "The videos' keys.")
  var keys: [String]

  func run() async throws {
    let client = try endpoint.client()
    defer { client.http.shutdown() }
    let videos = StoredVideos(store: client.store, buckets: client.buckets)
    var missing: [String] = []
    for key in keys {
      let count = try await videos.remove(key)
      if count == 0 { missing.append(key) } else { Terminal.result("removed \(PlainText.line(key)): \(count) objects") }
    }
    guard missing.isEmpty else {
      throw CommandError(
        "there is no video '\(missing.joined(separator: "', '"))' in bucket '\(client.buckets.source)'")
    }
  }
}

/// Makes previews again of videos that are there.
struct Rerender: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make the previews of videos of a running endpoint again, with its present settings.",
    discussion: "Prints what 'zoetrope process' prints. The videos are not uploaded again.")

  @OptionGroup var endpoint: EndpointOptions

  @Argument(help: "The videos' keys.")
  var keys: [String]

  @Flag(name: .customLong("no-wait"), help: "Do not wait for the previews.")
  var isAsynchronous = false

  @Flag(help: "Print the manifests as JSON to standard output.")
  var json = false

  func run() async throws {
    let client = try endpoint.client()
    defer { client.http.shutdown() }
    let terminal = Terminal()
    var begun: [(source: ObjectInfo, at: ContinuousClock.Instant)] = []
    for key in keys {
      guard let source = try await client.store.source(key, in: client.buckets.source) else {
        throw CommandError("there is no video '\(key)' in bucket '\(client.buckets.source)'")
      }
      var metadata = source.metadata
      metadata[SourceVersion.runMetadata] = RequestID.make()
      let began = ContinuousClock.now
      _ = try await client.s3.rewrite(source, in: client.buckets.source, metadata: metadata)
      begun.append((try await client.store.objects.head(key, in: client.buckets.source), began))
    }
    guard !isAsynchronous else { return }
    var hasFailed = false
    for (index, job) in begun.enumerated() {
      let followed = FollowedJob(client: client, terminal: terminal, position: (index + 1, begun.count))
      let manifest = try await followed.end(of: job.source)
      let isComplete = try await followed.report(
        manifest, names: OutputKeys(sourceKey: job.source.key), json: json, output: nil,
        elapsed: ContinuousClock.now - job.at)
      if !isComplete { hasFailed = true }
    }
    if hasFailed { throw ExitCodes.failed }
  }
}
