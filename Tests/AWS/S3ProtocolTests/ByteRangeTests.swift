import S3Protocol
import Testing

@Suite struct ByteRangeTests {
  @Test(
    "RFC 9110 §14.1.2, of 10,000 bytes",
    arguments: [
      ("bytes=0-499", RangeResult.range(0...499)), ("bytes=500-999", .range(500...999)),
      ("bytes=-500", .range(9500...9999)),
      ("bytes=9500-", .range(9500...9999)), ("bytes=0-0", .range(0...0)), ("bytes=-1", .range(9999...9999)),
      ("bytes=0-", .range(0...9999)), ("bytes=9999-", .range(9999...9999)), ("bytes=9990-20000", .range(9990...9999)),
      ("bytes=-20000", .range(0...9999)), ("BYTES=0-1", .range(0...1)), ("bytes= 0-1", .range(0...1)),
      ("bytes=0-99999999999999999999", .range(0...9999)), ("bytes=-99999999999999999999", .range(0...9999)),
      ("bytes=10000-", .unsatisfiable), ("bytes=10000-10001", .unsatisfiable), ("bytes=-0", .unsatisfiable),
      ("bytes=99999999999999999999-", .unsatisfiable),
      ("bytes=500-499", .whole), ("bytes=0-1,3-4", .whole), ("bytes=-", .whole), ("bytes=", .whole), ("bytes", .whole),
      ("", .whole), ("items=0-1", .whole), ("bytes=a-b", .whole), ("bytes=0-b", .whole), ("bytes=0x1-2", .whole),
      ("bytes=+1-2", .whole), ("bytes=1--2", .whole), ("bytes=--2", .whole),
    ])
  func parse(header: String, result: RangeResult) {
    #expect(ByteRange.parse(header, size: 10_000) == result)
  }

  @Test("nothing can be had of an empty object", arguments: ["bytes=0-", "bytes=0-0", "bytes=-1", "bytes=-0"])
  func empty(header: String) {
    #expect(ByteRange.parse(header, size: 0) == .unsatisfiable)
  }

  @Test("the range of a copy must have both ends")
  func copySource() throws {
    #expect(try ByteRange.parseCopySource("bytes=0-9", size: 10) == 0...9)
    for header in ["bytes=0-", "bytes=-5", "0-9", "bytes=9-0", "bytes=0-1,3-4", "bytes=a-b", ""] {
      #expect(code { () throws(S3Error) in _ = try ByteRange.parseCopySource(header, size: 10) } == "InvalidArgument")
    }
    #expect(code { () throws(S3Error) in _ = try ByteRange.parseCopySource("bytes=0-10", size: 10) } == "InvalidRange")
  }

  @Test("ranges are written into headers and read from them")
  func headers() throws {
    #expect(ByteRange.header(5...9) == "bytes=5-9")
    #expect(ByteRange.contentRange(5...9, size: 10) == "bytes 5-9/10")
    #expect(ByteRange.unsatisfiedContentRange(size: 10) == "bytes */10")
    let read = try #require(ByteRange.parseContentRange("bytes 5-9/10"))
    #expect(read.range == 5...9)
    #expect(read.size == 10)
    for header in ["bytes */10", "bytes 5-9/*", "bytes 9-5/10", "bytes 5-10/10", "5-9/10", "bytes 5-9", ""] {
      #expect(ByteRange.parseContentRange(header) == nil)
    }
  }
}
