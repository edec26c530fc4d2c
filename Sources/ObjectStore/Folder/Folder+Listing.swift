import Glibc
import S3Protocol

extension Folder {
  func list(
    bucket: String, prefix: String, startAfter: String?, delimiter: String?, limit: Int
  ) throws -> ListPage {
    _ = try path("list", bucket)
    let keys = try keys(in: bucket, prefix: prefix).sorted(by: ObjectKey.precedes)
    let query = ListingQuery(prefix: prefix, delimiter: delimiter, after: startAfter, maxKeys: max(1, limit))
    let page = ListingPlan.page(of: query, key: { $0 }) { start, limit in
      let first = keys.partitioningIndex { key in
        !ObjectKey.precedes(key, start.key) && (start.isIncluded || !ObjectKey.same(key, start.key))
      }
      return Array(keys[first...].prefix(limit))
    }
    let objects = try page.items.compactMap { key -> ObjectSummary? in
      // What has been deleted since is not listed.
      guard let info = try self.infoIfPresent(key, in: bucket) else { return nil }
      return ObjectSummary(key: key, etag: info.etag, size: info.size, lastModified: info.lastModified)
    }
    return ListPage(objects: objects, commonPrefixes: page.commonPrefixes, next: page.isTruncated ? page.last : nil)
  }

  /// Every key below the folder that the prefix names for certain.
  private func keys(in bucket: String, prefix: String) throws -> [String] {
    let folder = folder(bucket)
    let complete = prefix.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(prefix[..<$0]) }
    var keys: [String] = []
    var pending = [complete.map { KeyPath.path(of: $0) } ?? ""]
    while let relative = pending.popLast() {
      for entry in try entries(of: relative.isEmpty ? folder : "\(folder)/\(relative)") {
        let path = relative.isEmpty ? entry.name : "\(relative)/\(entry.name)"
        if entry.isFolder {
          if path != KeyPath.reserved { pending.append(path) }
        } else if let key = KeyPath.key(of: path), ObjectKey.hasPrefix(key, prefix) {
          keys.append(key)
        }
      }
    }
    return keys
  }

  private func entries(of folder: String) throws -> [(name: String, isFolder: Bool)] {
    guard let handle = opendir(folder) else {
      if [ENOENT, ENOTDIR, ENAMETOOLONG].contains(errno) { return [] }
      throw ObjectStoreError.system(errno, "listing", subject: "folder '\(folder)'")
    }
    defer { closedir(handle) }
    var entries: [(name: String, isFolder: Bool)] = []
    while let entry = readdir(handle) {
      let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
      guard let name = String(validating: bytes, as: UTF8.self), name != ".", name != ".." else { continue }
      var status = stat()
      guard lstat("\(folder)/\(name)", &status) == 0 else { continue }
      switch status.st_mode & S_IFMT {
      case S_IFDIR: entries.append((name, true))
      case S_IFREG: entries.append((name, false))
      default: break
      }
    }
    return entries
  }
}

extension [String] {
  /// The first index for which `isBehind` holds, where it holds for all that follow.
  fileprivate func partitioningIndex(where isBehind: (String) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
