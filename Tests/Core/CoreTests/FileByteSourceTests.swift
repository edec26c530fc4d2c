import FoundationEssentials
import Core
import Testing

@Suite final class FileByteSourceTests {
  private let folder: String

  init() throws {
    folder = FileManager.default.temporaryDirectory.path + "/file-byte-source-" + RequestID.make()
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: folder)
  }

  private func file(_ bytes: [UInt8]) throws -> String {
    let path = "\(folder)/\(RequestID.make())"
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return path
  }

  private func read(_ source: some ByteSource, at offset: Int64, count: Int) throws -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: count)
    let number = try buffer.withUnsafeMutableBytes { try source.read(at: offset, into: $0) }
    return Array(buffer.prefix(number))
  }

  @Test("bytes are read where it is asked for them")
  func readsWhereItIsAsked() throws {
    let bytes = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let source = try FileByteSource(path: file(bytes))
    #expect(source.size == 10_000)
    #expect(try read(source, at: 0, count: 10_000) == bytes)
    #expect(try read(source, at: 5000, count: 10) == Array(bytes[5000..<5010]))
    #expect(try read(source, at: 9995, count: 10) == Array(bytes[9995...]))
    #expect(try read(source, at: 3, count: 1) == [bytes[3]])
  }

  @Test("zero bytes mean the end")
  func end() throws {
    let source = try FileByteSource(path: file([1, 2, 3]))
    #expect(try read(source, at: 3, count: 10).isEmpty)
    #expect(try read(source, at: 1_000_000, count: 10).isEmpty)
    let empty = try FileByteSource(path: file([]))
    #expect(empty.size == 0)
    #expect(try read(empty, at: 0, count: 1).isEmpty)
  }

  @Test("a negative offset is an error, not the end")
  func negativeOffset() throws {
    let source = try FileByteSource(path: file([1, 2, 3]))
    #expect(throws: FileByteSource.OpenError.self) { try read(source, at: -1, count: 1) }
  }

  @Test("what is no readable file is named in the error")
  func notAFile() throws {
    let missing = "\(folder)/missing.mp4"
    let absent = try #require(throws: FileByteSource.OpenError.self) { try FileByteSource(path: missing) }
    #expect(absent.code == "CannotOpen")
    #expect(absent.message.contains(missing))
    #expect(!absent.isRetryable)
    let directory = try #require(throws: FileByteSource.OpenError.self) { try FileByteSource(path: folder) }
    #expect(directory.code == "NotAFile")
    #expect(directory.description == "NotAFile: '\(folder)' must be a regular file")
  }

  @Test("keeps the file it opened when its name is given to another")
  func replaced() throws {
    let path = try file([1, 2, 3])
    let source = try FileByteSource(path: path)
    try FileManager.default.removeItem(atPath: path)
    try Data([9, 9]).write(to: URL(fileURLWithPath: path))
    #expect(try read(source, at: 0, count: 10) == [1, 2, 3])
  }
}
