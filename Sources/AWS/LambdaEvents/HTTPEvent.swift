import Core
import Encodings

/// An HTTP request as a function receives it: API Gateway's payload format 2.0, which function URLs use as well.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>
/// <https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads>
package struct HTTPEvent: Sendable, Equatable {
  /// `GET /pets/{id}`, or `$default`.
  package var routeKey: String
  /// The path as it was sent, percent-encoded.
  package var rawPath: String
  /// What follows the `?`, as it was sent; empty for none.
  package var rawQueryString: String
  /// `name=value` each.
  package var cookies: [String]
  /// Lower-case names; several fields of one name are joined by commas. Without `cookie`.
  package var headers: [String: String]
  /// Decoded; several values of one name are joined by commas. `query(_:)` keeps them apart.
  package var queryStringParameters: [String: String]
  /// Decoded, by the names of the route's path.
  package var pathParameters: [String: String]
  package var stageVariables: [String: String]
  package var requestContext: Context
  /// Decoded; `nil` for a request without a body.
  package var body: [UInt8]?
  /// How the body travels: as Base64, or as text. Encoding a body that is not UTF-8 as text loses it.
  package var isBase64Encoded: Bool

  /// What the gateway knows about the request besides its own bytes.
  package struct Context: Sendable, Equatable, Codable {
    package var accountId = "anonymous"
    package var apiId = ""
    /// With `AWS_IAM`: who signed.
    package var authorizer: Authorizer? = nil
    package var domainName = ""
    package var domainPrefix = ""
    package var http: Request
    package var requestId = ""
    package var routeKey = "$default"
    package var stage = "$default"
    /// `12/Mar/2020:19:03:58 +0000`
    package var time = ""
    /// Milliseconds since 1970.
    package var timeEpoch: Int64 = 0
    /// What this project's gateway adds; `nil` on AWS.
    package var zoetrope: Extension? = nil

    package init(http: Request) {
      self.http = http
    }
  }

  package struct Request: Sendable, Equatable, Codable {
    package var method: String
    package var path: String
    package var `protocol`: String
    package var sourceIp: String
    package var userAgent: String

    package init(
      method: String, path: String, protocol: String = "HTTP/1.1", sourceIp: String = "127.0.0.1",
      userAgent: String = ""
    ) {
      self.method = method
      self.path = path
      self.protocol = `protocol`
      self.sourceIp = sourceIp
      self.userAgent = userAgent
    }
  }

  package struct Authorizer: Sendable, Equatable, Codable {
    package var iam: Identity?

    package struct Identity: Sendable, Equatable, Codable {
      package var accessKey: String
      package var accountId: String
      package var callerId: String
      package var userArn: String
      package var userId: String

      package init(accessKey: String, accountId: String, callerId: String, userArn: String, userId: String) {
        self.accessKey = accessKey
        self.accountId = accountId
        self.callerId = callerId
        self.userArn = userArn
        self.userId = userId
      }
    }

    package init(iam: Identity?) {
      self.iam = iam
    }
  }

  /// `requestContext.zoetrope`.
  package struct Extension: Sendable, Equatable, Codable {
    /// `check`: the body has not been read yet, `body` is at most its first 64 KiB. Status 100 accepts the request, any
    /// other answer is sent at once. `missing`: the optional object that the answer named is not there. `nil`: this is the
    /// request itself.
    package var phase: String?
    /// The body, or each file part of a form, if it was too large for the event.
    package var parts: [Part]?
    /// The request came by the pages' port, whose guard has let it pass: the caller is this machine's user. `nil`: no.
    package var local: Bool?
    /// What passes presigned requests on to the store for this caller, without a slash at its end. Is set for requests
    /// that came by a trusted proxy: `https://media.example.com/_store`.
    package var store: String?

    package init(phase: String? = nil, parts: [Part]? = nil, local: Bool? = nil, store: String? = nil) {
      self.phase = phase
      self.parts = parts
      self.local = local
      self.store = store
    }
  }

  /// Something uploaded that `ObjectStore` reads by ranges.
  package struct Part: Sendable, Equatable, Codable {
    /// The form's field; `nil` for a body that is no form.
    package var name: String?
    package var fileName: String?
    package var contentType: String?
    /// Bytes.
    package var size: Int64
    /// Hexadecimal digits, lower case.
    package var sha256: String
    /// `s3://BUCKET/KEY`, or `file:///…`.
    package var url: String

    package init(
      name: String? = nil, fileName: String? = nil, contentType: String? = nil, size: Int64, sha256: String, url: String
    ) {
      self.name = name
      self.fileName = fileName
      self.contentType = contentType
      self.size = size
      self.sha256 = sha256
      self.url = url
    }
  }

  package init(
    routeKey: String = "$default", rawPath: String, rawQueryString: String = "", cookies: [String] = [],
    headers: [String: String] = [:], queryStringParameters: [String: String] = [:],
    pathParameters: [String: String] = [:], stageVariables: [String: String] = [:], requestContext: Context,
    body: [UInt8]? = nil, isBase64Encoded: Bool = false
  ) {
    self.routeKey = routeKey
    self.rawPath = rawPath
    self.rawQueryString = rawQueryString
    self.cookies = cookies
    self.headers = headers
    self.queryStringParameters = queryStringParameters
    self.pathParameters = pathParameters
    self.stageVariables = stageVariables
    self.requestContext = requestContext
    self.body = body
    self.isBase64Encoded = isBase64Encoded
  }
}

extension HTTPEvent {
  package var method: String { requestContext.http.method }

  /// Whether this asks for the body check only.
  package var isBodyCheck: Bool { requestContext.zoetrope?.phase == "check" }

  /// Whether the function is asked again because the optional object that its answer named is not there.
  package var isMissing: Bool { requestContext.zoetrope?.phase == "missing" }

  /// Whether the caller has proved to be this machine's user.
  package var isLocal: Bool { requestContext.zoetrope?.local == true }

  /// What was uploaded beside the event.
  package var parts: [Part] { requestContext.zoetrope?.parts ?? [] }

  /// - Parameter name: without regard to case.
  package func header(_ name: String) -> String? { headers[name.lowercased()] }

  /// Every value of the query's parameter, decoded, in order; a parameter without `=` has an empty one.
  package func query(_ name: String) -> [String] {
    QueryString.parse(rawQueryString).filter { $0.name == name }.map { $0.value ?? "" }
  }

  package func cookie(_ name: String) -> String? {
    cookies.first { $0.hasPrefix("\(name)=") }.map { String($0.dropFirst(name.utf8.count + 1)) }
  }

  /// The body as text; empty for none, `nil` if it is not UTF-8.
  package var bodyText: String? { String(validating: body ?? [], as: UTF8.self) }

  /// Whether API Gateway passes a body of that type on as text rather than as Base64.
  package static func isText(contentType: String) -> Bool {
    let type = contentType.prefix { $0 != ";" }.lowercased().filter { $0 != " " }
    return type.hasPrefix("text/")
      || ["application/json", "application/javascript", "application/xml"].contains(type)
      || type.hasPrefix("application/") && (type.hasSuffix("+json") || type.hasSuffix("+xml"))
  }
}
