/// What the template's resources are and what they are called, here as on AWS.
final class ResourceTable {
  enum Kind: Equatable {
    case function, bucket, queue, httpAPI
    /// `AWS::Events::Connection`, `AWS::Events::ApiDestination`, `AWS::Events::Rule`.
    case connection, apiDestination, rule
    /// Has no meaning here and does no harm.
    case ignored
  }

  struct Entry {
    let logicalID: String
    let type: String
    let kind: Kind
    let node: TemplateNode

    /// An empty map if the template gives none.
    var properties: TemplateNode {
      node["Properties"] ?? TemplateNode(kind: .mapping([]), path: "\(node.path).Properties", line: node.line)
    }
  }

  enum Answer {
    case value(String)
    case problem(String)
  }

  /// In the order of the template.
  let entries: [Entry]
  private let byID: [String: Entry]
  private var names: [String: String?] = [:]
  private var namesUnderWay: Set<String> = []

  init(_ entries: [Entry]) {
    self.entries = entries
    byID = Dictionary(entries.map { ($0.logicalID, $0) }) { first, _ in first }
  }

  /// The resource of that id, where it is of that kind and its condition holds.
  func entry(_ logicalID: String, _ kind: Kind, _ resolver: Resolver) -> Entry? {
    byID[logicalID].flatMap { $0.kind == kind && isActive($0, resolver) ? $0 : nil }
  }

  func active(_ kind: Kind, _ resolver: Resolver) -> [Entry] {
    entries.filter { $0.kind == kind && isActive($0, resolver) }
  }

  func isActive(_ entry: Entry, _ resolver: Resolver) -> Bool {
    guard let condition = entry.node["Condition"] else { return true }
    guard let name = condition.text else {
      resolver.diagnostics.problem(condition, "must be a condition's name, found \(condition.shown)")
      return false
    }
    return resolver.condition(name, at: condition) ?? false
  }

  /// What `Ref` gives.
  func reference(_ logicalID: String, _ resolver: Resolver) -> Answer {
    lookUp(logicalID, resolver) { entry, name in
      switch entry.kind {
      case .function, .bucket, .httpAPI, .connection, .apiDestination, .rule: name
      case .queue: queueURL(name, resolver.pseudo)
      case .ignored: nil
      }
    }
  }

  /// What `Fn::GetAtt` gives.
  func attribute(_ attribute: String, of logicalID: String, _ resolver: Resolver) -> Answer {
    lookUp(logicalID, resolver, attribute: attribute) { entry, name in
      let pseudo = resolver.pseudo
      switch (entry.kind, attribute) {
      case (.function, "Arn"), (.bucket, "Arn"), (.queue, "Arn"), (.connection, "Arn"), (.apiDestination, "Arn"),
        (.rule, "Arn"):
        return arn(entry.kind, name, pseudo)
      case (.bucket, "DomainName"): return "\(name).s3.\(pseudo.urlSuffix)"
      case (.bucket, "RegionalDomainName"): return "\(name).s3.\(pseudo.region).\(pseudo.urlSuffix)"
      case (.httpAPI, "ApiId"): return name
      case (.httpAPI, "ApiEndpoint"): return "https://\(name).execute-api.\(pseudo.region).\(pseudo.urlSuffix)"
      case (.queue, "QueueName"): return name
      case (.queue, "QueueUrl"): return queueURL(name, pseudo)
      default: return nil
      }
    }
  }

  /// The name under which the resource goes: by its property, or made from its logical id.
  func name(of entry: Entry, _ resolver: Resolver) -> String? {
    if let known = names[entry.logicalID] { return known }
    guard namesUnderWay.insert(entry.logicalID).inserted else {
      resolver.diagnostics.problem(entry.node, "has a name that depends on itself")
      return nil
    }
    defer { namesUnderWay.remove(entry.logicalID) }
    let name = workOutName(of: entry, resolver)
    names[entry.logicalID] = name
    return name
  }

  func arn(_ kind: Kind, _ name: String, _ pseudo: PseudoParameters) -> String {
    switch kind {
    case .bucket: "arn:\(pseudo.partition):s3:::\(name)"
    case .function: "arn:\(pseudo.partition):lambda:\(pseudo.region):\(pseudo.accountID):function:\(name)"
    case .httpAPI: "arn:\(pseudo.partition):apigateway:\(pseudo.region)::/apis/\(name)"
    case .connection: events("connection/\(name)/\(Self.uniqueID)", pseudo)
    case .apiDestination: events("api-destination/\(name)/\(Self.uniqueID)", pseudo)
    case .rule: events("rule/\(name)", pseudo)
    case .queue, .ignored: "arn:\(pseudo.partition):sqs:\(pseudo.region):\(pseudo.accountID):\(name)"
    }
  }

  /// What AWS makes up for each resource. A name is enough here.
  private static let uniqueID = "00000000-0000-0000-0000-000000000000"

  private func events(_ resource: String, _ pseudo: PseudoParameters) -> String {
    "arn:\(pseudo.partition):events:\(pseudo.region):\(pseudo.accountID):\(resource)"
  }

  /// The logical id of the resource with that ARN.
  func logicalID(arn: String, _ kind: Kind, _ resolver: Resolver) -> String? {
    active(kind, resolver).first { entry in
      name(of: entry, resolver).map { self.arn(kind, $0, resolver.pseudo) } == arn
    }?.logicalID
  }

  /// As API Gateway's ids look: ten lower-case letters and digits, here always the same for one logical id.
  static func apiID(_ logicalID: String) -> String {
    // FNV-1a; any function that spreads would do.
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in logicalID.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    let digits = Array("0123456789abcdefghijklmnopqrstuvwxyz")
    return String(
      (0..<10).map { _ -> Character in
        defer { hash /= 36 }
        return digits[Int(hash % 36)]
      })
  }

  private func queueURL(_ name: String, _ pseudo: PseudoParameters) -> String {
    "https://sqs.\(pseudo.region).\(pseudo.urlSuffix)/\(pseudo.accountID)/\(name)"
  }

  private func lookUp(
    _ logicalID: String, _ resolver: Resolver, attribute: String? = nil, _ value: (Entry, String) -> String?
  ) -> Answer {
    guard let entry = byID[logicalID] else {
      return .problem("refers to '\(logicalID)', which the template does not have")
    }
    guard isActive(entry, resolver) else {
      return .problem("refers to '\(logicalID)', which its condition leaves out")
    }
    let what = attribute.map { "attribute '\($0)'" } ?? "value"
    guard entry.kind != .ignored else {
      return .problem("refers to '\(logicalID)' of type \(entry.type), which has no \(what) here")
    }
    guard let name = name(of: entry, resolver) else {
      return .problem("refers to '\(logicalID)', whose name could not be found out")
    }
    return value(entry, name).map(Answer.value)
      ?? .problem("refers to '\(logicalID)' of type \(entry.type), which has no \(what) here")
  }

  private func workOutName(of entry: Entry, _ resolver: Resolver) -> String? {
    let (property, isValid, form): (String, (String) -> Bool, String)
    switch entry.kind {
    case .function: (property, isValid, form) = ("FunctionName", ResourceName.isFunction, ResourceName.functionForm)
    case .bucket: (property, isValid, form) = ("BucketName", ResourceName.isBucket, ResourceName.bucketForm)
    case .queue: (property, isValid, form) = ("QueueName", ResourceName.isQueue, ResourceName.queueForm)
    case .connection, .apiDestination, .rule:
      (property, isValid, form) = ("Name", ResourceName.isEventResource, ResourceName.eventResourceForm)
    case .httpAPI: return Self.apiID(entry.logicalID)
    case .ignored: return nil
    }
    guard let node = entry.properties[property], let value = resolver.resolve(node), !value.isNothing else {
      // A property that could not be resolved has been reported; the default keeps that the only problem.
      return entry.kind == .bucket ? "\(resolver.pseudo.stackName)-\(entry.logicalID)".lowercased() : entry.logicalID
    }
    guard let name = value.text, isValid(name) else {
      resolver.diagnostics.problem(node, "must be \(form), found \(value.text.map { "'\($0)'" } ?? node.shown)")
      return nil
    }
    return name
  }
}
