import Library
import Testing

@Suite struct FileListingTests {
  private static let library = "00000000-0000-4000-8000-000000000001"

  private func entry(_ number: Int, _ name: String, _ type: String = "image/jpeg", size: Int64 = 1) -> IndexEntry {
    let digits = String(number)
    let id = "00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits
    var record = FileRecord(
      identity: FileIdentity(libraryID: Self.library, fileID: id), name: name, mimeType: type,
      createdAt: "2026-01-0\(number)T00:00:00.000Z", createdBy: nil)
    record.size = size
    return IndexEntry(record)
  }

  private var entries: [IndexEntry] {
    [
      entry(2, "Beach.jpg", size: 30), entry(1, "arbour.JPG", size: 200), entry(4, "clip.mp4", "video/mp4", size: 9),
      entry(3, "beat.mp3", "audio/mpeg", size: 30),
    ]
  }

  private func names(_ query: [(name: String, value: String?)]) throws -> [String] {
    try FileListing(query: query).page(of: entries).files.map(\.name)
  }

  @Test("the newest come first")
  func theNewestComeFirst() throws {
    #expect(try names([]) == ["clip.mp4", "beat.mp3", "Beach.jpg", "arbour.JPG"])
    #expect(try names([("sort", "createdAt")]) == ["arbour.JPG", "Beach.jpg", "beat.mp3", "clip.mp4"])
  }

  @Test("names are sorted without regard to case, sizes as numbers")
  func namesAreSortedWithoutRegardToCaseAndSizesAsNumbers() throws {
    #expect(try names([("sort", "name")]) == ["arbour.JPG", "Beach.jpg", "beat.mp3", "clip.mp4"])
    #expect(try names([("sort", "size")]) == ["clip.mp4", "Beach.jpg", "beat.mp3", "arbour.JPG"])
  }

  @Test("type and text narrow the list")
  func typeAndTextNarrowTheList() throws {
    #expect(try names([("type", "image")]) == ["Beach.jpg", "arbour.JPG"])
    #expect(try names([("q", "BEA")]) == ["beat.mp3", "Beach.jpg"])
  }

  @Test("pages together are the whole list", arguments: ["createdAt", "-createdAt", "name", "-name", "size", "-size"])
  func pagesTogetherAreTheWholeList(sort: String) throws {
    var found: [String] = []
    var after: String?
    repeat {
      var query: [(name: String, value: String?)] = [("sort", sort), ("limit", "1")]
      if let after { query.append(("after", after)) }
      let page = try FileListing(query: query).page(of: entries)
      #expect(page.files.count == 1 && page.total == 4)
      found += page.files.map(\.name)
      after = page.next
    } while after != nil
    #expect(try found == names([("sort", sort)]))
  }

  @Test(
    "what cannot be honoured is refused",
    arguments: [("sort", "age"), ("limit", "0"), ("limit", "201"), ("limit", "x"), ("type", "pdf"), ("after", "!")])
  func whatCannotBeHonouredIsRefused(name: String, value: String) {
    #expect(throws: FileListing.Invalid.self) { try FileListing(query: [(name, value)]) }
  }

  @Test("posters and proxies are shown on request only")
  func postersAndProxiesAreShownOnRequestOnly() throws {
    var poster = entry(5, "poster.jpg")
    poster.role = .poster
    #expect(try FileListing(query: []).page(of: entries + [poster]).total == 4)
    #expect(try FileListing(query: [("derived", "true")]).page(of: entries + [poster]).total == 5)
  }

  // MARK: Folders and stretches

  private var filed: [IndexEntry] {
    [
      entry(1, "top.jpg"), entry(2, "a/one.jpg"), entry(3, "a/b/two.jpg"), entry(4, "a/b/three.jpg"),
      entry(5, "ab/x.jpg"),
    ]
  }

  private func page(_ query: [(name: String, value: String?)]) throws -> FileListing.Page {
    try FileListing(query: query).page(of: filed)
  }

  @Test("a folder has its own files and counts those further down")
  func aFolderHasItsOwnFilesAndCountsThoseFurtherDown() throws {
    let top = try page([("folder", "")])
    #expect(top.files.map(\.name) == ["top.jpg"] && top.total == 1)
    #expect(top.folders.map(\.name) == ["a", "ab"] && top.folders.map(\.count) == [3, 1])
    let inner = try page([("folder", "a/")])
    #expect(inner.files.map(\.name) == ["a/one.jpg"])
    #expect(inner.folders.map(\.name) == ["b"] && inner.folders.map(\.count) == [2])
    #expect(try page([]).total == 5 && page([]).folders.isEmpty)
  }

  @Test("a search looks into folders")
  func aSearchLooksIntoFolders() throws {
    let found = try page([("folder", "a/"), ("q", "T")])
    #expect(Set(found.files.map(\.name)) == ["a/b/two.jpg", "a/b/three.jpg"] && found.folders.isEmpty)
  }

  @Test("any stretch can be asked for")
  func anyStretchCanBeAskedFor() throws {
    #expect(try page([("sort", "createdAt"), ("offset", "3"), ("limit", "1")]).files.map(\.name) == ["a/b/three.jpg"])
    #expect(try page([("offset", "9")]).files.isEmpty)
  }

  @Test("months are counted in the order of the list")
  func monthsAreCountedInTheOrderOfTheList() throws {
    var older = entry(1, "older.jpg")
    older.createdAt = "2025-12-31T23:59:59.999Z"
    let months = try FileListing(query: [("groups", "month")]).page(of: filed + [older]).months
    #expect(months.map(\.name) == ["2026-01", "2025-12"] && months.map(\.count) == [5, 1])
    #expect(try page([]).months.isEmpty)
  }

  @Test("files of which something failed can be asked for")
  func filesOfWhichSomethingFailedCanBeAskedFor() throws {
    var record = FileRecord(
      identity: FileIdentity(libraryID: Self.library, fileID: "00000000-0000-4000-8000-000000000009"),
      name: "broken.mp4",
      mimeType: "video/mp4", createdAt: "2026-01-09T00:00:00.000Z", createdBy: nil)
    (record.waveformStatus, record.proxyStatus, record.thumbnailStatus) = (.failed, .ready, .failed)
    let broken = IndexEntry(record)
    #expect(broken.failed == ["thumbnailStatus", "waveformStatus"])
    let found = try FileListing(query: [("failed", "true")]).page(of: filed + [broken])
    #expect(found.files.map(\.name) == ["broken.mp4"])
  }
}

@Suite struct LibraryKeyTests {
  private let file = FileIdentity(
    libraryID: "11111111-1111-4111-8111-111111111111", fileID: "22222222-2222-4222-8222-222222222222")

  @Test("keys are those of the contract")
  func keysAreThoseOfTheContract() {
    let path = "11111111-1111-4111-8111-111111111111/22222222-2222-4222-8222-222222222222"
    #expect(file.originalKey("a b.jpg") == "original/\(path)/a b.jpg")
    #expect(file.recordKey == "record/\(path).json")
    #expect(file.transformsPrefix == "library/\(path)/transforms/")
    #expect(file.waveformKey == "library/\(path)/waveform.json")
    #expect(file.thumbnailKey == "library/\(path)/thumbnail.webp")
    #expect(file.jobPrefix("proxy", version: 3) == "library/\(path)/jobs/proxy/3/")
    #expect(
      AvatarKey.key(of: "alice") == "avatar/2bd806c97f0e00af1a1fc3328fa763a9269723c8db8fac4f93af71db186d6e90.webp")
    #expect(FileIdentity(originalKey: "original/\(path)/a/b.jpg") == file)
    #expect(FileIdentity(recordKey: "record/\(path).json") == file)
  }

  @Test(
    "other keys are no files",
    arguments: ["original/x/y/z", "record/a.json", "original/11111111-1111-4111-8111-111111111111/a", ""])
  func otherKeysAreNoFiles(key: String) {
    #expect(FileIdentity(originalKey: key) == nil)
    #expect(FileIdentity(recordKey: key) == nil)
  }

  @Test(
    "names are made fit for keys",
    arguments: [("a/b\\c", "a_b_c"), ("", "file"), ("..", "file"), ("x\n.jpg", "x_.jpg")])
  func namesAreMadeFitForKeys(name: String, object: String) {
    #expect(FileIdentity.objectName(name) == object)
  }

  @Test("long names keep their extension")
  func longNamesKeepTheirExtension() {
    let name = FileIdentity.objectName(String(repeating: "ä", count: 300) + ".jpeg")
    #expect(name.utf8.count <= 255 && name.hasSuffix("ä.jpeg"))
  }

  @Test(arguments: [
    ("11111111-1111-4111-8111-11111111111A", true), ("11111111111141118111111111111111", false),
    ("../11111-1111-4111-8111-111111111111", false), ("", false),
  ])
  func identifiersAreUUIDs(text: String, isValid: Bool) {
    #expect((FileIdentity.identifier(text) != nil) == isValid)
  }
}

@Suite struct ContentSnifferTests {
  @Test(arguments: [
    ("\0\0\0\u{18}ftypisom", "video/mp4"), ("\0\0\0\u{18}ftypqt  ", "video/quicktime"),
    ("\0\0\0\u{18}ftypM4A ", "audio/mp4"), ("\0\0\0\u{18}ftypavif", "image/avif"), ("GIF89a", "image/gif"),
    ("RIFF....WAVE", "audio/wav"), ("RIFF....WEBP", "image/webp"), ("RIFF....AVI ", "video/x-msvideo"),
    ("fLaC", "audio/flac"), ("ID3\u{4}", "audio/mpeg"), ("OggS......\u{1}vorbis", "audio/ogg"),
    ("%PDF-1.7", "application/pdf"),
    ("<svg>", nil), ("", nil), ("hello", nil),
  ])
  func theContentTells(text: String, type: String?) {
    #expect(ContentSniffer.mimeType(Array(text.utf8)) == type)
  }
}
