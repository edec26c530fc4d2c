import RedisClient
import Core
import Testing

@Suite struct RedisAddressTests {
  @Test(
    "an address says where, as whom and which database",
    arguments: [
      ("redis://127.0.0.1:7000", RedisAddress(host: "127.0.0.1", port: 7000)),
      ("redis://queue.example", RedisAddress(host: "queue.example", port: 6379)),
      ("redis://queue.example/3", RedisAddress(host: "queue.example", database: 3)),
      ("redis://[::1]:7000/1", RedisAddress(host: "::1", port: 7000, database: 1)),
      (
        "redis://me:p%40ss%3A%2F@h:1/",
        RedisAddress(host: "h", port: 1, user: "me", password: "p@ss:/")
      ),
      ("redis://:secret@h", RedisAddress(host: "h", password: "secret")),
      ("rediss://h:7000", RedisAddress(host: "h", port: 7000, tls: .init())),
      (
        "rediss://:p@h:1/2?ssl_ca_certs=/a%26b/ca.pem&ssl_certfile=/c.pem&ssl_keyfile=/k.pem",
        RedisAddress(
          host: "h", port: 1, database: 2, password: "p",
          tls: .init(authorities: "/a&b/ca.pem", certificate: "/c.pem", key: "/k.pem"))
      ),
    ])
  func reads(text: String, address: RedisAddress) throws {
    #expect(try RedisAddress(text) == address)
  }

  @Test(
    "what is no address is refused with a sentence that holds no password",
    arguments: [
      "", "http://h", "redis://", "redis://h?ssl_ca_certs=/x", "rediss://h?ssl_ca_certs", "rediss://h?other=hidden",
      "rediss://h/0?ssl_certfile=", "redis://:7000", "redis://h:0", "redis://h:port", "redis://h/x",
      "redis://::1:7000", "redis://hidden@h", "redis://me:hidden%4@h", "redis://me:hidden@h:0",
      "redis://me:hidden@h/-1",
    ])
  func refuses(text: String) {
    let error = #expect(throws: ConfigurationError.self) { try RedisAddress(text) }
    #expect(error?.message.contains("redis://[user:password@]host:port[/db]") == true)
    #expect(error?.message.contains("hidden") == false)
  }

  @Test("a password is not printed")
  func hides() throws {
    let address = try RedisAddress("redis://me:hidden@h:1/2")
    #expect("\(address)" == "h:1/2")
    #expect(!String(reflecting: address).contains("hidden"))
  }
}
