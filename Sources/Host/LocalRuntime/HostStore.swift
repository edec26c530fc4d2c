package import Core
import FoundationEssentials
import ObjectStore
import SigV4

/// Where functions behind `zoetrope host` find their objects and events: `CACHE_URL`, or what the platform says.
package enum HostStore: Sendable {
  /// In this process: objects in a folder of the disk, or in one that goes with the process.
  case own(folder: String?)
  /// Objects in a store elsewhere, events in this process.
  case shared(LocalRuntimeConfiguration.Store, bucket: String)
  /// Objects and events elsewhere, as the AWS variables and Knative's say.
  case elsewhere(LocalRuntimeConfiguration.Store?)

  /// - Throws: `ConfigurationError`.
  package init(_ variables: [String: String]) throws(ConfigurationError) {
    let store = Self.store(variables)
    guard let address = variables["CACHE_URL"], !address.isEmpty else {
      let isSet = [
        "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ACCESS_KEY_ID", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "K_SINK",
      ].contains { variables[$0]?.isEmpty == false }
      self = isSet ? .elsewhere(store) : .own(folder: nil)
      return
    }
    if address.hasPrefix("file:///"), address.count > "file:///".count {
      self = .own(folder: String(address.dropFirst("file://".count)))
      return
    }
    let place = address.dropFirst("s3://".count)
    let isBucket = !place.isEmpty && !place.dropLast().contains("/") && place.first != "/"
    let prefix = KeyPrefix(place)
    guard address.hasPrefix("s3://"), isBucket || prefix != nil else {
      throw ConfigurationError(problems: [
        "CACHE_URL must be file:///FOLDER, s3://BUCKET or s3://BUCKET/PREFIX, found '\(address)'"
      ])
    }
    guard var store else {
      throw ConfigurationError(problems: [
        "CACHE_URL names a bucket: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY for it"
      ])
    }
    store.keyPrefix = prefix
    self = .shared(store, bucket: prefix?.bucket ?? String(place.prefix { $0 != "/" }))
  }

  private static func store(_ variables: [String: String]) -> LocalRuntimeConfiguration.Store? {
    func value(_ name: String) -> String? { variables[name].flatMap { $0.isEmpty ? nil : $0 } }
    guard let key = value("AWS_ACCESS_KEY_ID"), let secret = value("AWS_SECRET_ACCESS_KEY") else { return nil }
    let region = value("AWS_REGION") ?? value("AWS_DEFAULT_REGION") ?? "us-east-1"
    return LocalRuntimeConfiguration.Store(
      endpoint: value("AWS_ENDPOINT_URL_S3") ?? value("AWS_ENDPOINT_URL") ?? "https://s3.\(region).amazonaws.com",
      credentials: Credentials(
        accessKeyID: key, secretAccessKey: secret, sessionToken: value("AWS_SESSION_TOKEN")))
  }
}
