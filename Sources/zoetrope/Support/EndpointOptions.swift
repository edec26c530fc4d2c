import LocalStorage
import AWSCredentials
import Encodings
import ArgumentParser
import EventBus
import HTTPTransport
import LocalRuntime
import Logging
import ObjectStore
import Previews
import Core
import SigV4

/// Where the endpoint and the buckets are, for commands that talk to a running deployment.
struct EndpointOptions: ParsableArguments {
  @Option(
    help:
      "Address of the endpoint (default: ZOETROPE_ENDPOINT, AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, or the local one).")
  var endpoint: String?

  @Option(help: "Bucket that videos are uploaded to (default: SourceBucketName, or zoetrope-source).")
  var sourceBucket: String?

  @Option(help: "Bucket that previews are written to (default: GifsBucketName, or zoetrope-gifs).")
  var gifsBucket: String?

  @OptionGroup var folder: DataFolderOptions

  struct Client {
    let s3: S3Client
    let store: JobStore
    let buckets: Job.Buckets
    let endpoint: String
    let configuration: S3Configuration
    let http: CurlTransport
    let folder: DataFolderOptions

    /// The player's page of a video; nil if this is no runtime of ours.
    func player(of key: String) async -> String? {
      guard let pages = await EndpointAddress.administration(of: endpoint, folder: folder, http: http) else {
        return nil
      }
      return "\(pages)/?video=\(PercentEncoding.encode(key, keepSlash: true))"
    }
  }

  /// - Throws: `ConfigurationError`, `CommandError`.
  func client() throws -> Client {
    var variables = ProcessEnvironment.variables
    if let named = try EndpointAddress.named(endpoint) {
      variables["AWS_ENDPOINT_URL_S3"] = named
    } else if (variables["AWS_ENDPOINT_URL_S3"] ?? variables["AWS_ENDPOINT_URL"] ?? "").isEmpty {
      variables["AWS_ENDPOINT_URL_S3"] = folder.addresses?.endpoint ?? LocalDefaults.endpoint
    }
    let address = variables["AWS_ENDPOINT_URL_S3"] ?? variables["AWS_ENDPOINT_URL"] ?? LocalDefaults.endpoint
    guard address.hasPrefix("http://") || address.hasPrefix("https://") else {
      throw CommandError("AWS_ENDPOINT_URL_S3 must be an address such as \(LocalDefaults.endpoint), found '\(address)'")
    }
    // The keys of the local runtime's data folder, so that nothing needs to be set up on one machine.
    if LocalDefaults.isLoopback(address), (variables["AWS_ACCESS_KEY_ID"] ?? "").isEmpty {
      guard let own = try folder.credentials() else {
        throw CommandError(
          "there are no keys for \(address): run this where 'zoetrope up' was started, name its folder with --data, or "
            + "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
      }
      variables["AWS_ACCESS_KEY_ID"] = own.accessKeyID
      variables["AWS_SECRET_ACCESS_KEY"] = own.secretAccessKey
    }
    variables["SourceBucketName"] = sourceBucket ?? variables["SourceBucketName"] ?? LocalDefaults.sourceBucket
    variables["GifsBucketName"] = gifsBucket ?? variables["GifsBucketName"] ?? LocalDefaults.gifsBucket
    var environment = EnvironmentReader(variables)
    let http = CurlTransport()
    let configuration = S3Configuration(
      environment: &environment, credentials: CredentialsChain.provider(environment: &environment, http: http))
    let buckets = Job.Buckets(environment: &environment)
    try environment.validate()
    let s3 = S3Client(configuration: configuration, http: http)
    return Client(
      s3: s3, store: JobStore(objects: s3), buckets: buckets, endpoint: address,
      configuration: configuration, http: http, folder: folder)
  }
}
