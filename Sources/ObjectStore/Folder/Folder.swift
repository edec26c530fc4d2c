import FoundationEssentials
import Glibc
import Core
import S3Protocol
import Synchronization

/// The files of a `FolderStore`: where they are and how they are read and replaced. Everything here blocks.
final class Folder: Sendable {
  private let root: String
  /// Held by everything that changes files, so that a condition still holds when the change is made.
  let changing = Mutex<Void>(())
  /// Tags by path, as long as the file stays as it is.
  private let tags = Mutex<[String: (stamp: OpenFile.Stamp, etag: ETag)]>([:])
  private static let rememberedTags = 100_000

  init(root: String) {
    self.root = root
  }

  // MARK: Paths

  func subject(_ key: String, _ bucket: String) -> String { "'\(key)' in folder '\(folder(bucket))'" }

  func folder(_ bucket: String) -> String { "\(root)/\(bucket)" }

  func reserved(_ bucket: String) -> String { "\(folder(bucket))/\(KeyPath.reserved)" }

  func detailsPath(_ key: String, _ bucket: String) -> String {
    "\(reserved(bucket))/\(KeyPath.path(of: key))"
  }

  /// - Throws: `InvalidBucketName` where the name would leave the root.
  func path(_ key: String, _ bucket: String) throws(ObjectStoreError) -> String {
    guard !bucket.isEmpty, bucket != ".", bucket != "..",
      !bucket.utf8.contains(where: { $0 == UInt8(ascii: "/") || $0 == 0 })
    else { throw ObjectStoreError(.invalidBucketName, subject: "bucket '\(bucket)'") }
    return "\(folder(bucket))/\(KeyPath.path(of: key))"
  }

  func parent(of path: String) -> String {
    String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
  }

  func makeFolder(of path: String, _ key: String, _ bucket: String) throws {
    let folder = parent(of: path)
    guard mkdir(folder, 0o777) != 0, errno != EEXIST else { return }
    switch errno {
    case ENOENT where !folder.isEmpty:
      try makeFolder(of: folder, key, bucket)
      guard mkdir(folder, 0o777) == 0 || errno == EEXIST else {
        throw ObjectStoreError.system(errno, "making '\(folder)'", subject: subject(key, bucket))
      }
    case ENOTDIR: throw ObjectStoreError.folderConflict(subject: subject(key, bucket))
    default: throw ObjectStoreError.system(errno, "making '\(folder)'", subject: subject(key, bucket))
    }
  }

  func removeEmptyFolders(from path: String, upTo top: String) {
    var path = path
    while path.utf8.count > top.utf8.count, rmdir(path) == 0 { path = parent(of: path) }
  }

  // MARK: Files

  func file(_ key: String, in bucket: String) throws -> OpenFile {
    guard let file = try OpenFile.read(try path(key, bucket), subject: subject(key, bucket)) else {
      throw ObjectStoreError(.noSuchKey, subject: subject(key, bucket))
    }
    return file
  }

  func infoIfPresent(_ key: String, in bucket: String) throws -> ObjectInfo? {
    guard let file = try OpenFile.read(try path(key, bucket), subject: subject(key, bucket)) else { return nil }
    return try info(of: file, key, in: bucket)
  }

  func info(of file: borrowing OpenFile, _ key: String, in bucket: String) throws -> ObjectInfo {
    let etag = try etag(of: file, at: path(key, bucket))
    let stamp = try file.stamp()
    let details = try details(key, bucket).flatMap { $0.etag == etag.value ? $0 : nil }
    return ObjectInfo(
      key: key, size: stamp.size, etag: etag,
      lastModified: Date(timeIntervalSince1970: Double(stamp.seconds) + Double(stamp.nanoseconds) / 1e9),
      contentType: details?.contentType ?? ContentType.of(key), metadata: details?.metadata ?? [:])
  }

  func etagIfPresent(_ key: String, _ bucket: String) throws -> ETag? {
    let path = try path(key, bucket)
    guard let file = try OpenFile.read(path, subject: subject(key, bucket)) else { return nil }
    return try etag(of: file, at: path)
  }

  func etag(of file: borrowing OpenFile, at path: String) throws -> ETag {
    let stamp = try file.stamp()
    if let known = tags.withLock({ $0[path] }), known.stamp == stamp { return known.etag }
    let etag = ETag(md5: try file.md5())
    remember(etag, stamp, at: path)
    return etag
  }

  func remember(_ etag: ETag, _ stamp: OpenFile.Stamp, at path: String) {
    tags.withLock { tags in
      if tags.count >= Self.rememberedTags { tags = [:] }
      tags[path] = (stamp, etag)
    }
  }

  /// Writes a file beside and moves it into place, so that no reader ever sees a part of it.
  func replace(
    _ path: String, by bytes: [UInt8], _ key: String, _ bucket: String
  ) throws -> OpenFile.Stamp {
    let temporary = "\(reserved(bucket))/%\(RequestID.make())"
    try makeFolder(of: temporary, key, bucket)
    let file = try OpenFile.create(temporary, subject: subject(key, bucket))
    do {
      try file.write(bytes)
      guard rename(temporary, path) == 0 else {
        if [EISDIR, ENOTDIR, ENOTEMPTY, EEXIST].contains(errno) {
          throw ObjectStoreError.folderConflict(subject: subject(key, bucket))
        }
        throw ObjectStoreError.system(errno, "moving into place", subject: subject(key, bucket))
      }
    } catch {
      unlink(temporary)
      throw error
    }
    return try file.stamp()
  }
}
