import Encodings
import Testing

@Suite struct PercentEncodingTests {
  @Test("only RFC 3986's unreserved characters stay as they are")
  func unreserved() {
    let ascii = String(decoding: [UInt8](0..<128), as: UTF8.self)
    let kept = PercentEncoding.encode(ascii).split(separator: "%").map { $0.dropFirst(2) }.joined()
    #expect(kept == "-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~")
    #expect(PercentEncoding.decode(PercentEncoding.encode(ascii)) == ascii)
  }

  @Test(arguments: [
    ("a/b c+d", "a%2Fb%20c%2Bd"), ("ü€😀", "%C3%BC%E2%82%AC%F0%9F%98%80"), ("", ""), ("100%", "100%25"),
  ])
  func encoding(text: String, encoded: String) {
    #expect(PercentEncoding.encode(text) == encoded)
    #expect(PercentEncoding.decode(encoded) == text)
  }

  @Test("slashes can be kept")
  func slashes() {
    #expect(PercentEncoding.encode("/a b/c", keepSlash: true) == "/a%20b/c")
  }

  @Test("a plus sign is a space only in forms")
  func plus() {
    #expect(PercentEncoding.decode("a+b%2B") == "a+b+")
    #expect(PercentEncoding.decode("a+b%2B", plusIsSpace: true) == "a b+")
  }

  @Test(
    "broken escapes and bytes that are no UTF-8", arguments: ["%", "%2", "%G0", "%0x", "a%", "%FF", "%C3", "%C0%80"])
  func broken(text: String) {
    #expect(PercentEncoding.decode(text) == nil)
  }

  @Test("composed and decomposed letters stay different")
  func normalisation() {
    #expect(PercentEncoding.encode("\u{E9}") == "%C3%A9")
    #expect(PercentEncoding.encode("e\u{301}") == "e%CC%81")
  }

  @Test("queries are read and written in canonical order")
  func queries() {
    let pairs = QueryString.parse("uploads&prefix=a%2Fb+c&empty=&x=1=2&&bad=%zz")
    #expect(pairs.map(\.name) == ["uploads", "prefix", "empty", "x", "bad"])
    #expect(pairs.map(\.value) == [nil, "a/b c", "", "1=2", "%zz"])
    #expect(QueryString.parse("").isEmpty)
    #expect(QueryString.canonical(pairs) == "bad=%25zz&empty=&prefix=a%2Fb%20c&uploads=&x=1%3D2")
  }
}
