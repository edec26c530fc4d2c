import FoundationEssentials
import HTTPGateway
package import ObjectStore
package import PageBundles
package import HTTPServer
package import RedisClient
package import S3Server
package import SigV4

/// Everything `LocalRuntime` needs to know; no environment variable is read below this.
package struct LocalRuntimeConfiguration: Sendable {
  /// Objects, database, logs and temporary folders live here. One runtime at a time may use it.
  package var dataFolder: String
  /// `template.yaml`.
  package var templatePath: String
  /// Values for the template's Parameters; the others keep their defaults.
  package var parameters: [String: String]
  /// Folder of the executables that CodeUris of the form `.build/lambda/NAME` stand for; others are their `bootstrap`.
  package var functionsFolder: String
  /// Address both ports listen on. Default loopback; anything else demands `credentials` of the caller's own.
  package var host: String
  /// S3, EventBridge and Lambda. Default 4566; 0 is any free one.
  package var port: Int
  /// Metrics, health, administration. Default 4567; 0 is any free one.
  package var adminPort: Int
  /// Routes and function URLs. Default 4568; 0 is any free one.
  package var apiPort = 4568
  /// Synchronous invocations at the same time. Default 8 per processor.
  package var httpConcurrency: Int?
  /// Bytes that request bodies may take which no event can hold. Default 8 GiB.
  package var scratchBytes = ScratchSpace.defaultLimit
  package var region: String
  package var accountID: String
  /// What requests must be signed with. Default: the data folder's own (`DataFolderSecrets`), on loopback only.
  package var credentials: Credentials?
  /// Queued invocations running at the same time over all functions; 0 leaves them to other nodes. Default the number
  /// of processors.
  package var concurrency: Int?
  /// The wait before the first retry of a failed asynchronous invocation; doubles with each. Default 1 s (Lambda: 1 min).
  package var retryDelay: Duration
  /// Bearer token of the administration API. None: loopback only.
  package var adminToken: String?
  /// Most invocations queued at the same time, all functions together; then publishers are told to slow down.
  package var maximumQueued: Int
  /// On shutdown, how long running invocations may take to end before they go back to the queue. Default 20 s.
  package var drainTimeout: Duration
  /// Reverse proxies whose word on callers is taken. None: requests that were passed on need the token.
  package var trustedProxies = TrustedProxies.none
  /// Scheme, host and port under which clients elsewhere reach the store: presigned addresses begin with it. nil: as
  /// functions reach it, or the functions' port for requests by a trusted proxy.
  package var publicStore: String?
  /// Files that the administration's port serves. None by default.
  package var pages: [WebPage] = []
  /// Buckets whose objects may be read without a signature, by pages of other sites too.
  package var publicReads: [S3ServerConfiguration.PublicRead] = []
  /// A store that keeps the objects. None: they are kept in the data folder.
  package var store: Store?
  /// A Redis server whose queue is shared with other nodes; needs a `store`. None: the queue is in the data folder.
  package var queue: RedisAddress?
  /// A PEM file of certificate authorities that webhooks' receivers are verified by. None: those of the system.
  package var certificateAuthorities: String?
  /// How long a node that shares a queue may give no sign of life before others take over its work. Default 30 s.
  package var takeoverAfter = Duration.seconds(30)

  /// Serves some functions of the template alone, without the S3, AWS and administration ports. None: everything.
  package var hosting: Hosting?

  /// Functions behind a port of their own, for a container or a function platform.
  package struct Hosting: Sendable {
    /// Logical ids, names or handlers. The first takes events that no route takes.
    package var functions: [String]
    /// Take the place of the template's variables of the same name.
    package var variables: [String: String]
    /// What functions are told of stores and buses elsewhere, instead of this process's own. nil: its own.
    package var surroundings: [String: String]?
    /// Whether queued work ends with this process while its objects remain. Then the functions' on-failure destinations
    /// are told of it.
    package var losesQueue: Bool
    /// Whether schedules of the last hour fire at the start, so that functions clean up after a process that lost its
    /// queue. Not if stores and buses are elsewhere: then this process is one of many of a platform.
    var cleansUpAtStart: Bool { losesQueue && surroundings == nil }
    /// Gets every line that functions write.
    package var log: @Sendable (_ line: String) -> Void

    package init(
      functions: [String], variables: [String: String] = [:], surroundings: [String: String]? = nil,
      losesQueue: Bool = false, log: @escaping @Sendable (_ line: String) -> Void
    ) {
      self.functions = functions
      self.variables = variables
      self.surroundings = surroundings
      self.losesQueue = losesQueue
      self.log = log
    }
  }

  /// Any S3-compatible store.
  package struct Store: Sendable {
    /// `https://s3.example:9000`: for `AWS_ENDPOINT_URL_S3`.
    package var endpoint: String
    /// What the functions sign with, also towards this node. nil: this node's own.
    package var credentials: Credentials?
    /// Keys of one bucket are below a prefix of it.
    package var keyPrefix: KeyPrefix?

    package init(endpoint: String, credentials: Credentials? = nil) {
      self.endpoint = endpoint
      self.credentials = credentials
    }
  }

  package init(
    dataFolder: String, templatePath: String, parameters: [String: String] = [:], functionsFolder: String,
    host: String = "127.0.0.1", port: Int = 4566, adminPort: Int = 4567, region: String = "us-east-1",
    accountID: String = "000000000000", credentials: Credentials? = nil, concurrency: Int? = nil,
    retryDelay: Duration = .seconds(1), adminToken: String? = nil, maximumQueued: Int = 1_000_000,
    drainTimeout: Duration = .seconds(20)
  ) {
    self.dataFolder = dataFolder
    self.templatePath = templatePath
    self.parameters = parameters
    self.functionsFolder = functionsFolder
    self.host = host
    self.port = port
    self.adminPort = adminPort
    self.region = region
    self.accountID = accountID
    self.credentials = credentials
    self.concurrency = concurrency
    self.retryDelay = retryDelay
    self.adminToken = adminToken
    self.maximumQueued = maximumQueued
    self.drainTimeout = drainTimeout
  }

  var synchronousSlots: Int { max(1, httpConcurrency ?? 8 * ProcessInfo.processInfo.activeProcessorCount) }

  /// Where functions' archives are unpacked.
  var codeFolder: String { "\(dataFolder)/code" }

  /// The ARN under which a function of the template is known.
  func arn(of function: String) -> String { "arn:aws:lambda:\(region):\(accountID):function:\(function)" }
}
