import LocalStorage
import Checksums
import Core
import S3Protocol
import S3Server
import S3Storage
import Testing

@Suite("the column of an object's details")
struct StoredDetailsTests {
  /// Everything that JSON must escape, and what it need not.
  private static let awkward =
    "\"quoted\" back\\slash /slash " + String(decoding: UInt8(0)..<0x20, as: UTF8.self) + "\u{7F} é e\u{301} \u{2028} 🎬"

  private static let full = ObjectDetail(
    files: [StoredFile(name: "0a1b", size: 0), StoredFile(name: awkward, size: .max)],
    attributes: ObjectAttributes(
      contentType: "image/jpeg", contentEncoding: "gzip", contentDisposition: awkward, contentLanguage: "de",
      cacheControl: "no-cache", expires: "never", metadata: ["b": "2", "a": awkward, "": ""],
      tags: [awkward: awkward, "x": "y"], storageClass: "STANDARD_IA", encryption: "AES256"),
    checksum: StoredChecksum(algorithm: .crc64nvme, value: "AAAA/+==", kind: .fullObject),
    parts: [
      ObjectPart(number: 1, size: 5 << 20),
      ObjectPart(
        number: 10_000, size: 7, checksum: StoredChecksum(algorithm: .sha256, value: "AA==-2", kind: .composite)),
    ],
    uploadID: awkward)

  @Test("is the same bytes as the general encoder makes", arguments: [true, false])
  func bytes(isFull: Bool) throws {
    let detail =
      isFull ? Self.full : ObjectDetail(files: [], attributes: ObjectAttributes(), checksum: nil, parts: [])
    #expect(String(decoding: detail.json, as: UTF8.self) == String(decoding: try JSON.encode(detail), as: UTF8.self))
    let part = PartDetail(files: detail.files, checksum: detail.checksum)
    #expect(String(decoding: part.json, as: UTF8.self) == String(decoding: try JSON.encode(part), as: UTF8.self))
  }

  @Test("is read back as it was, every member of it")
  func roundTrip() throws {
    #expect(try JSON.decode(ObjectDetail.self, from: Self.full.json) == Self.full)
    let part = PartDetail(files: Self.full.files, checksum: Self.full.checksum)
    #expect(try JSON.decode(PartDetail.self, from: part.json) == part)
  }
}
