import HTTPTransport
import Core
import S3Protocol

/// One part of one version of an object, as a stream.
struct RangeRequest: Sendable {
  let key: String
  let bucket: String
  let info: ObjectInfo
  let client: S3Client

  /// The transport holds so many bytes ahead of the reader.
  private static let bufferLimit = 1 << 20
  /// An error's document is read up to here.
  private static let errorLimit = 64 << 10

  var subject: String { "'\(key)' in bucket '\(bucket)'" }

  /// Begins to fetch `range`; returns before there is an answer.
  func open(_ range: Range<Int64>) throws -> any HTTPBodyStream {
    var operation = S3Operation("GET", bucket: bucket, key: key)
    operation.headers = [
      ("Range", ByteRange.header(range.lowerBound...(range.upperBound - 1))), ("If-Match", info.etag.quoted),
    ]
    return try mapping {
      let request = try blocking { [operation] in try await client.request(for: operation) }
      return try client.http.open(request, bufferLimit: min(Self.bufferLimit, range.count))
    }
  }

  /// Waits for the head of the answer and makes sure that what follows is the range that was asked for.
  ///
  /// - Throws: `ObjectStoreError`: `SourceReplaced`, `NoSuchKey`, or what the store or the connection failed with.
  func validate(_ stream: any HTTPBodyStream, _ range: Range<Int64>) throws {
    let (status, headers) = try mapping { try stream.response() }
    guard status < 300 else { throw failure(status, headers, stream) }
    let part = headers["content-range"].flatMap(ByteRange.parseContentRange)
    let size = part?.size ?? headers["content-length"].flatMap { Int64($0) }
    let isSameVersion = headers["etag"].map { ETag($0) == info.etag } ?? true
    guard isSameVersion, size == info.size else {
      throw replaced(
        "it has \(size.map { "\($0)" } ?? "an unknown number of") bytes and the tag \(headers["etag"] ?? "-")")
    }
    // Without a part it is everything (RFC 9110 §14.2), which is as good where everything was asked for.
    let got = part.map { $0.range.lowerBound..<($0.range.upperBound + 1) } ?? 0..<info.size
    guard got == range else {
      throw ObjectStoreError(
        code: "InvalidResponse",
        message: "\(subject): the store must answer a request for bytes \(range) with just these, found \(got)",
        isRetryable: false)
    }
  }

  /// An error of the stream as one of the store.
  func mapping<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as TransportError {
      throw ObjectStoreError(error, subject: subject)
    } catch let error as S3Error {
      throw ObjectStoreError(error, subject: subject)
    }
  }

  private func failure(_ status: Int, _ headers: HTTPHeaders, _ stream: any HTTPBodyStream) -> ObjectStoreError {
    switch status {
    case 412: return replaced("its tag is another one")
    case 416: return replaced("it has become shorter")
    default:
      // Where the document does not come, the status says enough.
      let body = (try? stream.readAll(limit: Self.errorLimit)) ?? []
      let error = S3Error.decode(status: status, body: body, requestID: headers["x-amz-request-id"])
      return ObjectStoreError(error, subject: subject)
    }
  }

  private func replaced(_ found: String) -> ObjectStoreError {
    ObjectStoreError(
      code: "SourceReplaced",
      message: "\(subject): must still have \(info.size) bytes and the tag \(info.etag.quoted); \(found)",
      isRetryable: false)
  }
}

extension HTTPBodyStream {
  fileprivate func readAll(limit: Int) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
      while count < limit {
        let read = try read(
          into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[count...]))
        if read == 0 { return }
        count += read
      }
    }
  }
}

/// Waits for asynchronous work; for threads of one's own only.
func blocking<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) throws -> Value {
  let result = Monitor<Result<Value, any Error>?>(nil)
  Task {
    let outcome: Result<Value, any Error>
    do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
    result.update { $0 = outcome }
  }
  return try result.wait { $0 }.get()
}
