import FunctionPackages
import FoundationEssentials
import Core
import Testing

@Suite struct CodeArchiveTests {
  @Test("files, folders and modes come out as they went in")
  func whole() throws {
    try withArchives { folder in
      let place = try store(folder).unpacked("\(folder)/whole.zip")
      #expect(try text("\(place)/bootstrap") == "#!/bin/sh\n")
      #expect(try text("\(place)/lib/deep/data.txt") == String(repeating: "text ", count: 100_000))
      #expect(try text("\(place)/stored.bin") == "as it is")
      #expect(try text("\(place)/lib/ünï.txt") == "ü")
      #expect(FileManager.default.isExecutableFile(atPath: "\(place)/bootstrap"))
      #expect(!FileManager.default.isExecutableFile(atPath: "\(place)/stored.bin"))
      #expect(FileManager.default.fileExists(atPath: "\(place)/empty"))
    }
  }

  @Test("an archive that was written to a pipe, whose sizes follow the content, is whole too")
  func streamed() throws {
    try withArchives { folder in
      let place = try store(folder).unpacked("\(folder)/streamed.zip")
      #expect(try text("\(place)/bootstrap") == "#!/bin/sh\n")
      #expect(try text("\(place)/data") == String(repeating: "text ", count: 1000))
      #expect(FileManager.default.isExecutableFile(atPath: "\(place)/data"))
    }
  }

  @Test("the same archive is unpacked once, and what is no function's any more is removed")
  func once() throws {
    try withArchives { folder in
      let store = store(folder)
      let place = try store.unpacked("\(folder)/whole.zip")
      try Data("kept".utf8).write(to: URL(filePath: "\(place)/mark"))
      #expect(try store.unpacked("\(folder)/whole.zip") == place)
      #expect(try text("\(place)/mark") == "kept")
      let other = try store.unpacked("\(folder)/other.zip")
      #expect(other != place)
      store.keepOnly([other])
      #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder)/code") == [String(other.suffix(64))])
    }
  }

  @Test(
    "what could harm is refused",
    arguments: [
      ("parent", "UnsafeZipFile"), ("absolute", "UnsafeZipFile"), ("backslash", "UnsafeZipFile"),
      ("dot", "UnsafeZipFile"), ("link", "UnsafeZipFile"), ("encrypted", "UnsafeZipFile"), ("twice", "InvalidZipFile"),
      ("file-and-folder", "InvalidZipFile"), ("lies-about-size", "InvalidZipFile"), ("bad-crc", "InvalidZipFile"),
      ("cut", "InvalidZipFile"), ("no-zip", "InvalidZipFile"), ("bzip2", "InvalidZipFile"),
      ("bomb", "CodeStorageExceeded"), ("many", "CodeStorageExceeded"), ("device", "UnsafeZipFile"),
      ("pipe", "UnsafeZipFile"), ("folder-link", "UnsafeZipFile"), ("long-name", "UnsafeZipFile"),
      ("deep", "UnsafeZipFile"), ("double-slash", "UnsafeZipFile"), ("raw-name", "UnsafeZipFile"),
      ("zero-byte", "UnsafeZipFile"), ("encrypted-twice", "UnsafeZipFile"),
      ("lzma", "InvalidZipFile"), ("overlap", "InvalidZipFile"), ("says-one", "InvalidZipFile"),
      ("says-three", "InvalidZipFile"), ("zip64", "InvalidZipFile"), ("several-disks", "InvalidZipFile"),
      ("directory-elsewhere", "InvalidZipFile"), ("directory-beyond", "CodeStorageExceeded"),
      ("two-directories", "InvalidZipFile"), ("tail", "InvalidZipFile"), ("half", "InvalidZipFile"),
      ("nothing", "InvalidZipFile"), ("long-directory", "CodeStorageExceeded"), ("lies-small", "InvalidZipFile"),
    ])
  func refused(name: String, code: String) throws {
    try withArchives { folder in
      let store = CodeStore(
        folder: "\(folder)/code", limits: .init(archiveBytes: 4 << 20, unpackedBytes: 8 << 20, entries: 100))
      let error = #expect(throws: CodeArchiveError.self) { try store.unpacked("\(folder)/\(name).zip") }
      #expect(error?.code == code, "\(String(describing: error))")
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/outside"))
      let left = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/code")
      #expect(left == [])
    }
  }

  @Test("an archive larger than allowed is not even read")
  func archiveSize() throws {
    try withArchives { folder in
      let store = CodeStore(folder: "\(folder)/code", limits: .init(archiveBytes: 100))
      let error = #expect(throws: CodeArchiveError.self) { try store.unpacked("\(folder)/whole.zip") }
      #expect(error?.code == "CodeStorageExceeded")
    }
  }

  private func store(_ folder: String) -> CodeStore { CodeStore(folder: "\(folder)/code") }

  private func text(_ path: String) throws -> String {
    try String(contentsOf: URL(filePath: path), encoding: .utf8)
  }

  /// A folder with archives in it, made by Python's zipfile and then spoilt.
  private func withArchives(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.path + "/zoetrope-zip-" + RequestID.make()
    try FileManager.default.createDirectory(atPath: folder + "/code", withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try Archives.make(in: folder)
    try body(folder)
  }
}
