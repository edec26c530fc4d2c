import Core
import ObjectStore
import S3Protocol

/// Copies a finished job's objects into a folder, laid out as `zoetrope render` lays them out.
package struct PreviewDownload: Sendable {
  private let store: JobStore
  private let bucket: String
  private let root: String
  private let folder: String

  /// - Parameters:
  ///   - bucket: that the job wrote to.
  ///   - folder: the name of the folder in `root`, which must exist.
  package init(store: JobStore, bucket: String, root: String, folder: String) {
    (self.store, self.bucket, self.root, self.folder) = (store, bucket, root, folder)
  }

  /// Objects fetched at the same time.
  private static let parallel = 8

  /// Fetches what the manifest names, except what the folder holds already, then writes the manifest. The store's own may
  /// say more by now.
  package func fetch(_ manifest: Manifest, names: OutputKeys) async throws {
    let target = FolderStore(root: root)
    let listed = try await store.objects.listAll(bucket: bucket, prefix: names.prefix)
      .filter { manifest.names($0.key, names: names) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      var waiting = listed.makeIterator()
      for _ in 0..<Self.parallel {
        guard let object = waiting.next() else { break }
        group.addTask { try await copy(object, to: target) }
      }
      while try await group.next() != nil {
        if let object = waiting.next() { group.addTask { try await copy(object, to: target) } }
      }
    }
    _ = try await target.put(JSON.encode(manifest), as: names.manifest, in: folder)
  }

  private func copy(_ object: ObjectSummary, to target: FolderStore) async throws {
    if let present = try? await target.head(object.key, in: folder), present.etag == object.etag { return }
    let fetched = try await store.objects.get(object.key, in: bucket, range: nil, ifMatch: object.etag)
    _ = try await target.put(fetched.bytes, as: object.key, in: folder, options: PutOptions())
  }
}

extension Manifest {
  /// Whether `key` is a GIF or a still of one of the finished clips, or part of the storyboard.
  fileprivate func names(_ key: String, names: OutputKeys) -> Bool {
    if names.isStoryboard(key) { return storyboard?.objects.contains { $0.key == key } == true }
    return names.isPicture(key)
      && clips.contains { clip in
        clip.status == .complete
          && (key == clip.gif || key.hasPrefix("\(names.folder)/\(names.base)-\(clip.start)-frame-"))
      }
  }
}
