import Encodings
import RemoteFetch

/// An address that events are posted to: EventBridge's API destination with its connection.
package struct Webhook: Sendable {
  /// Its setting for addresses that are not public, for messages.
  package static let addressSetting = "AllowedAddresses"

  package let name: String
  package let arn: String
  package let method: String
  let url: RemoteURL
  /// Who may be called.
  let hosts: HostList
  /// Authorization first, then the connection's own.
  let headers: [(String, String)]
  /// nil: requests are not signed.
  let signature: WebhookSignature?
  /// Requests a second.
  let rateLimit: Int

  /// What the queue knows it by. Functions' names have no slash.
  package var queueName: String { Self.queueName(name) }

  package static func queueName(_ name: String) -> String { "api-destination/\(name)" }

  /// - Parameters:
  ///   - name: unique among the template's.
  ///   - method: `POST`, `PUT`, `PATCH` or `DELETE`.
  ///   - endpoint: `https://…`; `http://…` only if `allowedAddresses` are given, and then for these alone.
  ///   - query: parameters that are added to the address.
  ///   - signingSecrets: each adds a signature, so that a receiver may learn a new one before the old one ends.
  ///   - allowedAddresses: IP addresses that may be called although they are not public.
  ///   - rateLimit: requests a second, at least 1.
  /// - Throws: `WebhookProblems`: everything that is wrong.
  package init(
    name: String, arn: String, method: String, endpoint: String, query: [(String, String)] = [],
    headers: [(String, String)], signingSecrets: [String], allowedAddresses: [String], rateLimit: Int
  ) throws(WebhookProblems) {
    var problems: [WebhookProblems.Problem] = []
    for text in allowedAddresses where RemoteAddress(text) == nil {
      problems.append(
        .init("Metadata.Zoetrope.\(Self.addressSetting)", "must be IP addresses, found '\(text.prefix(80))'"))
    }
    for (header, value) in headers {
      if let reason = Self.refusal(ofHeader: header, value) {
        problems.append(.init("ConnectionArn", "has a connection with the header '\(header.prefix(80))', \(reason)"))
      }
    }
    var signature: WebhookSignature?
    do throws(WebhookSignature.Invalid) {
      if !signingSecrets.isEmpty { signature = try WebhookSignature(secrets: signingSecrets) }
    } catch {
      problems.append(.init("ConnectionArn", "has a connection whose ApiKeyValue \(error.message)"))
    }
    var found: RemoteURL?
    do throws(RemoteFetchError) {
      let url = try RemoteURL(Self.adding(query, to: endpoint))
      found = url
      if url.path.contains("*") {
        problems.append(.init("InvocationEndpoint", "has '*' in its path, which cannot be filled in here"))
      }
      if url.scheme == "http", allowedAddresses.isEmpty {
        problems.append(
          .init(
            "InvocationEndpoint",
            "must be https://, or http:// with the receiver's addresses in Metadata.Zoetrope.\(Self.addressSetting)"))
      }
    } catch {
      problems.append(.init("InvocationEndpoint", error.message))
    }
    guard problems.isEmpty, let url = found else { throw WebhookProblems(problems: problems) }
    self.name = name
    self.arn = arn
    self.method = method
    self.url = url
    // A private address is not allowed by being named in the endpoint alone.
    let isPrivate = RemoteAddress(url.host).map { AddressFilter.refusal(of: $0) != nil } ?? false
    hosts = HostList(
      (allowedAddresses + (isPrivate ? [] : [url.host])).joined(separator: ","), setting: Self.addressSetting)
    self.headers = headers
    self.signature = signature
    self.rateLimit = max(1, rateLimit)
  }

  private static func adding(_ query: [(String, String)], to endpoint: String) -> String {
    guard !query.isEmpty else { return endpoint }
    let text = query.map { "\(PercentEncoding.encode($0))=\(PercentEncoding.encode($1))" }.joined(separator: "&")
    return "\(endpoint)\(endpoint.contains("?") ? "&" : "?")\(text)"
  }

  /// Fields that the sender writes itself, or that are about the connection.
  private static let reserved: Set<String> = [
    "connection", "content-length", "content-type", "expect", "host", "te", "trailer", "transfer-encoding", "upgrade",
    "webhook-id", "webhook-signature", "webhook-timestamp",
  ]

  private static func refusal(ofHeader name: String, _ value: String) -> String? {
    if reserved.contains(name.lowercased()) { return "which is not the connection's to set" }
    let isName =
      !name.isEmpty
      && name.utf8.allSatisfy { (0x21...0x7e).contains($0) && !"()<>@,;:\\\"/[]?={}".utf8.contains($0) }
    if !isName { return "which is not the name of a header" }
    return value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f } ? nil : "whose value has control characters"
  }
}

/// What is wrong with a webhook, each with the property that it is about.
package struct WebhookProblems: Error {
  package struct Problem: Sendable, Equatable {
    package let property: String
    package let message: String

    init(_ property: String, _ message: String) {
      self.property = property
      self.message = message
    }
  }

  package let problems: [Problem]
}
