/// Which pages of other origins may read and write a bucket.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html
package struct CORSConfiguration: XMLMessage, Equatable {
  package struct Rule: Sendable, Equatable {
    package var id: String?
    /// May have one `*` each.
    package var allowedOrigins: [String]
    package var allowedMethods: [String]
    /// May have one `*` each.
    package var allowedHeaders: [String]
    package var exposedHeaders: [String]
    package var maximumAgeSeconds: Int?

    package init(
      id: String? = nil, allowedOrigins: [String], allowedMethods: [String], allowedHeaders: [String] = [],
      exposedHeaders: [String] = [], maximumAgeSeconds: Int? = nil
    ) {
      self.id = id
      self.allowedOrigins = allowedOrigins
      self.allowedMethods = allowedMethods
      self.allowedHeaders = allowedHeaders
      self.exposedHeaders = exposedHeaders
      self.maximumAgeSeconds = maximumAgeSeconds
    }
  }

  package static var rootName: String { "CORSConfiguration" }
  package static let maximumRules = 100
  private static let methods: Set<String> = ["GET", "PUT", "POST", "DELETE", "HEAD"]

  package var rules: [Rule]

  package init(rules: [Rule]) {
    self.rules = rules
  }

  package init(_ root: XMLNode) throws(S3Error) {
    rules = try root.list("CORSRule") { (node) throws(S3Error) in
      Rule(
        id: node.text(of: "ID"), allowedOrigins: node.children("AllowedOrigin").map(\.text),
        allowedMethods: node.children("AllowedMethod").map(\.text),
        allowedHeaders: node.children("AllowedHeader").map(\.text),
        exposedHeaders: node.children("ExposeHeader").map(\.text),
        maximumAgeSeconds: try node.number(of: "MaxAgeSeconds"))
    }
    try validate()
  }

  package func write(to writer: inout XMLWriter) {
    for rule in rules {
      writer.element("CORSRule") { writer in
        writer.element("ID", rule.id)
        for origin in rule.allowedOrigins { writer.element("AllowedOrigin", origin) }
        for method in rule.allowedMethods { writer.element("AllowedMethod", method) }
        for header in rule.allowedHeaders { writer.element("AllowedHeader", header) }
        for header in rule.exposedHeaders { writer.element("ExposeHeader", header) }
        if let age = rule.maximumAgeSeconds { writer.element("MaxAgeSeconds", age) }
      }
    }
  }

  private func validate() throws(S3Error) {
    guard (1...Self.maximumRules).contains(rules.count) else {
      throw S3Error(.malformedXML, message: "There must be 1 to \(Self.maximumRules) rules, found \(rules.count).")
    }
    for rule in rules {
      guard !rule.allowedOrigins.isEmpty, !rule.allowedMethods.isEmpty else {
        throw S3Error(.malformedXML, message: "Every rule must have an AllowedOrigin and an AllowedMethod.")
      }
      for method in rule.allowedMethods where !Self.methods.contains(method) {
        throw S3Error(
          .invalidRequest, message: "Found unsupported HTTP method in CORS config. Unsupported method is \(method)")
      }
      for pattern in rule.allowedOrigins + rule.allowedHeaders where pattern.count(where: { $0 == "*" }) > 1 {
        throw S3Error(.invalidRequest, message: "'\(pattern)' can not have more than one wildcard.")
      }
    }
  }
}

extension CORSConfiguration {
  /// The first rule that allows a request, or a preflight for it.
  ///
  /// - Parameters:
  ///   - headers: the names of `Access-Control-Request-Headers`; none for the request itself.
  package func rule(origin: String, method: String, headers: [String] = []) -> Rule? {
    rules.first { rule in
      rule.allowedMethods.contains(method) && rule.allowedOrigins.contains { Self.matches(origin, $0) }
        && headers.allSatisfy { header in
          rule.allowedHeaders.contains { Self.matches(header.lowercased(), $0.lowercased()) }
        }
    }
  }

  private static func matches(_ text: String, _ pattern: String) -> Bool {
    let halves = pattern.split(separator: "*", maxSplits: 1, omittingEmptySubsequences: false)
    guard halves.count == 2 else { return text == pattern }
    return text.utf8.count >= halves[0].utf8.count + halves[1].utf8.count && text.hasPrefix(halves[0])
      && text.hasSuffix(halves[1])
  }
}
