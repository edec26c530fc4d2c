/// Where a scan over ordered keys begins.
package struct ListingStart: Sendable, Equatable {
  package var key: String
  /// `true` for keys from `key` on, `false` for keys after it.
  package var isIncluded: Bool

  package init(key: String, isIncluded: Bool) {
    self.key = key
    self.isIncluded = isIncluded
  }
}

/// One page of a listing.
package struct ListingPage<Item> {
  package fileprivate(set) var items: [Item] = []
  package fileprivate(set) var commonPrefixes: [String] = []
  package fileprivate(set) var isTruncated = false
  /// The last key or common prefix; where the page is truncated the next one continues `after` this.
  package fileprivate(set) var last: String?
}

extension ListingPage: Sendable where Item: Sendable {}

/// How a listing comes about, over anything that yields keys in order.
///
/// A listing is the run of keys and common prefixes, ordered by their bytes, that lie after `query.after`. That makes
/// both versions of the request one: an S3 listing that was cut at a common prefix goes on behind the whole group, and
/// a marker within a group leaves the rest of that group out.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html and
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-prefixes.html
package enum ListingPlan {
  /// - Parameters:
  ///   - key: of an item.
  ///   - scan: up to `limit` items in the order of their keys' bytes, beginning at `start`; fewer only at the end of
  ///     all keys, or from the first key on that lacks the query's prefix. Called several times: a group of many keys
  ///     is passed over by a new scan behind it.
  package static func page<Item, Failure: Error>(
    of query: ListingQuery, key: (Item) -> String,
    scan: (_ start: ListingStart, _ limit: Int) throws(Failure) -> [Item]
  ) throws(Failure) -> ListingPage<Item> {
    var page = ListingPage<Item>()
    guard query.maxKeys > 0, var start = firstStart(query) else { return page }
    var limit = query.delimiter == nil ? query.maxKeys + 1 : Self.smallScan

    while true {
      let batch = try scan(start, limit)
      var skipped = 0
      for item in batch {
        let name = key(item)
        guard ObjectKey.hasPrefix(name, query.prefix) else { return page }
        let group = group(of: name, query)
        if let group, let last = page.last, ObjectKey.same(group, last) {
          skipped += 1
          continue
        }
        guard page.items.count + page.commonPrefixes.count < query.maxKeys else {
          page.isTruncated = true
          return page
        }
        if let group { page.commonPrefixes.append(group) } else { page.items.append(item) }
        page.last = group ?? name
      }
      guard batch.count == limit, let lastItem = batch.last else { return page }

      // Behind the group that the batch ended in, or else behind its last key.
      if let group = group(of: key(lastItem), query) {
        guard let behind = successor(ofPrefix: group) else { return page }
        start = ListingStart(key: behind, isIncluded: true)
      } else {
        start = ListingStart(key: key(lastItem), isIncluded: false)
      }
      if query.delimiter != nil {
        limit = skipped > limit / 2 ? Self.smallScan : min(limit * 2, query.maxKeys + 1)
        limit = max(limit, 1)
      }
    }
  }

  /// With a delimiter most keys may be passed over, so the first scans are small.
  private static let smallScan = 16

  /// `nil` where nothing can follow.
  private static func firstStart(_ query: ListingQuery) -> ListingStart? {
    guard let after = query.after, !ObjectKey.precedes(after, query.prefix) else {
      return ListingStart(key: query.prefix, isIncluded: true)
    }
    // The common prefix of `after`, if it has one, is not after it: nothing of that group is left to be listed.
    if ObjectKey.hasPrefix(after, query.prefix), let group = group(of: after, query) {
      return successor(ofPrefix: group).map { ListingStart(key: $0, isIncluded: true) }
    }
    return ListingStart(key: after, isIncluded: false)
  }

  /// The key up to the first delimiter after the prefix, the delimiter included.
  private static func group(of key: String, _ query: ListingQuery) -> String? {
    guard let delimiter = query.delimiter else { return nil }
    let rest = key.utf8.dropFirst(query.prefix.utf8.count)
    let wanted = delimiter.utf8
    var position = rest.startIndex
    while let index = rest[position...].firstIndex(of: wanted[wanted.startIndex]) {
      if rest[index...].starts(with: wanted) {
        return String(decoding: key.utf8[..<rest.index(index, offsetBy: wanted.count)], as: UTF8.self)
      }
      position = rest.index(after: index)
    }
    return nil
  }

  /// The least text that comes after everything that begins with `prefix`; `nil` if none does. UTF-8's byte
  /// order is the order of scalars, so the last scalar that can be raised is.
  package static func successor(ofPrefix prefix: String) -> String? {
    var scalars = prefix.unicodeScalars
    while let last = scalars.popLast() {
      // Surrogates are no scalars: behind U+D7FF comes U+E000.
      let next = last.value == 0xD7FF ? 0xE000 : last.value + 1
      if let raised = Unicode.Scalar(next) {
        scalars.append(raised)
        return String(scalars)
      }
    }
    return nil
  }
}
