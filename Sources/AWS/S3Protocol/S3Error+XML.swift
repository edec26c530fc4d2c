extension S3Error {
  private static let common: Set<String> = ["Code", "Message", "Resource", "RequestId", "HostId"]

  /// The body of an error response.
  package func xml() -> [UInt8] {
    XMLWriter.document(root: "Error", namespace: nil) { writer in
      writer.element("Code", code)
      writer.element("Message", message)
      for (name, value) in extra.sorted(by: { $0.key < $1.key }) where !Self.common.contains(name) {
        writer.element(name, value)
      }
      writer.element("Resource", resource)
      writer.element("RequestId", requestID)
    }
  }

  /// Reads an error response. A body that is no error document (a `HEAD` has none, a proxy sends HTML) still makes an
  /// error: its code follows from the status.
  ///
  /// - Parameter requestID: the `x-amz-request-id` header, used where the body has none.
  package static func decode(status: Int, body: [UInt8], requestID: String? = nil) -> S3Error {
    if let root = try? XMLNode.parse(body), root.name == "Error", let code = root.text(of: "Code") {
      return S3Error(root, code: code, status: status, requestID: requestID)
    }
    let code = Self.code(forStatus: status)
    var error = S3Error(
      code: code?.rawValue ?? "HTTP\(status)",
      message: code?.defaultMessage ?? "The store answered with HTTP status \(status) and no S3 error document.",
      httpStatus: status, requestID: requestID)
    if status >= 500 && status != 501 || status == 429 { error.isRetryable = true }
    return error
  }

  /// An error document in a response of status 200, as `CompleteMultipartUpload` and `CopyObject` may send it.
  init(embedded root: XMLNode) {
    let code = root.text(of: "Code") ?? S3ErrorCode.internalError.rawValue
    self.init(root, code: code, status: S3ErrorCode(rawValue: code)?.httpStatus ?? 500, requestID: nil)
  }

  private init(_ root: XMLNode, code: String, status: Int, requestID: String?) {
    var extra: [String: String] = [:]
    for child in root.children where !Self.common.contains(child.name) && child.children.isEmpty {
      extra[child.name] = child.text
    }
    self.init(
      code: code, message: root.text(of: "Message") ?? S3ErrorCode(rawValue: code)?.defaultMessage ?? code,
      httpStatus: status, resource: root.text(of: "Resource"), requestID: root.text(of: "RequestId") ?? requestID,
      extra: extra)
  }

  private static func code(forStatus status: Int) -> S3ErrorCode? {
    switch status {
    case 301: .permanentRedirect
    case 304: .notModified
    case 403: .accessDenied
    case 404: .noSuchKey
    case 405: .methodNotAllowed
    case 409: .operationAborted
    case 411: .missingContentLength
    case 412: .preconditionFailed
    case 416: .invalidRange
    case 429: .slowDown
    case 500: .internalError
    case 501: .notImplemented
    case 502, 503, 504: .serviceUnavailable
    default: nil
    }
  }
}
