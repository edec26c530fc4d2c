package import Core
package import Library
package import MediaJobs
package import MediaTypes
import ObjectStore

/// One proxy, moment or poster in the making, and where its documents are: below the file's jobs in the cache bucket.
package struct ProxyJob: Sendable {
  /// What comes out.
  package enum Kind: String, Sendable, Codable {
    /// The whole video, as every browser plays it.
    case proxy
    /// A stretch of it, as a file of its own.
    case moment
    /// The frame that stands for it.
    case poster
  }

  package let kind: Kind
  package let file: FileIdentity
  /// Of the file's content.
  package let version: Int
  /// Part of keys: `upload` for what an upload asks for, otherwise unguessable.
  package let run: String

  /// The run that follows an upload.
  package static let uploadRun = "upload"

  package init(kind: Kind, file: FileIdentity, version: Int, run: String) {
    self.kind = kind
    self.file = file
    self.version = version
    self.run = run
  }

  /// - Throws: `LibraryEvent.Invalid` if the event names no job.
  package init(_ event: LibraryEvent) throws(LibraryEvent.Invalid) {
    let run = event.extra["run"]?.stringValue ?? Self.uploadRun
    let kind = event.extra["job"]?.stringValue.flatMap(Kind.init) ?? (event.kind == .momentRequested ? .moment : .proxy)
    guard !run.isEmpty, run.utf8.count <= 64,
      run.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") })
    else { throw LibraryEvent.Invalid(message: "expected a run of letters, digits and '-' in the event's detail") }
    self.init(kind: kind, file: event.file, version: event.version, run: run)
  }

  private var kindPrefix: String { file.jobPrefix(kind.rawValue, version: version) }
  package var prefix: String { "\(kindPrefix)\(run)/" }
  /// Names the run that counts; a newer one takes its place.
  package var currentKey: String { "\(kindPrefix)current.json" }
  package var planKey: String { "\(prefix)plan.json" }
  package func partKey(_ name: String) -> String { "\(prefix)data/\(name)" }
  package func doneKey(_ number: Int) -> String { "\(prefix)done/\(number).json" }

  package func folder(_ store: LibraryStore) -> JobFolder {
    JobFolder(objects: store.objects, bucket: store.buckets.cache, prefix: prefix)
  }

  /// The route that ends it without a result; `nil` if there is none.
  var cancelPath: String? {
    kind == .proxy ? "/api/libraries/\(file.libraryID)/files/\(file.fileID)/proxy" : nil
  }

  /// What the events of this job carry besides the file.
  package var extra: [String: JSONValue] { ["run": .string(run), "job": .string(kind.rawValue)] }
}

/// The run of a file's proxy that counts.
struct CurrentRun: Codable, Sendable {
  var run: String
}

/// What is asked for.
package struct ProxyRequest: Sendable, Codable, Equatable {
  /// Everything is encoded, whatever the streams are.
  package var isForced: Bool
  /// Seconds of the presentation; `nil` for all of it.
  package var start: Double?
  package var end: Double?
  /// An animated image of the stretch instead of a video.
  package var animation: AnimationFormat?

  package init(
    isForced: Bool = false, start: Double? = nil, end: Double? = nil, animation: AnimationFormat? = nil
  ) {
    self.animation = animation
    self.isForced = isForced
    self.start = start
    self.end = end
  }
}

/// A part's end, as the other parts see it.
struct PartDone: Codable, Sendable, Equatable {
  var name: String
  var outcome: PartOutcome
}
