import ArgumentParser
import LocalRuntime
import RedisClient
import Core
import SigV4

/// Many machines: what nodes have in common.
struct ClusterOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Redis server whose queue this node shares with others: redis://[user:password@]host:port[/db]. Needs --store.",
      valueName: "address"))
  var queue: String?

  @Option(
    help: ArgumentHelp(
      """
      S3 endpoint that keeps the objects instead of this node; its credentials are the usual AWS variables. It reports \
      new objects to /api/notifications of any node's web port.
      """, valueName: "address"))
  var store: String?

  @Option(
    help: ArgumentHelp(
      "Seconds without a sign of life after which a node's work is taken over by the others.", valueName: "seconds"))
  var takeoverAfter = 30

  func validate() throws {
    if queue != nil, store == nil {
      throw ValidationError(
        "--queue needs --store: nodes that share a queue must see the same objects, so name the S3 endpoint that keeps them"
      )
    }
    if let store, !["http://", "https://"].contains(where: { store.hasPrefix($0) && store.count > $0.count }) {
      throw ValidationError("--store must be an address such as https://s3.example:9000, found '\(store)'")
    }
    do {
      if let queue { _ = try RedisAddress(queue) }
    } catch {
      throw ValidationError("--queue: \(error.message)")
    }
    if !(1...3600).contains(takeoverAfter) {
      throw ValidationError("--takeover-after must be a whole number from 1 to 3600, found \(takeoverAfter)")
    }
  }

  /// - Throws: `ConfigurationError`.
  func apply(to configuration: inout LocalRuntimeConfiguration) throws {
    configuration.takeoverAfter = .seconds(takeoverAfter)
    configuration.queue = try queue.map { text throws(ConfigurationError) in try RedisAddress(text) }
    guard let store else { return }
    var environment = EnvironmentReader(ProcessEnvironment.variables)
    let key = environment.optional("AWS_ACCESS_KEY_ID")
    let secret = environment.optional("AWS_SECRET_ACCESS_KEY")
    if (key == nil) != (secret == nil) {
      environment.reject("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set together, found only one")
    }
    try environment.validate()
    var credentials: Credentials?
    if let key, let secret {
      credentials = Credentials(
        accessKeyID: key, secretAccessKey: secret, sessionToken: environment.optional("AWS_SESSION_TOKEN"))
    }
    configuration.store = LocalRuntimeConfiguration.Store(endpoint: store, credentials: credentials)
    if let region = environment.optional("AWS_REGION") ?? environment.optional("AWS_DEFAULT_REGION") {
      configuration.region = region
    }
  }
}
