/// An `AWS::Serverless::Function`, with everything that is honoured locally resolved to plain values.
package struct FunctionResource: Sendable, Equatable {
  package let logicalID: String
  /// `FunctionName`, or the logical id.
  package let functionName: String
  /// For an executable its name.
  package let handler: String
  /// The folder (or archive) of the function, as the template writes it: relative to the template's folder.
  package let codeURI: String
  /// `Description`; empty by default.
  package let description: String
  /// `provided.al2023`, `provided.al2` or `python3.…`.
  package let runtime: String
  /// `x86_64` (default) or `arm64`.
  package let architecture: String
  /// 1 … 900, default 3.
  package let timeoutSeconds: Int
  /// 128 … 10,240, default 128.
  package let memorySizeMiB: Int
  /// `EphemeralStorage.Size`, 512 … 10,240; `nil`: not limited here.
  package let ephemeralStorageMiB: Int?
  package let environment: [String: String]
  /// Invocations at the same time; `nil`: no limit of its own. 0 means: never invoked.
  package let reservedConcurrency: Int?
  /// `Metadata.Zoetrope.Weight`: share of free slots among functions that have work, 1 … 1000, default 50.
  package let weight: Int
  /// `Metadata.Zoetrope.Identity`: the top-level member of an event that says what the work is (`detail`, `Records`). While
  /// an invocation runs, others with the same one do not run as well but share its success. Default: none are the same.
  package let identity: String?
  /// `Metadata.Zoetrope.Sequential`: invocations of one group (of one source object) that were queued one after another cost
  /// less when the same process does them in that order. Default: false.
  package let isSequential: Bool
  /// The rest of `Metadata.Zoetrope`.
  package let settings: FunctionSettings
  package let s3Triggers: [S3Trigger]
  package let rules: [RuleResource]
  /// `HttpApi` events.
  package let routes: [HTTPRoute]
  /// `nil`: the function has no address of its own.
  package let url: FunctionURL?
  package let schedules: [ScheduleRule]
  /// Tries after the first one, of asynchronous invocations: 0 … 2, default 2.
  package let maximumRetryAttempts: Int
  /// 60 … 21,600, default 21,600.
  package let maximumEventAgeSeconds: Int
  /// Receives a record of what became of each asynchronous invocation that succeeded.
  package let onSuccess: Destination?
  /// Receives a record of each asynchronous invocation whose every try failed.
  package let onFailure: Destination?
  /// Logical id of the queue which receives the event of each asynchronous invocation whose every try failed.
  package let deadLetterQueue: String?
}

/// Where the record of an asynchronous invocation goes.
package enum Destination: Sendable, Hashable {
  /// A queue of the template, by its logical id.
  case queue(logicalID: String)
  /// A function of the template, by its logical id.
  case function(logicalID: String)
  /// An event bus, by its name.
  case eventBus(name: String)
}

/// "When that happens in this bucket, invoke the function."
package struct S3Trigger: Sendable, Equatable {
  /// Names the trigger: the event's logical id, or the bucket's and a number.
  package let id: String
  /// Logical id of the bucket.
  package let bucketLogicalID: String
  package let bucketName: String
  /// `s3:ObjectCreated:*`, `s3:ObjectRemoved:Delete` …, at least one.
  package let events: [String]
  /// Keys begin so; not encoded.
  package let prefix: String?
  /// Keys end so; not encoded.
  package let suffix: String?
}
