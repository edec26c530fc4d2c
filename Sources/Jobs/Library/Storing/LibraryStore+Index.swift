import Core
import FoundationEssentials
import MediaJobs
import ObjectStore
import S3Protocol

/// The index: pages of at most 1,000 files, filled one after the other.
extension LibraryStore {
  /// Lists a file as its record says, on the page where it is or on the last one.
  func list(_ record: FileRecord) async throws {
    let entry = IndexEntry(record)
    if let page = record.indexPage,
      try await changePage(
        page, of: record.libraryId,
        { page in
          // A page that has lost the file does not take it back: another one may have it.
          page.entries.contains { $0.id == entry.id } && page.set(entry)
        })
    {
      return
    }
    guard record.indexPage == nil else { return }
    var number = try await pageNumbers(libraryID: record.libraryId).last ?? 0
    while true {
      var isFull = false
      try await changePage(number, of: record.libraryId) { page in
        isFull = page.isFull && !page.entries.contains { $0.id == entry.id }
        return !isFull && page.set(entry)
      }
      if !isFull { break }
      number += 1
    }
    let page = number
    try await setPage(page, of: record.identity)
  }

  func unlist(_ record: FileRecord) async throws {
    if let page = record.indexPage {
      try await changePage(page, of: record.libraryId) { $0.remove(record.id) }
    }
  }

  /// Every entry of a library.
  package func entries(libraryID: String) async throws -> [IndexEntry] {
    try await snapshot(libraryID: libraryID).entries
  }

  /// The library as its index has it now. Pages that this process has read and that have not changed are not read again.
  package func snapshot(libraryID: String) async throws -> LibrarySnapshot {
    var listed: [(number: Int, etag: ETag)] = []
    for object in try await objects.listAll(bucket: buckets.library, prefix: IndexPage.prefix(libraryID: libraryID)) {
      if let number = IndexPage.number(in: object.key) { listed.append((number, object.etag)) }
    }
    let now = listed
    let known = knownPages.snapshot(of: libraryID) { pages in
      pages.count == now.count && now.allSatisfy { pages[$0.number]?.etag == $0.etag }
    }
    if let known { return known }
    var pages = knownPages.pages(of: libraryID)
    let current = Set(listed.map(\.number))
    for number in pages.keys where !current.contains(number) { pages[number] = nil }
    var changed = listed.filter { pages[$0.number]?.etag != $0.etag }.map(\.number)[...]
    try await withThrowingTaskGroup(of: (Int, KnownPages.Page?).self) { group in
      func readNext() {
        guard let number = changed.popFirst() else { return }
        group.addTask { (number, try await read(page: number, of: libraryID)) }
      }
      for _ in 0..<8 { readNext() }
      while let (number, page) = try await group.next() {
        pages[number] = page
        readNext()
      }
    }
    let snapshot = LibrarySnapshot(pages.keys.sorted().flatMap { pages[$0]?.entries ?? [] })
    knownPages.keep(pages, snapshot, of: libraryID)
    return snapshot
  }

  private func read(page number: Int, of libraryID: String) async throws -> KnownPages.Page? {
    let key = IndexPage.key(libraryID: libraryID, page: number)
    return try await documents.read(IndexPage.self, at: key, in: buckets.library).map { stored in
      KnownPages.Page(etag: stored.etag, entries: stored.value?.entries ?? [])
    }
  }

  /// Mends the index of a library by the keys of its records: a crash between record and index leaves a file unlisted,
  /// or listed after its end.
  ///
  /// - Returns: how many entries were added or removed.
  package func mendIndex(libraryID: String) async throws -> Int {
    let prefix = FileIdentity.recordsPrefix(libraryID: libraryID)
    let recorded = Set(
      try await objects.listAll(bucket: buckets.library, prefix: prefix)
        .compactMap { FileIdentity(recordKey: $0.key)?.fileID })
    var mended = 0
    var listed = Set<String>()
    for number in try await pageNumbers(libraryID: libraryID) {
      guard let page = try await page(number, of: libraryID) else { continue }
      // Listed twice counts as once too often.
      let superfluous = page.entries.map(\.id).filter { !recorded.contains($0) || !listed.insert($0).inserted }
      guard !superfluous.isEmpty else { continue }
      try await changePage(number, of: libraryID) { page in
        superfluous.reduce(false) { page.remove($1) || $0 }
      }
      mended += superfluous.count
    }
    for id in recorded.subtracting(listed) {
      guard var record = try await record(of: FileIdentity(libraryID: libraryID, fileID: id)) else { continue }
      record.indexPage = nil
      try await list(record)
      mended += 1
    }
    return mended
  }

  /// Mends the indexes of all libraries.
  ///
  /// - Returns: how many entries were added or removed.
  package func mendIndexes() async throws -> Int {
    var mended = 0
    for library in try await libraries() { mended += try await mendIndex(libraryID: library) }
    return mended
  }

  /// The libraries that have files.
  package func libraries() async throws -> [String] {
    var (all, position) = ([String](), String?.none)
    repeat {
      let page = try await objects.list(
        bucket: buckets.library, prefix: "record/", startAfter: position, delimiter: "/", limit: 1000)
      all += page.commonPrefixes.map { String($0.dropFirst(7).dropLast()) }
      position = page.next
    } while position != nil
    return all
  }

  func page(_ number: Int, of libraryID: String) async throws -> IndexPage? {
    try await documents.read(
      IndexPage.self, at: IndexPage.key(libraryID: libraryID, page: number), in: buckets.library)?
      .value
  }

  func pageNumbers(libraryID: String) async throws -> [Int] {
    try await objects.listAll(bucket: buckets.library, prefix: IndexPage.prefix(libraryID: libraryID))
      .compactMap { IndexPage.number(in: $0.key) }
  }

  private func setPage(_ number: Int, of file: FileIdentity) async throws {
    for round in 0..<Self.maximumRounds {
      guard let stored = try await documents.read(FileRecord.self, at: file.recordKey, in: buckets.library),
        var record = stored.value, record.indexPage != number
      else { return }
      record.indexPage = number
      let condition = DocumentStore.Condition.unchanged(stored.etag)
      if try await documents.write(record, at: file.recordKey, in: buckets.library, if: condition) != nil { return }
      try await pause(round)
    }
    throw Contended(key: file.recordKey)
  }

  /// - Parameter change: false leaves the page as it is. May be called several times.
  /// - Returns: whether the page was changed.
  @discardableResult
  private func changePage(
    _ number: Int, of libraryID: String, _ change: (inout IndexPage) -> Bool
  ) async throws -> Bool {
    let key = IndexPage.key(libraryID: libraryID, page: number)
    for round in 0..<Self.maximumRounds {
      let stored = try await documents.read(IndexPage.self, at: key, in: buckets.library)
      var page = stored?.value ?? IndexPage()
      guard change(&page) else { return false }
      let condition = DocumentStore.Condition.replacing(stored?.etag)
      if try await documents.write(page, at: key, in: buckets.library, if: condition) != nil { return true }
      try await pause(round)
    }
    throw Contended(key: key)
  }
}
