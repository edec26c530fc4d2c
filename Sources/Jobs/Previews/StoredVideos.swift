package import Core
import ObjectStore
package import S3Protocol

/// Videos in the source bucket, and what was made of them.
package struct StoredVideos: Sendable {
  private let store: JobStore
  private let buckets: Job.Buckets

  package init(store: JobStore, buckets: Job.Buckets) {
    self.store = store
    self.buckets = buckets
  }

  package struct Video: Sendable {
    package var source: ObjectSummary
    /// What stands at the manifest's key; nil if nothing does.
    package var manifest: Manifest?

    /// `complete`, `failed`, or `pending`: there is no manifest of this upload.
    package var status: String {
      guard let manifest, manifest.source.etag == source.etag.value else { return "pending" }
      return manifest.status.rawValue
    }

    package var json: JSONValue {
      var members: [String: JSONValue] = [
        "key": .string(source.key), "size": .integer(source.size), "etag": .string(source.etag.value),
        "modified": .string(source.lastModified.iso8601()), "status": .string(status),
      ]
      if let manifest {
        members["clips"] = .integer(Int64(manifest.clips.count))
        members["frames"] = .integer(Int64(manifest.frames))
        members["duration"] = manifest.duration.map(JSONValue.number)
        members["reason"] = manifest.reason.map(JSONValue.string)
      }
      return .object(members)
    }
  }

  /// Manifests read at the same time.
  private static let readers = 16
  /// How often outputs that appear while a video is removed are looked for again.
  private static let maximumRounds = 10

  /// In the order of `sources`; keys that cannot be videos (`folder/`) are left out.
  package func describe(_ sources: [ObjectSummary]) async throws -> [Video] {
    try await withThrowingTaskGroup(of: (Int, Manifest?).self) { group in
      var videos: [Int: Video] = [:]
      var next = 0
      func begin() {
        while next < sources.count {
          let number = next
          next += 1
          guard let names = try? OutputKeys(sourceKey: sources[number].key) else { continue }
          videos[number] = Video(source: sources[number], manifest: nil)
          group.addTask { (number, try await store.manifest(of: names, in: buckets.output)?.manifest) }
          return
        }
      }
      for _ in 0..<Self.readers { begin() }
      while let (number, manifest) = try await group.next() {
        videos[number]?.manifest = manifest
        begin()
      }
      return videos.sorted { $0.key < $1.key }.map(\.value)
    }
  }

  /// Removes a video, then all that was made of it. Workers that are at it notice that the video is gone and remove what
  /// they have written since.
  ///
  /// - Returns: how many objects were removed.
  package func remove(_ key: String) async throws -> Int {
    let names = try OutputKeys(sourceKey: key)
    var count = 0
    if try await store.source(key, in: buckets.source) != nil {
      try await store.objects.delete(key, in: buckets.source)
      count += 1
    }
    for _ in 0..<Self.maximumRounds {
      let made = try await store.objects.listAll(bucket: buckets.output, prefix: names.prefix).map(\.key)
        .filter(names.isOutput)
      if made.isEmpty { break }
      // The manifest last: a removal that was cut off is seen by it.
      let (manifest, others) = (made.filter { $0 == names.manifest }, made.filter { $0 != names.manifest })
      try await store.objects.delete(others, in: buckets.output)
      try await store.objects.delete(manifest, in: buckets.output)
      count += made.count
    }
    return count
  }
}
