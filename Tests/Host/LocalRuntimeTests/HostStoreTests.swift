import Core
import LocalRuntime
import ObjectStore
import SigV4
import Testing

@Suite("Store of a hosted function")
struct HostStoreTests {
  private static let keys = ["AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret"]

  @Test("without CACHE_URL and AWS variables objects go with the process")
  func none() throws {
    for variables in [[:], ["CACHE_URL": "", "AWS_ENDPOINT_URL": ""], ["AWS_REGION": "eu-west-1"]] {
      guard case .own(nil) = try HostStore(variables) else {
        Issue.record("\(variables)")
        continue
      }
    }
  }

  @Test("file:///FOLDER is a folder of the disk")
  func folder() throws {
    guard case .own(let folder) = try HostStore(["CACHE_URL": "file:///var/cache"]) else { throw Unexpected() }
    #expect(folder == "/var/cache")
  }

  @Test(
    "s3:// names a bucket, or a part of one",
    arguments: [("s3://cache", "cache", nil), ("s3://cache/", "cache", nil), ("s3://cache/a/b", "cache", "a/b/")]
      as [(String, String, String?)])
  func bucket(_ address: String, bucket: String, prefix: String?) throws {
    let variables = Self.keys.merging(["CACHE_URL": address, "AWS_REGION": "eu-west-1"]) { $1 }
    guard case .shared(let store, let found) = try HostStore(variables) else { throw Unexpected() }
    #expect(found == bucket && store.keyPrefix?.prefix == prefix)
    #expect(store.endpoint == "https://s3.eu-west-1.amazonaws.com")
    #expect(store.credentials?.accessKeyID == "id")
  }

  @Test("AWS's and Knative's variables alone name a store elsewhere", arguments: ["AWS_ENDPOINT_URL", "K_SINK"])
  func elsewhere(_ name: String) throws {
    guard case .elsewhere(nil) = try HostStore([name: "http://127.0.0.1:9"]) else { throw Unexpected() }
    guard case .elsewhere(let store?) = try HostStore(Self.keys) else { throw Unexpected() }
    #expect(store.credentials?.secretAccessKey == "secret")
  }

  @Test(
    "an address that is neither, and a bucket without keys, are refused with the variable's name",
    arguments: ["cache", "file://", "file://relative", "http://s3.example/cache", "s3://", "s3:///a", "s3://a//b"])
  func refused(_ address: String) {
    #expect {
      _ = try HostStore(Self.keys.merging(["CACHE_URL": address]) { $1 })
    } throws: { error in
      (error as? ConfigurationError)?.message.contains("CACHE_URL") == true
    }
    #expect(throws: ConfigurationError.self) { try HostStore(["CACHE_URL": "s3://cache"]) }
  }

  private struct Unexpected: Error {}
}
