import FoundationEssentials
import LocalStorage
import NIOCore
import S3Protocol
import S3Server
import S3Storage
import Testing

@Suite("Objects in memory")
struct HotObjectsTests {
  private static func record(_ key: String, size: Int) -> ObjectRecord {
    ObjectRecord(
      address: ObjectAddress(bucket: "bucket", key: key), size: Int64(size), etag: ETag("\(key)-\(size)"),
      lastModified: Date(timeIntervalSince1970: 0), attributes: ObjectAttributes(), checksum: nil)
  }

  private static func address(_ key: String) -> ObjectAddress { ObjectAddress(bucket: "bucket", key: key) }

  private static func keep(_ hot: HotObjects, _ key: String, size: Int = 1024, since ticket: UInt64? = nil) {
    hot.keep(record(key, size: size), ByteBuffer(repeating: 7, count: size), since: ticket ?? hot.beginRead())
  }

  @Test("What was read is found, by its very key")
  func found() throws {
    let hot = HotObjects()
    // The same letter to people, another key to S3.
    Self.keep(hot, "caf\u{e9}")
    let object = try #require(hot.find(Self.address("caf\u{e9}")))
    #expect(object.record == Self.record("caf\u{e9}", size: 1024))
    #expect(object.bytes == ByteBuffer(repeating: 7, count: 1024))
    #expect(hot.find(Self.address("cafe\u{301}")) == nil)
    #expect(hot.find(ObjectAddress(bucket: "other", key: "caf\u{e9}")) == nil)
  }

  @Test("A change is seen from its beginning on, and what was read before its end is not kept")
  func changes() {
    let hot = HotObjects()
    Self.keep(hot, "a")
    Self.keep(hot, "b")
    let before = hot.beginRead()
    #expect(hot.changeBegins(Self.address("a")))
    #expect(!hot.changeBegins(Self.address("c")), "the end of a transaction is told once")
    #expect(hot.find(Self.address("a")) == nil)
    #expect(hot.find(Self.address("b")) != nil)
    // The transaction has not been committed: this is still the former object.
    Self.keep(hot, "a")
    #expect(hot.find(Self.address("a")) == nil)
    let during = hot.beginRead()
    hot.changesEnded()
    Self.keep(hot, "a", since: before)
    Self.keep(hot, "a", since: during)
    #expect(hot.find(Self.address("a")) == nil)
    Self.keep(hot, "a")
    #expect(hot.find(Self.address("a")) != nil)
    #expect(hot.changeBegins(Self.address("d")), "the next transaction tells its end")
  }

  @Test("Memory is bounded, and what is asked for again stays")
  func bounds() {
    let hot = HotObjects(capacity: 64 << 10)
    for number in 0..<200 {
      Self.keep(hot, "\(number)", size: 4096)
      _ = hot.find(Self.address("0"))
      #expect(hot.bytes <= 64 << 10)
    }
    #expect(hot.find(Self.address("0")) != nil && hot.find(Self.address("1")) == nil)
    #expect(hot.find(Self.address("199")) != nil)
    for number in 0..<5000 { Self.keep(hot, "small \(number)", size: 1) }
    #expect(hot.count <= 1024)
    let large = HotObjects()
    Self.keep(large, "large", size: Int(HotObjects.maximumObject) + 1)
    large.keep(Self.record("cut", size: 10), ByteBuffer(repeating: 7, count: 9), since: large.beginRead())
    #expect(large.count == 0)
  }
}
