import Terminals
import Clips
import ArgumentParser
import EventBus
import FoundationEssentials
import Logging
import ObjectStore
import Previews
import PreviewRendering
import Core
import Storyboards
import Synchronization

/// The whole job in one process: no server, no buckets.
struct Render: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make the previews of a video file in a folder, with no server at all.",
    discussion: """
      Writes FOLDER/NAME/NAME-0.gif, NAME-0-frame-1.jpg …, storyboard/… and manifest.json, NAME being the file's name. \
      What they look like is said by the template's parameters, such as --parameter GifWidth=320.
      """)

  @Argument(help: "The video file.", completion: .file())
  var video: String

  @Argument(help: "The folder to write to; made if absent.", completion: .directory)
  var folder: String

  @OptionGroup
  var parameters: ParameterOptions

  @Option(help: "Clips rendered at the same time (default: one per processor).")
  var parallel: Int?

  @Flag(help: "Render again even where the same bytes were rendered before.")
  var force = false

  @Flag(help: "Print the manifest as JSON to standard output.")
  var json = false

  func validate() throws {
    _ = try settings()
    if let parallel, !(1...256).contains(parallel) {
      throw ValidationError("--parallel must be a whole number from 1 to 256, found \(parallel)")
    }
  }

  private func settings() throws -> (JobSettings, JobLimits) {
    let values = try parameters.values()
    let names = JobSettings.names + JobLimits.outputNames
    if let unknown = values.keys.sorted().first(where: { !names.contains($0) }) {
      throw ValidationError("--parameter must name one of \(names.joined(separator: ", ")), found '\(unknown)'")
    }
    var environment = EnvironmentReader(values)
    let settings = JobSettings(environment: &environment)
    var limits = JobLimits(environment: &environment)
    do {
      try environment.validate()
    } catch {
      throw ValidationError(error.message)
    }
    // Clips rendered side by side share the process's clock.
    limits.clipProcessorTime = nil
    limits.jobProcessorTime = nil
    return (settings, limits)
  }

  /// Takes the announced clips, as the event bus would.
  private final class Announcements: EventPublisher {
    let clips = Mutex<[ClipEvent]>([])
    func publish(_ entries: [PutEventsEntry], idempotencyKey: String?) async throws {
      for entry in entries where entry.detailType == ClipEvent.detailType {
        let clip = try ClipEvent(json: entry.detail)
        clips.withLock { $0.append(clip) }
      }
    }
  }

  func run() async throws {
    MediaMemory.returnLargeBlocks()
    MediaMemory.releaseStart()
    let terminal = Terminal()
    let key = String(video.split(separator: "/").last ?? "")
    let names = try OutputKeys(sourceKey: key)
    let output = try OutputFolder(path: folder)
    let announcements = Announcements()
    let (settings, limits) = try settings()
    let (path, runToken) = (CommandArguments.path(video), force ? RequestID.make() : nil)
    let store = try await DedicatedThread.run(name: "digest") {
      try LocalJobStore(path: path, key: key, run: runToken, outputs: FolderStore(root: output.root))
    }
    var logger = Logger(label: "render") { JSONLogHandler(label: $0) }
    logger.logLevel = .error
    let services = PreviewServices(
      settings: settings, limits: limits,
      buckets: Job.Buckets(source: LocalJobStore.sourceBucket, output: output.name), objects: store,
      publisher: announcements, logger: logger)

    let notification = S3Notification(
      bucket: LocalJobStore.sourceBucket, key: key, eventName: "ObjectCreated:Put")
    let outcome = try await ClipPlanner(services: services).process(notification, requestID: RequestID.make())
    let clips = announcements.clips.withLock { $0 }
    if outcome.status == .announced { try await render(clips, services, terminal) }
    if outcome.status != .failed { try await makeStoryboard(key, services) }

    guard let manifest = try await services.store.manifest(of: names, in: output.name)?.manifest else {
      throw CommandError("the job ended without a manifest: \(outcome.reason ?? outcome.status.rawValue)")
    }
    if json { Terminal.result(String(decoding: try JSON.encode(manifest, pretty: true), as: UTF8.self)) }
    guard manifest.status == .complete else {
      terminal.say("failed: \(manifest.reason ?? "no reason given")")
      throw ExitCodes.failed
    }
    terminal.say("done: \(manifest.clips.count) GIF\(manifest.clips.count == 1 ? "" : "s"), \(manifest.frames) stills")
    if !json { Terminal.result("\(folder)/\(names.folder)") }
  }

  /// - Throws: `CommandError` where it cannot be made of the stills that are there.
  private func makeStoryboard(_ key: String, _ services: PreviewServices) async throws {
    guard services.settings.storyboard != nil else { return }
    let outcome = try await StoryboardMaker(services: services).process(ProcessedEvent(key: key))
    if outcome.status == .failed { throw CommandError("no storyboard: \(outcome.reason ?? "unknown reason")") }
  }

  /// Every worker renders clips that follow each other, as far as there are any left, with a processor of its own.
  private func render(_ clips: [ClipEvent], _ services: PreviewServices, _ terminal: Terminal) async throws {
    let work = ClipShares(clips)
    let began = ContinuousClock.now
    let workers = parallel ?? ProcessInfo.processInfo.activeProcessorCount
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<min(workers, clips.count) {
        group.addTask {
          let processor = ClipProcessor(services: services)
          var done: ClipShares.Number?
          while let (number, clip) = work.next(after: done) {
            _ = try await processor.process(clip, requestID: RequestID.make())
            done = number
            terminal.show(.job(work.finished(number), elapsed: (ContinuousClock.now - began) / .seconds(1)))
          }
        }
      }
      try await group.waitForAll()
    }
    terminal.clear()
  }
}

/// A job's clips, shared out among workers.
private final class ClipShares: Sendable {
  typealias Number = Int64

  private let clips: [ClipEvent]
  private let state: Mutex<(free: [Number], busy: Set<Number>, progress: JobProgress)>

  init(_ clips: [ClipEvent]) {
    self.clips = clips
    var progress = JobProgress()
    progress.clips = clips.count
    state = Mutex((clips.indices.map(Number.init), [], progress))
  }

  /// A worker is done with a clip. Returns how far the job is.
  func finished(_ number: Number) -> JobProgress {
    state.withLock { state in
      state.busy.remove(number)
      state.progress.clipsDone += 1
      return state.progress
    }
  }

  /// - Parameter done: what the worker has finished last.
  func next(after done: Number?) -> (Number, ClipEvent)? {
    state.withLock { state in
      guard !state.free.isEmpty else { return nil }
      let number = state.free.remove(at: RunAffinity.index(in: state.free, busy: state.busy, after: done))
      state.busy.insert(number)
      return (number, clips[Int(number)])
    }
  }
}
