package import HTTPServer
package import S3Storage
import Hummingbird
package import HummingbirdCore
package import HTTPTypes
import Logging
package import NIOPosix
package import Core
package import S3Protocol
package import SigV4

/// Answers S3 requests: the steps of every request, in order. What a verb does stands in `Verbs/`.
///
/// To be mounted in an `EndpointResponder`, which answers `Expect: 100-continue` and ends connections properly.
package struct S3Responder: Sendable {
  let backend: any S3Backend
  let verifier: SigV4Verifier
  let configuration: S3ServerConfiguration
  let clock: WallClock
  let workers: BodyWorkers
  let budget = SendBudget()
  let checkNotification: @Sendable (NotificationConfiguration) throws -> Void
  private let observe: @Sendable (S3Exchange) -> Void
  let presignedV2Secret: (@Sendable (_ accessKeyID: String) -> Credentials?)?
  let held: (any HeldFiles)?

  /// - Parameters:
  ///   - verifier: knows the access keys; a client that signs with one of them may do everything.
  ///   - presignedV2Secret: the credentials of an access key, where presigned URLs of Signature Version 2 are to be
  ///     accepted; `aws s3 presign` and boto3 make them by default in `us-east-1`. Default: refused.
  ///   - held: files that objects can be made of without their bytes being sent. Default: none.
  ///   - threadPool: where bodies are digested and stored; must be started.
  ///   - observe: hears of every answer.
  ///   - checkNotification: refuses (`S3Error`, `InvalidArgument`) configurations whose targets cannot be reached here;
  ///     called when a client stores one.
  package init(
    backend: any S3Backend, verifier: SigV4Verifier, configuration: S3ServerConfiguration = .init(),
    presignedV2Secret: (@Sendable (_ accessKeyID: String) -> Credentials?)? = nil, clock: WallClock = .system,
    held: (any HeldFiles)? = nil, threadPool: NIOThreadPool = .singleton,
    observe: @escaping @Sendable (S3Exchange) -> Void = { _ in },
    checkNotification: @escaping @Sendable (NotificationConfiguration) throws -> Void = { _ in }
  ) {
    self.observe = observe
    self.backend = backend
    self.verifier = verifier
    self.configuration = configuration
    self.clock = clock
    workers = BodyWorkers(threadPool)
    self.checkNotification = checkNotification
    self.presignedV2Secret = presignedV2Secret
    self.held = held
  }

  /// Never throws: every failure is an answer in S3's form.
  ///
  /// - Parameters:
  ///   - authorization: the header of that name, if it has been taken apart already.
  ///   - isForeign: a browser sends this for a page of another origin.
  package func respond(
    to request: Request, context: EndpointContext, authorization: AuthorizationHeader? = nil, isForeign: Bool = false
  ) async -> Response {
    var bucket: String?
    var operationName = "Unknown"
    var response: Response
    var isPublic = false
    do {
      // 1. What is asked for?
      let (path, queryText) = request.head.pathAndQuery
      let target = try RequestTarget(
        path: path, host: request.head.authority, baseDomains: configuration.baseDomains)
      bucket = target.bucket
      let query = QueryParameters(queryText)
      let operation = try S3Operation(method: request.method, target: target, query: query, headers: request.headers)
      operationName = operation.name
      // 2. Who asks? The two requests that browsers send for other pages carry no signature in their head.
      isPublic = isPublicRead(operation, request)
      let caller = isPublic ? nil : try authenticate(operation, request, authorization, target, path: path, query)
      if isForeign { try await allowForeign(request, bucket) }
      // 3. Do it.
      let call = S3Call(
        authority: request.head.authority, query: query, headers: request.headers, body: request.body, caller: caller,
        context: context, time: clock.now(), configuration: configuration, workers: workers)
      try call.checkExpectedOwner(configuration.ownerID)
      response = try await perform(operation, call)
    } catch {
      response = failure(error, request, context)
    }
    // 4. What every answer carries.
    response.headers[.amzRequestID] = context.requestID
    response.headers[.amzID2] = context.requestID
    if let bucket, let origin = request.headers[.origin], request.method != .options {
      await addCORSHeaders(to: &response, origin: origin, method: request.method.rawValue, bucket: bucket)
    }
    if isPublic, let bucket { addPublicHeaders(to: &response, request, bucket: bucket) }
    observe(
      S3Exchange(
        operation: operationName, status: response.status.code,
        receivedBytes: request.headers[.contentLength].flatMap { Int($0) } ?? 0,
        sentBytes: request.method == .head ? 0 : response.body.contentLength ?? 0))
    return response
  }

  /// What the object's `GET` or `HEAD` is answered, for a part of this host that has decided that it may be read.
  ///
  /// - Parameter fields: conditions and range.
  package func object(
    _ address: ObjectAddress, isHead: Bool, fields: HTTPFields, context: EndpointContext
  ) async -> Response {
    let request = Request(
      head: HTTPRequest(
        method: isHead ? .head : .get, scheme: nil, authority: nil, path: "/\(address.bucket)", headerFields: fields),
      body: RequestBody(buffer: ByteBuffer()))
    do {
      return try await perform(isHead ? .headObject(address) : .getObject(address), hostCall(fields, context))
    } catch {
      return failure(error, request, context)
    }
  }

  func hostCall(_ fields: HTTPFields, _ context: EndpointContext) -> S3Call {
    S3Call(
      authority: nil, query: QueryParameters(""), headers: fields, body: RequestBody(buffer: ByteBuffer()), caller: nil,
      context: context, time: clock.now(), configuration: configuration, workers: workers, isOfHost: true)
  }

  private func authenticate(
    _ operation: S3Operation, _ request: Request, _ authorization: AuthorizationHeader?, _ target: RequestTarget,
    path: String, _ query: QueryParameters
  ) throws -> Caller? {
    switch operation {
    case .preflight, .postObject: return nil
    default: break
    }
    let signable = SignableRequest(request.head, path: path, query: query.pairs)
    if let secret = presignedV2Secret,
      let presigned = PresignedV2(signable, bucketInHost: target.isVirtual ? target.bucket : nil)
    {
      try presigned.verify(secret(presigned.accessKeyID), at: clock.now())
      return Caller(accessKeyID: presigned.accessKeyID, payload: .unsigned, chunks: nil)
    }
    let verified = try verifier.verify(signable, header: authorization, at: clock.now())
    guard verified.service == "s3" else {
      throw S3Error(
        .authorizationHeaderMalformed,
        message: "The authorization header is malformed; incorrect service \"\(verified.service)\". "
          + "This endpoint belongs to \"s3\".")
    }
    return Caller(accessKeyID: verified.accessKeyID, payload: verified.payload, chunks: verified.chunks)
  }

  private func perform(_ operation: S3Operation, _ call: S3Call) async throws -> Response {
    switch operation {
    case .listBuckets: try await listBuckets(call)
    case .createBucket(let bucket): try await createBucket(bucket, call)
    case .headBucket(let bucket): try await headBucket(bucket, call)
    case .deleteBucket(let bucket): try await deleteBucket(bucket, call)
    case .getBucketLocation(let bucket): try await getBucketLocation(bucket, call)
    case .getBucketVersioning(let bucket): try await getBucketVersioning(bucket, call)
    case .getBucketACL(let bucket): try await getBucketACL(bucket, call)
    case .putBucketACL(let bucket): try await putBucketACL(bucket, call)
    case .getBucketRequestPayment(let bucket): try await getBucketRequestPayment(bucket, call)
    case .getBucketDocument(let kind, let bucket): try await getBucketDocument(kind, of: bucket, call)
    case .putBucketDocument(let kind, let bucket): try await putBucketDocument(kind, of: bucket, call)
    case .deleteBucketDocument(let kind, let bucket): try await deleteBucketDocument(kind, of: bucket, call)
    case .getAbsentConfiguration(let name, let bucket): try await getAbsentConfiguration(name, of: bucket, call)
    case .listObjectsV1(let bucket): try await listObjectsV1(bucket, call)
    case .listObjectsV2(let bucket): try await listObjectsV2(bucket, call)
    case .listObjectVersions(let bucket): try await listObjectVersions(bucket, call)
    case .listMultipartUploads(let bucket): try await listMultipartUploads(bucket, call)
    case .deleteObjects(let bucket): try await deleteObjects(bucket, call)
    case .postObject(let bucket): try await postObject(bucket, call)
    case .getObject(let address): try await longPolling(address, call) { try await getObject(address, call) }
    case .headObject(let address): try await longPolling(address, call) { try await headObject(address, call) }
    case .putObject(let address): try await putObject(address, call)
    case .copyObject(let address): try await copyObject(address, call)
    case .deleteObject(let address): try await deleteObject(address, call)
    case .getObjectAttributes(let address): try await getObjectAttributes(address, call)
    case .getObjectACL(let address): try await getObjectACL(address, call)
    case .putObjectACL(let address): try await putObjectACL(address, call)
    case .getObjectTagging(let address): try await getObjectTagging(address, call)
    case .putObjectTagging(let address): try await putObjectTagging(address, call)
    case .deleteObjectTagging(let address): try await deleteObjectTagging(address, call)
    case .createMultipartUpload(let address): try await createMultipartUpload(address, call)
    case .uploadPart(let address, let part): try await uploadPart(part, of: address, call)
    case .uploadPartCopy(let address, let part): try await uploadPartCopy(part, of: address, call)
    case .completeMultipartUpload(let address, let id): try await completeMultipartUpload(id, of: address, call)
    case .abortMultipartUpload(let address, let id): try await abortMultipartUpload(id, of: address, call)
    case .listParts(let address, let id): try await listParts(id, of: address, call)
    case .preflight(let bucket): try await preflight(bucket, call)
    }
  }

  private func failure(_ error: any Error, _ request: Request, _ context: EndpointContext) -> Response {
    var answer = S3Error(describing: error)
    answer.requestID = context.requestID
    if answer.resource == nil { answer.resource = request.head.pathAndQuery.path }
    if answer.httpStatus >= 500, answer.knownCode != .notImplemented {
      context.logger.error("\(request.method) failed", metadata: ["code": "\(answer.code)", "error": "\(error)"])
    }
    // Neither has a body, whatever a client expects there (RFC 9110 §9.3.2, §15.4.5).
    let isBodiless = request.method == .head || answer.httpStatus == 304
    let status = HTTPResponse.Status(code: answer.httpStatus)
    var response = isBodiless ? Response(status: status) : .xml(answer.xml(), status: status)
    for (name, value) in answer.headers { response.headers.set(name, value) }
    response.headers[.retryAfter] = RetryHint.seconds(status: answer.httpStatus)
    return response
  }
}

extension HTTPField.Name {
  fileprivate static let amzRequestID = HTTPField.Name("x-amz-request-id")!
  fileprivate static let amzID2 = HTTPField.Name("x-amz-id-2")!
}
