/// The reader's end of a streamed transfer.
final class CurlBodyStream: HTTPBodyStream {
  private let transfer: Transfer
  private let pipe: BodyPipe
  private let driver: CurlDriver

  init(_ transfer: Transfer, pipe: BodyPipe, driver: CurlDriver) {
    self.transfer = transfer
    self.pipe = pipe
    self.driver = driver
  }

  deinit {
    driver.cancel(transfer)
  }

  func response() throws -> (status: Int, headers: HTTPHeaders) {
    try pipe.response()
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    let (count, mayResume) = try pipe.read(into: buffer)
    if mayResume { driver.resume(transfer) }
    return count
  }

  var receivedBytes: Int64 { pipe.receivedBytes }

  func cancel() {
    pipe.cancel(TransportError(.cancelled, "\(transfer.request.subject): cancelled"))
    driver.cancel(transfer)
  }
}
