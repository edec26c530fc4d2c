import Terminals
import Clips
import ArgumentParser
import Core
import FoundationEssentials
import Glibc
import MP4
import MediaTypes
import Synchronization
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

  private func make(_ plan: ProxyPlan, _ processors: Int, _ terminal: Terminal) async throws {
    let folder = try PartFolder(output: output, source: video, plan: plan)
    let encoder = try PartProcess()
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
            try await encoder.run(order, scratch: folder.path)
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

/// Parts that are still to be made, shared out among workers: those that take longest first.
private final class PartQueue: Sendable {
  private let parts: Mutex<ArraySlice<ProxyPart>>

  init(_ parts: [ProxyPart]) { self.parts = Mutex(parts.sorted { $0.cost > $1.cost }[...]) }

  func next() -> ProxyPart? { parts.withLock { $0.popFirst() } }
}

/// The parts of a proxy that are finished, beside the file that they become.
private struct PartFolder: Sendable {
  let path: String

  /// What the parts belong to; others are thrown away.
  private struct Identity: Codable, Equatable {
    var source: String
    var size: Int64
    var modified: Double
    var plan: ProxyPlan
  }

  init(output: String, source: String, plan: ProxyPlan) throws {
    let folder = (output.hasPrefix("/") ? output : FileManager.default.currentDirectoryPath + "/" + output) + ".parts"
    path = folder
    var status = stat()
    guard stat(source, &status) == 0 else { throw CommandError("cannot read '\(source)'") }
    let identity = Identity(
      source: source, size: Int64(status.st_size),
      modified: Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) / 1e9, plan: plan)
    let file = URL(filePath: "\(folder)/plan.json")
    if let found = try? Data(contentsOf: file), let known = try? JSON.decode(Identity.self, from: Array(found)),
      known == identity
    {
      return
    }
    try? FileManager.default.removeItem(atPath: folder)
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try Data(try JSON.encode(identity)).write(to: file)
    } catch {
      throw CommandError("cannot write to '\(folder)': \(Reason.of(error))")
    }
  }

  func path(_ part: ProxyPart) -> String { "\(path)/\(part.name).part" }
  func progressPath(_ part: ProxyPart) -> String { "\(path)/\(part.name).progress" }

  func isFinished(_ part: ProxyPart) -> Bool { access(path(part), R_OK) == 0 }

  /// 0 ... 1.
  func progress(_ plan: ProxyPlan) -> Double {
    let done = plan.parts.reduce(0.0) { sum, part in
      if isFinished(part) { return sum + part.cost }
      guard part.seconds > 0, let text = try? Data(contentsOf: URL(filePath: progressPath(part))),
        let seconds = Double(String(decoding: text, as: UTF8.self))
      else { return sum }
      return sum + part.cost * min(1, max(0, seconds / part.seconds))
    }
    return plan.cost > 0 ? done / plan.cost : 0
  }

  /// Writes the file, complete or not at all.
  ///
  /// - Returns: how many pictures it has.
  func join(_ plan: ProxyPlan, to output: String) throws -> Int {
    let parts = try plan.parts.map { ($0.isVideo, try TrackPart(FileByteSource(path: path($0)))) }
    let file = try JoinedFile(video: parts.filter(\.0).map(\.1), audio: parts.filter { !$0.0 }.map(\.1))
    let unfinished = output + ".unfinished"
    let descriptor = open(unfinished, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw failure(unfinished) }
    defer { close(descriptor) }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
    defer { buffer.deallocate() }
    var offset: Int64 = 0
    while offset < file.size {
      let count = try file.read(at: offset, into: buffer)
      var done = 0
      while done < count {
        let written = write(descriptor, buffer.baseAddress! + done, count - done)
        if written > 0 { done += written } else if errno != EINTR { throw failure(unfinished) }
      }
      offset += Int64(count)
    }
    guard fsync(descriptor) == 0, rename(unfinished, output) == 0 else { throw failure(output) }
    return file.pictures
  }

  private func failure(_ path: String) -> CommandError {
    CommandError("cannot write '\(path)': \(String(cString: strerror(errno)))")
  }

  func remove() { try? FileManager.default.removeItem(atPath: path) }
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
