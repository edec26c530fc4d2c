import RemoteFetch
import Testing

@Suite("Addresses of remote sources")
struct AddressTests {
  @Test(
    "private, local and special addresses are refused",
    arguments: [
      "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1",
      "172.31.255.255", "192.0.0.170", "192.0.2.1", "192.168.1.1", "198.18.0.1", "198.51.100.7", "203.0.113.9",
      "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "febf::1", "fc00::1",
      "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:7f00:1", "::127.0.0.1",
      "::ffff:0:10.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::",
      "2002:a00:1::1", "2001::1", "2001:db8::1", "100::1", "3fff::1", "2001:10::1",
    ])
  func refused(text: String) throws {
    let address = try #require(RemoteAddress(text))
    #expect(AddressFilter.refusal(of: address) != nil)
  }

  @Test(
    "public addresses are not",
    arguments: [
      "8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450:4001::1", "64:ff9b::8.8.8.8",
    ])
  func allowed(text: String) throws {
    #expect(AddressFilter.refusal(of: try #require(RemoteAddress(text))) == nil)
  }

  @Test(
    "other spellings are not addresses",
    arguments: [
      "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.0.0.01", "1.2.3.4.5", "256.1.1.1", "1.2.3", "", "::1::",
      ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "fe80::1%eth0", "g::1", "::1.2.3", "+1.2.3.4",
    ])
  func malformed(text: String) { #expect(RemoteAddress(text) == nil) }

  @Test("IPv6 addresses are written in full")
  func written() throws {
    #expect(try #require(RemoteAddress("::ffff:1.2.3.4")).description == "0:0:0:0:0:ffff:102:304")
    #expect(try #require(RemoteAddress("2001:db8::")).description == "2001:db8:0:0:0:0:0:0")
  }
}

@Suite("Addresses as text")
struct RemoteURLTests {
  @Test(
    "have one canonical spelling",
    arguments: [
      ("HTTPS://Example.COM", "https://example.com/"), ("http://a.example:80/x?y#z", "http://a.example/x?y"),
      ("https://a.example:8443/a%20b", "https://a.example:8443/a%20b"), ("http://a.example./", "http://a.example/"),
      ("http://a.example?q=1", "http://a.example/?q=1"), ("http://[::1]:8/x", "http://[0:0:0:0:0:0:0:1]:8/x"),
      ("http://a.example/ä b", "http://a.example/%C3%A4%20b"),
    ])
  func canonical(text: String, expected: String) throws { #expect(try RemoteURL(text).description == expected) }

  @Test(
    "are refused where programs could differ about them",
    arguments: [
      "", "example.com", "file:///etc/passwd", "ftp://a.example/", "gopher://a.example/", "data:text/plain,x",
      "concat:a|b", "http:/a.example", "http:a.example", "http://", "http:///x", "http://user@a.example/",
      "http://user:pass@a.example/", "http://a.example@127.0.0.1/", "http://a.example\\@127.0.0.1/",
      "http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/", "http://127.1/", "http://127.0.0.01/",
      "http://1.2.3.4.5/", "http://a.example:0/", "http://a.example:99999/", "http://a.example:8x/",
      "http://a..example/", "http://-/\u{7f}", "http://a%2eexample/", "http://a.example/\n",
      "http://a.example/\r\nX: y",
      "http://[::1/", "http://[fe80::1%25eth0]/", "http://[::1]x/", "http://ex ample/", "http://é.example/",
      " http://a.example/",
    ])
  func refused(text: String) {
    let error = #expect(throws: RemoteFetchError.self) { try RemoteURL(text) }
    #expect(error?.kind == .invalidURL)
  }

  @Test(
    "references are resolved (RFC 3986, section 5.4)",
    arguments: [
      ("g", "http://a/b/c/g"), ("./g", "http://a/b/c/g"), ("g/", "http://a/b/c/g/"), ("/g", "http://a/g"),
      ("//g", "http://g/"), ("?y", "http://a/b/c/d;p?y"), ("g?y", "http://a/b/c/g?y"), ("#s", "http://a/b/c/d;p?q"),
      ("g#s", "http://a/b/c/g"), (";x", "http://a/b/c/;x"), ("", "http://a/b/c/d;p?q"), (".", "http://a/b/c/"),
      ("..", "http://a/b/"), ("../g", "http://a/b/g"), ("../..", "http://a/"), ("../../../g", "http://a/g"),
      ("/./g", "http://a/g"), ("/../g", "http://a/g"), ("g.", "http://a/b/c/g."), ("./g/.", "http://a/b/c/g/"),
      ("g/../h", "http://a/b/c/h"), ("https://b.example/x", "https://b.example/x"),
    ])
  func resolved(reference: String, expected: String) throws {
    #expect(try RemoteURL("http://a/b/c/d;p?q").resolving(reference).description == expected)
  }

  @Test("a list of hosts is exact, and case does not count")
  func hosts() throws {
    let list = HostList(" Resources.Tidal.com, mvod.itunes.apple.com,,127.0.0.1", setting: "LIST")
    for text in ["https://resources.tidal.com/x", "https://RESOURCES.TIDAL.COM./", "http://127.0.0.1:8/"] {
      try list.check(RemoteURL(text))
    }
    for text in ["https://tidal.com/", "https://x.resources.tidal.com/", "https://resources.tidal.com.evil.example/"] {
      let url = try RemoteURL(text)
      #expect(throws: RemoteFetchError.self) { try list.check(url) }
    }
    let url = try RemoteURL("https://a.example/")
    let error = #expect(throws: RemoteFetchError.self) { try HostList(" ,", setting: "LIST").check(url) }
    #expect(error?.kind == .hostNotAllowed && error?.message.contains("LIST") == true)
  }
}
