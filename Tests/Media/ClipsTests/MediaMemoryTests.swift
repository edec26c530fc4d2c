import Clips
import Foundation
import Testing

@Suite("Memory of a process that decodes")
struct MediaMemoryTests {
  /// Bytes of files, such as the program and its libraries, that are in this process's memory.
  private func mapped() throws -> Int {
    let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
    return try #require(fields.count > 2 ? Int(fields[2]) : nil) * 4096
  }

  @Test("what only the start needed is given back, and the program goes on")
  func start() throws {
    let before = try mapped()
    MediaMemory.releaseStart()
    let after = try mapped()
    #expect(after < before)
    #expect((0..<1000).map { "\($0)" }.joined().utf8.count == 2890)
  }
}
