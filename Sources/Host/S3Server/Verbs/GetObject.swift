import Checksums
package import S3Storage
import Encodings
package import HTTPServer
package import HTTPTypes
package import HummingbirdCore
import NIOCore
import S3Protocol

extension S3Responder {
  /// Longest answer that is read before it is begun: one write, and a disk error is still an error answer. Functions
  /// mostly read their source in such pieces.
  private static let immediateSize: Int64 = 2 << 20
  private static let blockSize: Int64 = 1 << 20

  /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
  func getObject(_ address: ObjectAddress, _ call: S3Call) async throws -> Response {
    // Clients that do not read must not pin much: what is read with the look-up counts as well, and large blocks are for as
    // many as there is memory set aside for.
    let memory = call.isOfHost ? backend.objectMemory : nil
    let ticket = memory?.beginRead()
    let share = budget.take(Int(Self.immediateSize))
    let object = try await backend.open(
      address,
      expecting: { record in
        guard let range = (try? head(of: record, call))?.range else { return nil }
        return range.count <= share.bytes
          ? range : range.lowerBound..<(range.lowerBound + Int64(SendBudget.minimum))
      })
    var response = try head(of: object.record, call)
    try await setExpiration(&response.value.headers, of: object.record)
    let range = response.range
    let length = range.upperBound - range.lowerBound
    let verifier = range == 0..<object.record.size ? ReadVerifier(object.record) : nil
    if length <= share.bytes {
      var body = ByteBuffer()
      var offset = range.lowerBound
      while offset < range.upperBound {
        var block = try await Self.block(of: object, at: offset, count: range.upperBound - offset)
        offset += Int64(block.readableBytes)
        if body.readableBytes == 0 { body = block } else { body.writeBuffer(&block) }
      }
      try verifier?.check(body, call.context)
      if let memory, let ticket { memory.keep(object.record, body, since: ticket) }
      share.reduce(to: Int(length))
      response.value.body = Self.body(body, share, call)
      return response.value
    }
    response.value.body = ResponseBody(contentLength: Int(length)) { [budget, context = call.context] writer in
      var offset = range.lowerBound
      while offset < range.upperBound {
        let share = budget.take(Int(min(Self.blockSize, range.upperBound - offset)))
        let block = try await Self.block(of: object, at: offset, count: Int64(share.bytes))
        offset += Int64(block.readableBytes)
        // Before the last block is sent: an answer that breaks off is not taken for the object.
        try verifier?.check(block, context)
        try await writer.write(block)
        // A write returns before the channel knows whether it is full, so many small ones would pile up.
        try await context.flushed()
        withExtendedLifetime(share) {}
      }
      try await writer.finish(nil)
    }
    return response.value
  }

  /// The answer to a `GET` of an object that is in memory, for a part of this host that has decided that it may be read; nil if
  /// it is not there, or is not to be sent for some reason. Head and body are sent by one write.
  ///
  /// - Parameter fields: conditions and range.
  package func smallObjectInMemory(
    _ address: ObjectAddress, fields: HTTPFields, context: EndpointContext
  ) -> Response? {
    guard let known = backend.objectMemory?.find(address),
      let answer = try? head(of: known.record, hostCall(fields, context)),
      let bytes = known.bytes.getSlice(
        at: known.bytes.readerIndex + Int(answer.range.lowerBound), length: answer.range.count)
    else { return nil }
    var response = answer.value
    response.body = ResponseBody(byteBuffer: bytes)
    return response
  }

  /// A body that is sent in one piece, and holds its share of memory until the socket has taken it.
  private static func body(_ bytes: ByteBuffer, _ share: SendBudget.Share, _ call: S3Call) -> ResponseBody {
    guard bytes.readableBytes > SendBudget.minimum else { return ResponseBody(byteBuffer: bytes) }
    return ResponseBody(contentLength: bytes.readableBytes) { [context = call.context] writer in
      try await writer.write(bytes)
      try await context.flushed()
      withExtendedLifetime(share) {}
      try await writer.finish(nil)
    }
  }

  /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
  func headObject(_ address: ObjectAddress, _ call: S3Call) async throws -> Response {
    let object = try await backend.open(address)
    let response = try head(of: object.record, call)
    var value = response.value
    try await setExpiration(&value.headers, of: object.record)
    value.headers[.contentLength] = String(response.range.upperBound - response.range.lowerBound)
    return value
  }

  private static func block(of object: any OpenObject, at offset: Int64, count: Int64) async throws -> ByteBuffer {
    let block = try await object.read(at: offset, count: Int(count))
    guard block.readableBytes > 0 else {
      throw S3Error(.internalError, message: "The object ended at byte \(offset) of \(object.record.size).")
    }
    return block
  }

  /// Status, headers and bytes of the answer, decided in the order of RFC 9110 §13.2.2: conditions, then ranges.
  private func head(
    of record: ObjectRecord, _ call: S3Call
  ) throws(S3Error) -> (value: Response, range: Range<Int64>) {
    if var error = call.preconditions.evaluateRead(etag: record.etag, lastModified: record.lastModified) {
      if error.knownCode == .notModified { error.headers = record.cacheHeaders }
      throw error
    }
    var headers = record.headers
    var range = 0..<record.size
    var status = HTTPResponse.Status.ok
    if call.query.has("partNumber") {
      (range, status) = try Self.part(try call.query.partNumber, of: record, &headers)
    } else if let header = call.header("range"), rangeHolds(record, call) {
      switch ByteRange.parse(header, size: record.size) {
      case .whole: break
      case .range(let bytes):
        range = bytes.lowerBound..<(bytes.upperBound + 1)
        status = .partialContent
      case .unsatisfiable:
        var error = S3Error(
          .invalidRange, extra: ["RangeRequested": header, "ActualObjectSize": "\(record.size)"])
        error.headers["content-range"] = ByteRange.unsatisfiedContentRange(size: record.size)
        throw error
      }
    }
    if status == .partialContent, !range.isEmpty {
      headers.set(
        "content-range", ByteRange.contentRange(range.lowerBound...(range.upperBound - 1), size: record.size))
    }
    if call.header("x-amz-checksum-mode")?.uppercased() == "ENABLED" {
      if call.query.has("partNumber"), !record.parts.isEmpty {
        // The part's own, under the kind of the whole.
        if let checksum = record.parts[try call.query.partNumber - 1].checksum {
          headers.set(checksum.algorithm.headerName, checksum.value)
          headers.set("x-amz-checksum-type", (record.checksum?.kind ?? checksum.kind).rawValue)
        }
      } else if range == 0..<record.size {
        headers.set(record.checksum)
      }
    }
    try overrideHeaders(&headers, call)
    return (Response(status: status, headers: headers), range)
  }

  /// `If-Range` (RFC 9110 §13.1.5): the range only of this very object, else all of it.
  private func rangeHolds(_ record: ObjectRecord, _ call: S3Call) -> Bool {
    guard let condition = call.header("if-range") else { return true }
    if let date = HTTPDate.parse(condition) { return HTTPDate.format(record.lastModified) == HTTPDate.format(date) }
    return !condition.hasPrefix("W/") && ETag(condition) == record.etag
  }

  private static func part(
    _ number: Int, of record: ObjectRecord, _ headers: inout HTTPFields
  ) throws(S3Error) -> (Range<Int64>, HTTPResponse.Status) {
    if record.parts.isEmpty {
      guard number == 1 else { throw S3Error(.invalidPartNumber) }
      return (0..<record.size, record.size > 0 ? .partialContent : .ok)
    }
    // Parts are counted as they lie in the object, whatever numbers they were uploaded under.
    guard number <= record.parts.count else { throw S3Error(.invalidPartNumber) }
    headers.set("x-amz-mp-parts-count", String(record.parts.count))
    let start = record.parts.prefix(number - 1).reduce(0) { $0 + $1.size }
    return (start..<(start + record.parts[number - 1].size), .partialContent)
  }

  private func overrideHeaders(_ headers: inout HTTPFields, _ call: S3Call) throws(S3Error) {
    for (name, value) in call.query.pairs where name.hasPrefix("response-") {
      switch name {
      case "response-content-type", "response-content-language", "response-expires", "response-cache-control",
        "response-content-disposition", "response-content-encoding":
        headers.set(String(name.dropFirst("response-".count)), value)
      default: break
      }
    }
  }
}
