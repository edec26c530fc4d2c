import SigV4
import Testing

@Suite struct SigningKeysTests {
  private func request(by credentials: Credentials, region: String) -> SignableRequest {
    let request = SignableRequest(method: "GET", path: "/bucket/key", headers: [("host", "127.0.0.1:4566")])
    return signed(request, payload: .unsigned, by: credentials, region: region)
  }

  @Test("one verifier knows the keys of many scopes and secrets apart, however often and in whatever order they come")
  func many() throws {
    let people = (0..<3).map { Credentials(accessKeyID: "KEY\($0)", secretAccessKey: "secret \($0)") }
    let verifier = SigV4Verifier { id in people.first { $0.accessKeyID == id } }
    for _ in 0..<2 {
      for region in 0..<20 {
        for person in people {
          let verified = try verifier.verify(request(by: person, region: "region-\(region)"), at: exampleDate)
          #expect(verified.accessKeyID == person.accessKeyID)
        }
      }
    }
    let impostor = Credentials(accessKeyID: "KEY1", secretAccessKey: "secret 2")
    #expect(throws: SigV4Error.self) {
      try verifier.verify(request(by: impostor, region: "region-1"), at: exampleDate)
    }
  }
}
