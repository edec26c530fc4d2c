import S3Protocol
import Testing

@Suite struct UserMetadataTests {
  @Test func reading() throws {
    let headers = [
      (name: "X-Amz-Meta-Title", value: "Day 1"), ("x-amz-meta-tag", "a"), ("X-AMZ-META-TAG", "b"),
      ("content-type", "video/mp4"), ("x-amz-acl", "private"),
    ]
    #expect(try UserMetadata.read(headers) == ["title": "Day 1", "tag": "a,b"])
  }

  @Test func writing() {
    let headers = UserMetadata.headers(["Title": "x", "a": "y"])
    #expect(headers.map(\.name) == ["x-amz-meta-title", "x-amz-meta-a"])
    #expect(headers.map(\.value) == ["x", "y"])
  }

  @Test("names and values together may have 2 KiB")
  func size() throws {
    try UserMetadata.validate(["ab": String(repeating: "x", count: 2046)])
    #expect(
      code { () throws(S3Error) in try UserMetadata.validate(["ab": String(repeating: "x", count: 2047)]) }
        == "MetadataTooLarge")
    #expect(
      code { () throws(S3Error) in try UserMetadata.validate(["ab": String(repeating: "ü", count: 1024)]) }
        == "MetadataTooLarge")
  }

  @Test(
    "nothing that could split a header",
    arguments: [
      ("", "x"), ("a b", "x"), ("a:b", "x"), ("ä", "x"), ("a", "x\r\ny: z"), ("a", "x\0"), ("a", "\u{7F}"),
    ])
  func splitting(name: String, value: String) {
    #expect(code { () throws(S3Error) in try UserMetadata.validate([name: value]) } == "InvalidArgument")
  }

  @Test func otherLanguages() throws {
    try UserMetadata.validate(["title": "Größe\t€"])
  }
}
