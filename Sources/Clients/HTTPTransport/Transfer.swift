import CCurl

/// One request on its way: libcurl's handle, what is being sent and where the response goes.
///
/// Made by the caller's thread, then touched by the transport's thread only; that is what `@unchecked` stands for.
final class Transfer: @unchecked Sendable {
  enum Phase { case new, waiting, active, finished }

  let request: HTTPRequest
  let origin: String
  let receiver: any ResponseReceiver
  /// Of a request whose body is written in pieces.
  let source: (any RequestBodySource)?
  var phase = Phase.new
  /// Cancelled before the transport's thread saw it.
  var isCancelled = false

  private(set) var easy: EasyHandle?
  private let started: ContinuousClock.Instant
  private var head: ResponseHead
  private var sentBytes = 0
  /// Why a callback broke the transfer off.
  private var failure: TransportError?
  /// The request was handed to a connection this often.
  private var sendings = 0
  private var lastActivity: ContinuousClock.Instant?
  private var isPaused = false

  /// - Throws: `TransportError` where the request cannot be sent.
  init(
    _ request: HTTPRequest, streams: Bool, configuration: CurlTransport.Configuration,
    receiver: any ResponseReceiver, body: ExchangeBody = .none, source: (any RequestBodySource)? = nil
  ) throws(TransportError) {
    try request.validate()
    try CurlLibrary.initialise()
    self.request = request
    self.receiver = receiver
    if case .none = body { self.source = nil } else { self.source = source }
    origin = request.origin ?? ""
    started = .now
    head = ResponseHead(limit: configuration.maximumHeaderBytes)
    let easy = try EasyHandle()
    self.easy = easy
    easy.configure(request, streams: streams, body: body, configuration: configuration)
    easy.connect(to: self)
    try easy.validate(subject: request.subject)
  }

  // MARK: What libcurl calls

  /// - Returns: whether the request may be sent now.
  func willSend() -> Bool {
    sendings += 1
    lastActivity = .now
    if sendings > 1, !request.mayResend {
      failure = TransportError(
        .connectionReset, "\(request.subject): the connection was closed before any answer came", wasSent: true)
      return false
    }
    return true
  }

  /// - Returns: how many bytes of the request's body were written to `buffer`, or `zt_read_pause`.
  func fill(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
    lastActivity = .now
    if let source {
      switch source.fill(buffer) {
      case .bytes(let count): return count
      case .end: return 0
      case .later:
        isPaused = true
        return zt_read_pause
      }
    }
    let count = min(buffer.count, request.body.count - sentBytes)
    guard count > 0 else { return 0 }
    request.body.withUnsafeBytes { body in
      buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: body[sentBytes..<(sentBytes + count)]))
    }
    sentBytes += count
    return count
  }

  func rewind(to offset: Int) -> Bool {
    if let source { return offset == 0 && source.isUntouched }
    guard (0...request.body.count).contains(offset) else { return false }
    sentBytes = offset
    return true
  }

  /// - Returns: whether to go on.
  func receiveHeader(_ line: UnsafeRawBufferPointer) -> Bool {
    lastActivity = .now
    let wasComplete = head.isComplete
    guard head.append(line) else {
      failure = TransportError(.headersTooLarge, "\(request.subject): the response's header fields are too long")
      return false
    }
    if head.isComplete, !wasComplete { failure = receiver.begin(head) }
    return failure == nil
  }

  /// - Returns: how many bytes were taken, or `zt_write_pause`.
  func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Int {
    lastActivity = .now
    switch receiver.take(bytes) {
    case .taken: return bytes.count
    case .later:
      isPaused = true
      return zt_write_pause
    case .refused(let error):
      failure = error
      // Anything but the count means failure; a count of 0 must not be answered by 0.
      return bytes.isEmpty ? 1 : 0
    }
  }

  // MARK: What the transport's thread calls

  func resume() {
    isPaused = false
    lastActivity = .now
  }

  /// When the transfer has taken too long, if nothing happens until then.
  var deadline: ContinuousClock.Instant? {
    var earliest = request.totalTimeout.map { started.advanced(by: $0.bounded) }
    if let lastActivity, !isPaused, request.stallTimeout > .zero {
      let stall = lastActivity.advanced(by: request.stallTimeout.bounded)
      earliest = min(earliest ?? stall, stall)
    }
    return earliest
  }

  func timeoutError(now: ContinuousClock.Instant) -> TransportError {
    if let total = request.totalTimeout, started.advanced(by: total.bounded) <= now {
      return TransportError(
        .timedOut, "\(request.subject): not complete after \(total.inSeconds) s", wasSent: sendings > 0)
    }
    return TransportError(
      .timedOut, "\(request.subject): no byte moved for \(request.stallTimeout.inSeconds) s", wasSent: sendings > 0)
  }

  func finish(_ result: CURLcode) {
    if let failure {
      finish(failure)
    } else if result != CURLE_OK {
      finish(
        TransportError(
          result, systemError: easy?.number(CURLINFO_OS_ERRNO) ?? 0, detail: easy?.failureText ?? "",
          subject: request.subject, wasSent: sendings > 0))
    } else if !head.isComplete {
      finish(
        TransportError(.invalidResponse, "\(request.subject): the answer has no complete HTTP head", wasSent: true))
    } else {
      finish(nil)
    }
  }

  func finish(_ error: TransportError?) {
    phase = .finished
    easy = nil
    receiver.end(error)
  }

  /// The same error, knowing whether the request has left.
  func error(_ kind: TransportError.Kind, _ words: String) -> TransportError {
    TransportError(kind, "\(request.subject): \(words)", wasSent: sendings > 0)
  }
}
