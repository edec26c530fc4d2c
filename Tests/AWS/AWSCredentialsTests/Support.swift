import AWSCredentials
import FoundationEssentials
import HTTPTransport
import LoopbackServer
import Core
import SigV4

let start = Date(iso8601: "2026-11-21T12:00:00Z")!

/// What a credentials endpoint answers with.
func document(_ key: String, expires: Date? = start.addingTimeInterval(3600)) -> String {
  let expiration = expires.map { #", "Expiration": "\#($0.iso8601())""# } ?? ""
  return #"{"Code": "Success", "AccessKeyId": "\#(key)", "SecretAccessKey": "s", "Token": "t"\#(expiration)}"#
}

/// A scripted endpoint and a client of it, both ended afterwards.
func withServer<Result>(
  _ script: @escaping @Sendable (ReceivedRequest) -> [LoopbackServer.Step],
  _ body: (LoopbackServer, any HTTPClient) async throws -> Result
) async throws -> Result {
  let server = try LoopbackServer(script)
  defer { server.stop() }
  let http = CurlTransport()
  defer { http.shutdown() }
  return try await body(server, http)
}

/// The provider for an environment; its problems are thrown.
func provider(_ variables: [String: String], _ http: any HTTPClient) throws -> any CredentialsProvider {
  var environment = EnvironmentReader(variables)
  let provider = CredentialsChain.provider(environment: &environment, http: http)
  try environment.validate()
  return provider
}
