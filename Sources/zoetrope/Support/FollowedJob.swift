import Terminals
import Core
import MediaJobs
import ObjectStore
import Previews

/// A video's job at a running endpoint, followed to its end.
struct FollowedJob {
  let client: EndpointOptions.Client
  let terminal: Terminal
  /// Seconds after which waiting is given up; nil: never.
  var timeout: Int?
  /// Which of several videos this is, for the progress line.
  var position: (number: Int, of: Int) = (1, 1)

  /// How often a store that does not tell is asked whether the job has ended.
  private static let interval = Duration.milliseconds(300)
  /// How far the job is, is asked each time until it is known how long it is, then now and then, or rarely if it
  /// is not shown: the answer, a list of all outputs, costs the store as much as taking in a picture.
  private static func progressInterval(isShown: Bool) -> Duration { isShown ? .milliseconds(1500) : .seconds(6) }

  /// Waits until the job has ended. If the command is interrupted, says that the job goes on.
  ///
  /// - Throws: `CommandError` if the source is replaced or deleted meanwhile, or after `timeout`.
  func end(of source: ObjectInfo) async throws -> Manifest {
    do {
      return try await awaitEnd(of: source)
    } catch  where Task.isCancelled {
      terminal.say("interrupted; the job goes on: 'zoetrope show \(PlainText.line(source.key))' says how far it is")
      throw CancellationError()
    }
  }

  private func awaitEnd(of source: ObjectInfo) async throws -> Manifest {
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
        throw CommandError("'\(source.key)' was replaced or deleted while it was processed")
      case .running(let progress):
        if !isAnnounced { terminal.say("cut into \(progress.clips) clips, \(progress.stills) stills") }
        isAnnounced = true
        show(progress, elapsed: (ContinuousClock.now - began) / .seconds(1))
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

  private func show(_ progress: PreviewProgress, elapsed: Double) {
    var line = ProgressLine.job(progress, elapsed: elapsed)
    if position.of > 1 { line.label += " \(position.number)/\(position.of)" }
    terminal.show(line)
  }

  /// Says how the job has ended, and where its results are.
  ///
  /// - Parameters:
  ///   - json: the manifest itself is the result.
  ///   - elapsed: what it took.
  /// - Returns: whether it was successful.
  func report(_ manifest: Manifest, names: OutputKeys, json: Bool, output: String?, elapsed: Duration) async throws
    -> Bool
  {
    if json { Terminal.result(String(decoding: try JSON.encode(manifest, pretty: true), as: UTF8.self)) }
    guard manifest.status == .complete else {
      terminal.say("failed: \(PlainText.line(manifest.reason ?? "no reason given"))")
      return false
    }
    let gifs = manifest.clips.count
    terminal.say(
      "done: \(gifs) GIF\(gifs == 1 ? "" : "s"), \(manifest.frames) stills in \(ProgressLine.duration(elapsed))")
    guard !json else { return true }
    Terminal.result("s3://\(client.buckets.output)/\(names.manifest)")
    if let output { Terminal.result("\(output)/\(names.folder)") }
    if let player = await client.player(of: manifest.source.key) { Terminal.result(player) }
    return true
  }
}
