package import Core
package import MediaJobs
package import ObjectStore

/// One transcoding job, and where its documents are: below its own prefix in the cache bucket.
package struct TranscodeJob: Sendable, Hashable {
  /// Unguessable: 32 hexadecimal digits.
  package let id: String

  /// Of all jobs.
  package static let root = "transcoding/jobs/"
  /// What the jobs' documents say they are.
  package static let kind = "transcode"

  /// A new job.
  package static func make() -> TranscodeJob { TranscodeJob(known: RandomDigits.make()) }

  /// - Returns: `nil` if `id` is not the name of a job.
  package init?(id: String) {
    guard id.utf8.count == 32, id.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }) else {
      return nil
    }
    self.id = id
  }

  private init(known id: String) { self.id = id }

  package var prefix: String { "\(Self.root)\(id)/" }
  package var planKey: String { "\(prefix)plan.json" }
  /// What tickets are signed with.
  package var secretKey: String { "\(prefix)secret.json" }
  /// Peaks of the result, if a reader asked for them.
  package var waveformKey: String { "\(prefix)waveform.json" }
  /// The source and the parts: deleted when the job ends.
  package var dataPrefix: String { "\(prefix)data/" }
  package var sourceKey: String { "\(dataPrefix)source" }
  package func dataKey(_ part: Int) -> String { "\(dataPrefix)\(part)" }
  package var donePrefix: String { "\(prefix)done/" }
  package func doneKey(_ part: Int) -> String { "\(donePrefix)\(part).json" }

  /// There while the job waits, and while it runs; zero bytes each, so that counting them is one listing.
  package static let waitingRoot = "transcoding/waiting/"
  package static let runningRoot = "transcoding/running/"
  package var waitingKey: String { Self.waitingRoot + id }
  package var runningKey: String { Self.runningRoot + id }

  package func folder(_ objects: any ObjectStore, bucket: String) -> JobFolder {
    JobFolder(objects: objects, bucket: bucket, prefix: prefix)
  }
}
