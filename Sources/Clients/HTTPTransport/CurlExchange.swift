/// The tasks' end of a streamed exchange.
final class CurlExchange: HTTPExchange {
  private let transfer: Transfer
  private let pipe: ExchangePipe
  private let driver: CurlDriver

  init(_ transfer: Transfer, pipe: ExchangePipe, driver: CurlDriver) {
    self.transfer = transfer
    self.pipe = pipe
    self.driver = driver
  }

  deinit {
    driver.cancel(transfer)
  }

  func write(_ bytes: [UInt8]) async throws {
    try await cancelling {
      var rest = bytes[...]
      while !rest.isEmpty {
        let (count, mayResume) = try self.pipe.append(rest)
        if mayResume { self.driver.resume(self.transfer) }
        rest = rest.dropFirst(count)
        if !rest.isEmpty { await self.pipe.waitForRoom() }
      }
    }
  }

  func finish(trailers: [(name: String, value: String)]) {
    if pipe.complete(trailers: trailers) { driver.resume(transfer) }
  }

  func response() async throws -> (status: Int, headers: HTTPHeaders) {
    try await cancelling { try await self.pipe.response() }
  }

  func next() async throws -> [UInt8]? {
    let (bytes, mayResume) = try await cancelling { try await self.pipe.read() }
    if mayResume { driver.resume(transfer) }
    return bytes.isEmpty ? nil : bytes
  }

  func cancel() {
    pipe.cancel(TransportError(.cancelled, "\(transfer.request.subject): cancelled"))
    driver.cancel(transfer)
  }

  private func cancelling<Value: Sendable>(_ body: @Sendable () async throws -> Value) async throws -> Value {
    try await withTaskCancellationHandler {
      try await body()
    } onCancel: {
      cancel()
    }
  }
}
