import FoundationEssentials
import MediaJobs
import MediaTypes
import ObjectStore
import S3Protocol
package import EventBus
package import Core

/// `manifest.json`: written once per source version, when everything it names is in the store (DESIGN §4, contract).
package struct Manifest: Sendable, Codable {
  package enum Status: String, Sendable, Codable { case complete, failed }

  package struct Source: Sendable, Codable {
    package var bucket: String
    package var key: String
    /// Without quotes.
    package var etag: String
    /// Bytes.
    package var size: Int64
  }

  package var status: Status
  /// Why the job failed, for a person.
  package var reason: String?
  /// `true` if tries ran out, so that uploading the video again, or a redriven dead letter, starts its job again; absent
  /// where that would not help.
  package var gaveUp: Bool?
  package var source: Source
  /// `SourceVersion.description`.
  package var version: String
  /// `JobSettings.fingerprint`.
  package var settings: String
  /// Seconds of video; absent where the source could not be read as one.
  package var duration: Double?
  /// Pixels of the stills, upright and with square pixels.
  package var width: Int?
  package var height: Int?
  package var frameRate: Double?
  package var codec: String?
  /// `true` where the file ends before its video does; then `duration` is what is there.
  package var truncated: Bool?
  package var snippetSize: Int
  /// Stills of all clips.
  package var frames: Int
  /// In order of `start`.
  package var clips: [ClipRecord]
  /// Added later, when all of it is in the store; absent until then, and where none is made.
  package var storyboard: StoryboardRecord?
  /// Request id of the invocation that wrote it; that invocation, tried again, announces again.
  package var completedBy: String
  /// Milliseconds since 1970.
  package var createdAt: Int64

  /// Whether it was written before the source was uploaded, the same bytes perhaps for the second time. Stores tell whole
  /// seconds: in doubt it was not.
  func precedes(upload source: ObjectInfo) -> Bool {
    createdAt / 1000 < Int64(source.lastModified.timeIntervalSince1970)
  }

  /// What `videoProcessed` and `videoFailed` carry: the manifest without its clips.
  package func summary(manifestKey: String) -> JSONValue {
    var members: [String: JSONValue] = [
      "status": .string(status.rawValue), "bucket": .string(source.bucket), "key": .string(source.key),
      "etag": .string(source.etag), "size": .integer(source.size), "version": .string(version),
      "snippetSize": .integer(Int64(snippetSize)), "clips": .integer(Int64(clips.count)),
      "frames": .integer(Int64(frames)), "manifest": .string(manifestKey), "tsCreated": .integer(createdAt),
    ]
    if let reason { members["reason"] = .string(reason) }
    if let duration { members["length"] = .number(duration) }
    if let width { members["width"] = .integer(Int64(width)) }
    if let height { members["height"] = .integer(Int64(height)) }
    if let frameRate { members["frameRate"] = .number(frameRate) }
    if let codec { members["codec"] = .string(codec) }
    return .object(members)
  }

  package func announcement(of job: Job) -> PutEventsEntry {
    var detail = summary(manifestKey: job.names.manifest).objectValue ?? [:]
    detail.merge(job.address.members) { $1 }
    return PutEventsEntry(
      source: ClipEvent.source, detailType: status == .complete ? "videoProcessed" : "videoFailed",
      detail: .object(detail))
  }
}

extension Manifest {
  /// The manifest of a video whose clips have all ended, each in the store or failed finally.
  package init(
    of job: Job, plan: VideoPlan?, clips: [ClipRecord], completedBy requestID: String, at milliseconds: Int64
  ) {
    let failed = clips.filter { $0.status == .failed }
    let size = plan.map { plan in
      (job.settings.stills ?? StillSettings()).size(width: plan.video.width, height: plan.video.height)
    }
    self.init(
      status: failed.isEmpty ? .complete : .failed,
      reason: failed.first.map { first in
        "\(failed.count) of \(clips.count) clips failed; the first, at second \(first.start): \(first.reason ?? "unknown")"
      },
      gaveUp: failed.contains { $0.gaveUp == true } ? true : nil,
      source: job.manifestSource, version: job.version.description, settings: job.version.settings,
      duration: plan?.video.length, width: size?.width, height: size?.height,
      frameRate: plan?.video.frameRate, codec: plan?.video.codec, truncated: plan?.video.isTruncated,
      snippetSize: job.settings.snippetSize, frames: clips.reduce(0) { $0 + $1.frames }, clips: clips,
      completedBy: requestID, createdAt: milliseconds)
  }

  /// The manifest of a source that has no previews, and why.
  ///
  /// - Parameter gaveUp: tries ran out; otherwise no try can mend it.
  package init(failed reason: String, gaveUp: Bool, of job: Job, by requestID: String, at milliseconds: Int64) {
    self.init(
      status: .failed, reason: reason, gaveUp: gaveUp ? true : nil, source: job.manifestSource,
      version: job.version.description,
      settings: job.version.settings, snippetSize: job.settings.snippetSize, frames: 0, clips: [],
      completedBy: requestID, createdAt: milliseconds)
  }
}
