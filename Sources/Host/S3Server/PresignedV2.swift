import Encodings
import HTTPServer
import Checksums
import FoundationEssentials
import S3Protocol
import SigV4

/// Presigned URLs of AWS Signature Version 2, which `aws s3 presign` (version 1) and boto3 still make by default in the
/// older regions, `us-east-1` among them. Only these: signatures of version 2 in headers are refused.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/RESTAuthentication.html#RESTAuthenticationQueryStringAuth
struct PresignedV2 {
  /// Query parameters that are part of what is signed, because they change what is asked for.
  private static let signedParameters: Set<String> = [
    "accelerate", "acl", "analytics", "cors", "delete", "inventory", "lifecycle", "location", "logging", "metrics",
    "notification", "object-lock", "partNumber", "policy", "replication", "requestPayment", "response-cache-control",
    "response-content-disposition", "response-content-encoding", "response-content-language", "response-content-type",
    "response-expires", "restore", "select", "select-type", "storageClass", "tagging", "torrent", "uploadId", "uploads",
    "versionId", "versioning", "versions", "website",
  ]

  private let request: SignableRequest
  private let bucketInHost: String?
  let accessKeyID: String
  private let signature: String
  private let expires: String

  /// Nil where the request is not signed in this way.
  ///
  /// - Parameter bucketInHost: the bucket of a request in virtual-host style, which is signed as part of the path.
  init?(_ request: SignableRequest, bucketInHost: String?) {
    func parameter(_ name: String) -> String? { request.query.first { $0.name == name }?.value }
    guard let accessKeyID = parameter("AWSAccessKeyId"), let signature = parameter("Signature"),
      let expires = parameter("Expires"), parameter("X-Amz-Algorithm") == nil,
      !request.headers.contains(where: { $0.name == "authorization" })
    else { return nil }
    self.request = request
    self.bucketInHost = bucketInHost
    self.accessKeyID = accessKeyID
    self.signature = signature
    self.expires = expires
  }

  /// - Throws: `AccessDenied`, `InvalidAccessKeyId`, `SignatureDoesNotMatch`.
  func verify(_ credentials: Credentials?, at now: Date) throws(S3Error) {
    guard let credentials else { throw S3Error(.invalidAccessKeyID) }
    guard let seconds = Int64(expires), now.timeIntervalSince1970 <= Double(seconds) else {
      throw S3Error(.accessDenied, message: "Request has expired", extra: ["Expires": expires])
    }
    let token = value("x-amz-security-token")
    guard token == credentials.sessionToken else { throw S3Error(.invalidToken) }
    let expected = Digest.hmacSHA1(key: Array(credentials.secretAccessKey.utf8), Array(stringToSign.utf8))
    guard let given = Base64.decode(signature), ConstantTime.equal(given, expected) else {
      throw S3Error(.signatureDoesNotMatch)
    }
  }

  private var stringToSign: String {
    var headers: [String: String] = [:]
    for (name, value) in request.headers + request.query.map({ (name: $0.name.lowercased(), value: $0.value ?? "") })
    where name.hasPrefix("x-amz-") {
      headers[name] = headers[name].map { "\($0),\(value.trimmingSpaces)" } ?? value.trimmingSpaces
    }
    let amzHeaders = headers.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)\n" }.joined()
    let standard = [request.method, value("content-md5") ?? "", value("content-type") ?? "", expires]
    return standard.joined(separator: "\n") + "\n" + amzHeaders + resource
  }

  private var resource: String {
    let path = (bucketInHost.map { "/" + $0 } ?? "") + request.path
    let parameters = request.query.filter { Self.signedParameters.contains($0.name) }.sorted { $0.name < $1.name }
      .map { parameter in parameter.value.map { "\(parameter.name)=\($0)" } ?? parameter.name }
    return parameters.isEmpty ? path : path + "?" + parameters.joined(separator: "&")
  }

  /// A header, or the query parameter in its place: the URL carries what was signed.
  private func value(_ name: String) -> String? {
    request.headers.first { $0.name == name }?.value
      ?? request.query.first { $0.name.lowercased() == name }.map { $0.value ?? "" }
  }
}
