import S3Storage
import HTTPServer
import HTTPTypes
import HummingbirdCore
import S3Protocol

/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html
extension S3Responder {
  /// A browser asks before it sends another page's request; the question carries no signature.
  func preflight(_ bucket: String?, _ call: S3Call) async throws -> Response {
    guard let origin = call.header("origin"), let method = call.header("access-control-request-method") else {
      throw S3Error(
        code: "BadRequest",
        message: "Insufficient information. Origin request header and Access-Control-Request-Method needed.",
        httpStatus: 400)
    }
    let names = (call.header("access-control-request-headers") ?? "")
      .split(separator: ",").map { $0.trimmingSpaces.lowercased() }.filter { !$0.isEmpty }
    let rules = try await corsRules(of: bucket)
    guard let rule = rules?.rule(origin: origin, method: method, headers: names) else {
      throw S3Error(
        .accessDenied,
        message: "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, "
          + "request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by "
          + "the resource's CORS spec.")
    }
    var response = Response(status: .ok)
    response.headers.set(rule, origin: origin)
    if !names.isEmpty { response.headers.set("access-control-allow-headers", names.joined(separator: ", ")) }
    response.headers.set("access-control-max-age", rule.maximumAgeSeconds.map(String.init))
    return response
  }

  /// What a browser needs to see to show the answer to another page. Errors get it too: else the page sees
  /// nothing of them.
  func addCORSHeaders(to response: inout Response, origin: String, method: String, bucket: String) async {
    guard let rules = try? await corsRules(of: bucket), let rule = rules.rule(origin: origin, method: method) else {
      return
    }
    response.headers.set(rule, origin: origin)
  }

  /// The bucket's own rules, and those of public reading.
  func corsRules(of bucket: String?) async throws -> CORSConfiguration? {
    guard let bucket else { return nil }
    do {
      let own = try await backend.document(.cors, of: bucket).map { try CORSConfiguration.decode($0) }
      guard let shared = publicRules(of: bucket) else { return own }
      return CORSConfiguration(rules: (own?.rules ?? []) + shared.rules)
    } catch let error as S3Error where error.knownCode == .noSuchBucket {
      // Whether a bucket exists is nothing for the unsigned.
      return nil
    }
  }
}

extension HTTPFields {
  fileprivate mutating func set(_ rule: CORSConfiguration.Rule, origin: String) {
    let isForAll = rule.allowedOrigins.contains("*")
    set("access-control-allow-origin", isForAll ? "*" : origin)
    if !isForAll { set("access-control-allow-credentials", "true") }
    set("access-control-allow-methods", rule.allowedMethods.joined(separator: ", "))
    if !rule.exposedHeaders.isEmpty {
      set("access-control-expose-headers", rule.exposedHeaders.joined(separator: ", "))
    }
    set("vary", "Origin, Access-Control-Request-Headers, Access-Control-Request-Method")
  }
}
