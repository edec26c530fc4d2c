import Encodings
import S3Storage
import HTTPServer
import FoundationEssentials
import HTTPTypes
import HummingbirdCore
import NIOCore
import S3Protocol
import SigV4
import Synchronization

/// One request on its way through a verb.
struct S3Call: Sendable {
  /// The `Host` header.
  let authority: String?
  let query: QueryParameters
  let headers: HTTPFields
  let body: RequestBody
  /// Nil only for the requests that browsers send unsigned.
  let caller: Caller?
  let context: EndpointContext
  let time: Date
  let configuration: S3ServerConfiguration
  let workers: BodyWorkers
  /// The host itself asks, for an answer that it sends on.
  var isOfHost = false

  func header(_ name: String) -> String? { headers.value(name) }

  var preconditions: Preconditions { Preconditions(headers: { headers.value($0) }) }

  /// The object's URL in path style.
  func location(of address: ObjectAddress) -> String {
    "http://\(authority ?? "localhost")/\(address.bucket)/\(PercentEncoding.encode(address.key, keepSlash: true))"
  }

  func cause(_ event: ObjectChange.Event) -> ObjectChange.Cause {
    ObjectChange.Cause(
      event: event, time: time, requestID: context.requestID, principal: caller?.accessKeyID ?? "",
      sourceAddress: context.sourceAddress)
  }

  /// The body as an object or a part, not yet read.
  func upload() throws(S3Error) -> UploadBody {
    let plan = try BodyPlan(
      headers, payload: caller?.payload ?? .unsigned, chunks: caller?.chunks, limit: configuration.maximumUploadSize)
    return UploadBody(plan.withDefaultChecksum(), wire: body, eventLoop: context.channel.eventLoop, workers: workers)
  }

  /// The body as an XML document, whole and verified; empty where the request has none.
  ///
  /// - Parameter ignoresChecksums: where `x-amz-checksum-*` are about something else than the body.
  func document(ignoresChecksums: Bool = false) async throws -> [UInt8] {
    if headers[.contentLength] == nil, headers[.transferEncoding] == nil { return [] }
    if let length = headers[.contentLength].flatMap(Int64.init), length > configuration.maximumDocumentSize {
      throw S3Error(.maxMessageLengthExceeded)
    }
    let plan = try BodyPlan(
      headers, payload: caller?.payload ?? .unsigned, chunks: caller?.chunks,
      limit: Int64(configuration.maximumDocumentSize), ignoresChecksums: ignoresChecksums)
    let sink = MemorySink()
    return try await UploadBody(plan, wire: body, eventLoop: context.channel.eventLoop, workers: workers)
      .receive(into: sink) { _ in sink.bytes }
  }
}

/// Keeps a body in memory; its length was limited before.
private final class MemorySink: BodySink {
  private let content = Mutex<[UInt8]>([])

  var bytes: [UInt8] { content.withLock { $0 } }

  func write(_ bytes: UnsafeRawBufferPointer) {
    content.withLock { $0.append(contentsOf: bytes) }
  }
}
