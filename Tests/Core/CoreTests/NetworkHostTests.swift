import Core
import Testing

@Suite("Hosts")
struct NetworkHostTests {
  @Test(
    "this machine is known by its usual names",
    arguments: ["localhost", "::1", "127.0.0.1", "127.0.0.0", "127.255.255.255"])
  func loopback(_ name: String) {
    #expect(NetworkHost(name).isLoopback)
  }

  @Test(
    "what merely looks like this machine is not it",
    arguments: [
      "", "localhost.", "LOCALHOST", "localhost.example.com", "xlocalhost", "127.0.0.1.example.com", "127.0.0.1.",
      ".127.0.0.1", "127.0.0", "127.1", "127.0.0.256", "127.0.0.-1", "127.0.0.+1", "127.0.0.01", "127.0.0.",
      "127..0.1", "127.0.0.1 ", "127.0.0.x", "127.0.0.١", "0127.0.0.1", "128.0.0.1", "10.127.0.1", "0.0.0.0",
      "2130706433", "0x7f.0.0.1", "::", "::2", "0::1", "::ffff:127.0.0.1", "[::1]", "::1%lo", "::1.example.com",
    ]) func elsewhere(_ name: String)
  {
    #expect(!NetworkHost(name).isLoopback)
  }

  @Test(
    "an authority's host stands before its port",
    arguments: [
      ("localhost", "localhost"), ("localhost:4567", "localhost"), ("localhost:", "localhost"),
      ("127.0.0.1:80", "127.0.0.1"), ("[::1]", "::1"), ("[::1]:4567", "::1"), ("[fd00:ec2::23]:80", "fd00:ec2::23"),
      ("example.com:443", "example.com"),
    ]) func authority(_ text: String, name: String)
  {
    #expect(NetworkHost(authority: text)?.name == name)
  }

  @Test(
    "what is no authority has no host",
    arguments: [
      "", ":80", "::1", "[::1", "[]", "[]:80", "[::1]x", "[::1].example.com", "[::1]80", "localhost:80@example.com",
      "localhost@example.com", "user:password@localhost", "localhost:x", "localhost:80:80", "127.0.0.1:80.example.com",
    ]) func noAuthority(_ text: String)
  {
    #expect(NetworkHost(authority: text) == nil)
  }
}
