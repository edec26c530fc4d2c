/// Reads the CORS settings of an HTTP API or a function URL, which have the same properties.
///
/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-httpapi-httpapicorsconfiguration.html>
/// <https://docs.aws.amazon.com/lambda/latest/api/API_Cors.html>
struct CORSReader {
  let resolver: Resolver

  /// Of the two services, which allow different things.
  enum Service {
    case api, functionURL

    var methods: Set<String> {
      let common: Set<String> = ["*", "GET", "PUT", "HEAD", "POST", "PATCH", "DELETE"]
      return self == .api ? common.union(["OPTIONS"]) : common
    }
    var maximumAge: ClosedRange<Int> { self == .api ? -1...86_400 : 0...86_400 }
  }

  private var diagnostics: Diagnostics { resolver.diagnostics }

  /// `CorsConfiguration` of an API: `true`, one origin, or a map.
  func api(_ properties: PropertySection) -> CORSConfiguration? {
    guard let node = properties.raw("CorsConfiguration") else { return nil }
    if node.members != nil, node.intrinsic == nil { return section(PropertySection(node, resolver), .api, node) }
    guard let value = resolver.resolve(node), !value.isNothing else { return nil }
    switch value.text {
    case "true": return CORSConfiguration(allowedOrigins: ["*"])
    case "false": return nil
    case let origin? where isOrigin(origin): return CORSConfiguration(allowedOrigins: [origin])
    default:
      diagnostics.problem(node, "must be true, an origin or a map, found \(value.shown)")
      return nil
    }
  }

  /// `Cors` of a function URL.
  func functionURL(_ properties: PropertySection) -> CORSConfiguration? {
    properties.section("Cors").flatMap { section($0, .functionURL, $0.node) }
  }

  private func section(_ section: PropertySection, _ service: Service, _ node: TemplateNode) -> CORSConfiguration? {
    let credentials = section.bool("AllowCredentials") ?? false
    let methods = list(section, "AllowMethods", of: service.methods.sorted().joined(separator: ", ")) { method in
      service.methods.contains(method.uppercased())
    }
    let origins = list(section, "AllowOrigins", of: "'*' or origins such as https://app.example.com", isOrigin)
    let headers = list(section, "AllowHeaders", of: "'*' or header names", isHeader)
    let exposed = list(section, "ExposeHeaders", of: "'*' or header names", isHeader)
    let age = section.int("MaxAge", in: service.maximumAge)
    section.finish()
    if credentials, service == .api, origins.contains("*") {
      diagnostics.problem(node, "must not have AllowCredentials together with the origin '*'")
    }
    return CORSConfiguration(
      allowsCredentials: credentials, allowedHeaders: headers.map { $0.lowercased() },
      allowedMethods: methods.map { $0.uppercased() }, allowedOrigins: origins, exposedHeaders: exposed,
      maximumAgeSeconds: age)
  }

  private func list(
    _ section: PropertySection, _ name: String, of form: String, _ isValid: (String) -> Bool
  ) -> [String] {
    guard let texts = section.strings(name) else { return [] }
    for text in texts where !isValid(text) {
      diagnostics.problem(section.node[name] ?? section.node, "must have \(form), found '\(text.prefix(80))'")
    }
    return texts
  }

  private func isOrigin(_ text: String) -> Bool {
    if text == "*" || text == "null" { return true }
    guard let colon = text.firstRange(of: "://"), text.utf8.count <= 253 else { return false }
    let host = text[colon.upperBound...]
    return !text[..<colon.lowerBound].isEmpty && !host.isEmpty
      && host.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: ",") }
  }

  private func isHeader(_ text: String) -> Bool {
    text == "*"
      || !text.isEmpty && text.utf8.count <= 1024
        && text.utf8.allSatisfy { byte in
          byte > 0x20 && byte < 0x7F && !"\"(),/:;<=>?@[\\]{}".utf8.contains(byte)
        }
  }
}
