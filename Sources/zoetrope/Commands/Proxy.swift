import Terminals
import Clips
import ArgumentParser
import Core
import FoundationEssentials
import Installations
import MediaTypes
import VideoProxy
import VideoTracks

/// A browser's MP4 of one file, on this machine.
struct Proxy: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make an H.264 and AAC MP4 that every browser plays of a local video.",
    discussion: """
      Works without a server. The video is cut at key frames; the pieces are encoded in parallel by the function
      EncodeSegment, each on one processor, and joined without encoding again. Streams that browsers play are copied.
      What is finished is kept beside the output in OUT.mp4.parts until the file is complete, so that a run that was
      interrupted goes on there.
      """)

  @Argument(help: "The video file.", completion: .file())
  var video: String

  @Argument(help: "The MP4 file to write; replaced if it exists.", completion: .file(extensions: ["mp4"]))
  var output: String

  @Option(help: "Pieces to cut the video into (default: one per 20 seconds; at most as many as key frames allow).")
  var segments: Int?

  @Flag(help: "Encode also what every browser plays as it is.")
  var force = false

  func validate() throws {
    if let segments, !(1...1000).contains(segments) {
      throw ValidationError("--segments must be a whole number from 1 to 1000, found \(segments)")
    }
    if !output.lowercased().hasSuffix(".mp4") {
      throw ValidationError("the output's name must end in .mp4, found '\(output)'")
    }
  }

  func run() async throws {
    MediaMemory.returnLargeBlocks()
    MediaMemory.releaseStart()
    let terminal = Terminal()
    let processors = ProcessInfo.processInfo.activeProcessorCount
    let (video, segments, force) = (video, segments, force)
    let outcome = try await DedicatedThread.run(name: "plan") {
      try ProxyPlanner(parts: segments, processors: processors).plan(
        FileByteSource(path: video), isForced: force)
    }
    switch outcome {
    case .none(.impossible(let reason)):
      throw CommandError(reason)
    case .none(.notNeeded(let reason)), .none(.none(let reason)):
      terminal.say("not needed: \(reason); --force encodes it")
      Terminal.result(video)
    case .none(.make):
      break
    case .plan(let plan):
      try await make(plan, processors, terminal)
      Terminal.result(output)
    }
  }

  private func partFolder(_ plan: ProxyPlan) throws -> PartFolder {
    do {
      return try PartFolder(output: FilePath.absolute(output), source: video, plan: plan)
    } catch let error as any ClassifiedError {
      throw error
    } catch {
      throw CommandError("cannot write to '\(output).parts': \(Reason.of(error))")
    }
  }

  private func make(_ plan: ProxyPlan, _ processors: Int, _ terminal: Terminal) async throws {
    let folder = try partFolder(plan)
    let encoder = try ChildFunction("EncodeSegment", orNamedBy: "ZOETROPE_ENCODE_SEGMENT")
    let source = FilePath.absolute(video)
    let began = ContinuousClock.now
    let queue = PartQueue(plan.parts.filter { !folder.isFinished($0) })
    let ticker = Task {
      while !Task.isCancelled {
        try await Task.sleep(for: .milliseconds(500))
        terminal.show(.proxy(folder.progress(plan), elapsed: (ContinuousClock.now - began) / .seconds(1)))
      }
    }
    defer { ticker.cancel() }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<processors {
        group.addTask {
          while let part = queue.next() {
            let order = PartOrder(
              source: source, output: folder.path(part), progress: folder.progressPath(part), part: part)
            try await encoder.run(JSON.encode(order), file: folder.orderPath(part))
          }
        }
      }
      try await group.waitForAll()
    }
    ticker.cancel()
    terminal.show(.proxy(1, elapsed: (ContinuousClock.now - began) / .seconds(1)))
    let output = output
    let pictures = try await DedicatedThread.run(name: "join") { try folder.join(plan, to: output) }
    folder.remove()
    terminal.say("done: \(plan.parts.count) parts, \(pictures) frames")
  }
}

extension ProgressLine {
  /// - Parameters:
  ///   - fraction: 0 ... 1.
  ///   - elapsed: seconds since the work began.
  static func proxy(_ fraction: Double, elapsed: Double) -> ProgressLine {
    ProgressLine(
      label: "encode", fraction: fraction, details: [clock(elapsed)],
      secondsLeft: fraction > 0.01 ? elapsed * (1 - fraction) / fraction : nil)
  }
}
