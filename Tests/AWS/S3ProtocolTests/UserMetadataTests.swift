import S3Protocol
import Testing

@Suite struct UserMetadataTests {
  @Test("metadata are read by their prefix, equal names joined")
  func reading() throws {
    let headers = [
      (name: "X-Amz-Meta-Title", value: "Day 1"), ("x-amz-meta-tag", "a"), ("X-AMZ-META-TAG", "b"),
      ("content-type", "video/mp4"), ("x-amz-acl", "private"),
    ]
    #expect(try UserMetadata.read(headers) == ["title": "Day 1", "tag": "a,b"])
  }

  @Test("metadata are written with their prefix")
  func writing() {
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

  @Test("metadata may be of any language")
  func otherLanguages() throws {
    try UserMetadata.validate(["title": "Größe\t€"])
  }

  @Test(
    "other letters than ASCII's travel as encoded words",
    arguments: [
      ("plain", "plain"), ("Größe", "=?UTF-8?B?R3LDtsOfZQ==?="), ("漢字", "=?UTF-8?B?5ryi5a2X?="), ("", ""),
    ])
  func encodedWords(value: String, header: String) {
    #expect(UserMetadata.headers(["a": value]).map(\.value) == [header])
    #expect(UserMetadata.decoded(header) == value)
  }

  @Test(
    "encoded words are read in both encodings",
    arguments: [
      ("=?UTF-8?Q?Gr=C3=B6=C3=9Fe_1?=", "Größe 1"), ("=?utf-8?b?R3I=?= =?UTF-8?B?w7bDn2U=?=", "Größe"),
      ("a =?UTF-8?B?w7Y=?= b", "a ö b"), ("=?ISO-8859-1?Q?=F6?=", "=?ISO-8859-1?Q?=F6?="),
      ("=?UTF-8?B?*?=", "=?UTF-8?B?*?="),
      ("1 =? 2", "1 =? 2"),
    ])
  func decodedWords(header: String, value: String) {
    #expect(UserMetadata.decoded(header) == value)
  }
}
