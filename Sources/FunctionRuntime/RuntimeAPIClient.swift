import FoundationEssentials

/// Where events come from and results go: the Runtime API, or standard input and output.
protocol RuntimeAPIClient: Sendable {
  /// Waits for the next event, however long; `nil` where there will be no more.
  ///
  /// - Throws: where the platform is gone or talks nonsense: the process has no purpose any more.
  func next() async throws -> Invocation?

  /// - Throws: `ResultRefused` where the platform did not take this one result; anything else as in `next`.
  func respond(to requestID: String, with result: [UInt8]) async throws

  /// Begins a result that is written in pieces.
  ///
  /// - Throws: `StreamClosed` where the platform does not take it.
  func stream(_ requestID: String, contentType: String) async throws -> any ResponseStream

  /// - Throws: as `respond` does.
  func report(_ failure: FunctionFailure, of requestID: String) async throws

  /// - Throws: as `next` does.
  func reportInitialisation(_ failure: FunctionFailure) async throws
}

/// One event to be answered.
struct Invocation: Sendable {
  var requestID: String
  var functionARN = ""
  var traceID = ""
  var deadline = Date.distantFuture
  var event: [UInt8]
  /// Whether the platform itself sends what answers refer to.
  var resolvesReferences = true
}
