/// What all functions of one host share.
package struct HostConfiguration: Sendable {
  /// `AWS_REGION`, and the region of function ARNs.
  package var region: String
  /// The account of function ARNs.
  package var accountID: String
  /// Variables that every function gets, below the template's: credentials, endpoint addresses.
  package var environment: [String: String]
  /// Absolute path of a folder of the host's own; every process gets a private `TMPDIR` in it. What a killed host left
  /// there (processes and files) is cleaned up when the next one starts.
  package var temporaryFolder: String
  /// Folders that no confined function reaches (`FunctionConfiguration.isConfined`); its own temporary folder and the shared
  /// ones may lie in them. Default none.
  package var hiddenFolders: [String] = []
  /// Folders that confined functions may read besides what belongs to the system and to themselves. Default none.
  package var sharedFolders: [String] = []
  /// From start to the first `/next`. Default 10 s, as Lambda's.
  package var initTimeout: Duration
  /// An environment that had no work this long is ended. Default 5 min.
  package var idleTimeout: Duration
  /// Calls that may wait for a free environment, per function; further ones are throttled. Default 1,000.
  package var maximumWaiting: Int
  /// How often memory of running processes is looked at. Default 250 ms.
  package var memoryInterval: Duration
  /// How long what others hold of an ended process's log is waited for. Default 200 ms.
  package var logGrace = Duration.milliseconds(200)
  package var log: LogLimits

  package init(
    region: String = "us-east-1", accountID: String = "000000000000", environment: [String: String] = [:],
    temporaryFolder: String, initTimeout: Duration = .seconds(10), idleTimeout: Duration = .seconds(300),
    maximumWaiting: Int = 1000, memoryInterval: Duration = .milliseconds(250), log: LogLimits = LogLimits()
  ) {
    self.region = region
    self.accountID = accountID
    self.environment = environment
    self.temporaryFolder = temporaryFolder
    self.initTimeout = initTimeout
    self.idleTimeout = idleTimeout
    self.maximumWaiting = maximumWaiting
    self.memoryInterval = memoryInterval
    self.log = log
  }

  /// `arn:aws:lambda:REGION:ACCOUNT:function:NAME`.
  package func functionARN(_ name: String) -> String { "arn:aws:lambda:\(region):\(accountID):function:\(name)" }
}

/// How much of what a function writes is kept. A function that writes more is slowed down and its lines are counted, not
/// kept, so that a flood costs the flooding function only.
package struct LogLimits: Sendable {
  /// Longer lines are cut into several. Bytes, default 16 KiB.
  package var lineBytes: Int
  /// Bytes kept at once before the rate applies. Default 1 MiB.
  package var burstBytes: Int
  /// Bytes per second kept in the long run. Default 256 KiB/s.
  package var bytesPerSecond: Int
  /// The end of an invocation's log that travels with its result (`LogType: Tail`). Default 4 KiB.
  package var tailBytes: Int

  package init(
    lineBytes: Int = 16 << 10, burstBytes: Int = 1 << 20, bytesPerSecond: Int = 256 << 10, tailBytes: Int = 4 << 10
  ) {
    self.lineBytes = lineBytes
    self.burstBytes = burstBytes
    self.bytesPerSecond = bytesPerSecond
    self.tailBytes = tailBytes
  }
}
