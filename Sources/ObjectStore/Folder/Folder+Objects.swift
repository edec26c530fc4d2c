import Checksums
import Glibc
import S3Protocol
import Synchronization

extension Folder {
  /// - Throws: `NoSuchKey`.
  func head(_ key: String, in bucket: String) throws -> ObjectInfo {
    try info(of: try file(key, in: bucket), key, in: bucket)
  }

  func get(
    _ key: String, in bucket: String, range: ClosedRange<Int64>?, ifMatch: ETag?
  ) throws -> (info: ObjectInfo, bytes: [UInt8]) {
    let file = try file(key, in: bucket)
    let info = try info(of: file, key, in: bucket)
    var conditions = Preconditions()
    conditions.ifMatch = ifMatch.map { .list([$0]) }
    if let error = conditions.evaluateRead(etag: info.etag, lastModified: info.lastModified) {
      throw ObjectStoreError(error, subject: subject(key, bucket))
    }
    guard let range else { return (info, try file.read(0..<info.size)) }
    guard range.lowerBound >= 0, range.lowerBound < info.size else {
      throw ObjectStoreError(.invalidRange, subject: subject(key, bucket))
    }
    return (info, try file.read(range.lowerBound..<min(range.upperBound, info.size - 1) + 1))
  }

  /// Opens a certain version.
  ///
  /// - Throws: `NoSuchKey`, `SourceReplaced`.
  func open(_ key: String, in bucket: String, version: ETag) throws -> OpenFile {
    let file = try file(key, in: bucket)
    let found = try etag(of: file, at: path(key, bucket))
    guard found == version else {
      throw ObjectStoreError(
        code: "SourceReplaced", message: "\(subject(key, bucket)): must still have the tag \(version), found \(found)",
        isRetryable: false)
    }
    return file
  }

  func put(_ bytes: [UInt8], as key: String, in bucket: String, options: PutOptions) throws -> ETag {
    do throws(S3Error) {
      try ObjectKey.validate(key)
      try options.validate()
    } catch {
      throw ObjectStoreError(error, subject: subject(key, bucket))
    }
    let path = try path(key, bucket)
    let etag = ETag(md5: Digest.md5(bytes))
    return try changing.withLock { _ in
      let lock = options.isConditional ? try lockBucket(key, bucket) : nil
      defer { lock?.release() }
      var conditions = Preconditions()
      conditions.ifMatch = options.ifMatch.map { .list([$0]) }
      conditions.ifNoneMatch = options.ifNoneMatch ? .any : nil
      if let error = conditions.evaluateWrite(existing: try etagIfPresent(key, bucket)) {
        throw ObjectStoreError(error, subject: subject(key, bucket))
      }
      try makeFolder(of: path, key, bucket)
      defer { removeEmptyFolders(from: reserved(bucket), upTo: folder(bucket)) }
      let stamp = try replace(path, by: bytes, key, bucket)
      remember(etag, stamp, at: path)
      try writeDetails(
        Details(etag: etag.value, contentType: options.contentType, metadata: options.metadata), key, bucket)
      return etag
    }
  }

  private func lockBucket(_ key: String, _ bucket: String) throws -> FolderLock {
    let path = "\(reserved(bucket))/%lock"
    try makeFolder(of: path, key, bucket)
    return try FolderLock(at: path, subject: subject(key, bucket))
  }

  func delete(_ key: String, in bucket: String) throws {
    let path = try path(key, bucket)
    try changing.withLock { _ in
      guard unlink(path) == 0 || [ENOENT, ENOTDIR, EISDIR, ENAMETOOLONG].contains(errno) else {
        throw ObjectStoreError.system(errno, "deleting", subject: subject(key, bucket))
      }
      let details = detailsPath(key, bucket)
      unlink(details)
      removeEmptyFolders(from: parent(of: details), upTo: folder(bucket))
      removeEmptyFolders(from: parent(of: path), upTo: folder(bucket))
    }
  }
}
