/// Whom a bucket tells of its changes.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html
package struct NotificationConfiguration: XMLMessage, Equatable {
  package enum TargetKind: String, CaseIterable, Sendable {
    case topic = "Topic"
    case queue = "Queue"
    case function = "CloudFunction"
  }

  package struct Target: Sendable, Equatable {
    package var kind: TargetKind
    package var id: String?
    package var arn: String
    /// `s3:ObjectCreated:*` and the like.
    package var events: [String]
    /// What keys must begin with.
    package var prefix: String?
    /// What keys must end with.
    package var suffix: String?

    package init(
      kind: TargetKind, id: String? = nil, arn: String, events: [String], prefix: String? = nil, suffix: String? = nil
    ) {
      self.kind = kind
      self.id = id
      self.arn = arn
      self.events = events
      self.prefix = prefix
      self.suffix = suffix
    }
  }

  package static var rootName: String { "NotificationConfiguration" }

  package var targets: [Target]
  /// Every event also goes to the event bus.
  package var eventBridge: Bool

  package init(targets: [Target] = [], eventBridge: Bool = false) {
    self.targets = targets
    self.eventBridge = eventBridge
  }

  package init(_ root: XMLNode) throws(S3Error) {
    targets = []
    for kind in TargetKind.allCases {
      targets += try root.list("\(kind.rawValue)Configuration") { (node) throws(S3Error) in
        try Target(kind, node)
      }
    }
    eventBridge = root.child("EventBridgeConfiguration") != nil
  }

  package func write(to writer: inout XMLWriter) {
    for target in targets {
      writer.element("\(target.kind.rawValue)Configuration") { target.write(to: &$0) }
    }
    if eventBridge { writer.element("EventBridgeConfiguration") { _ in } }
  }
}

extension NotificationConfiguration.Target {
  fileprivate init(_ kind: NotificationConfiguration.TargetKind, _ node: XMLNode) throws(S3Error) {
    self.init(
      kind: kind, id: node.text(of: "Id"), arn: try node.required(kind.rawValue),
      events: node.children("Event").map(\.text))
    guard !events.isEmpty else {
      throw S3Error(.malformedXML, message: "\(node.name) must have at least one Event element.")
    }
    for rule in node.child("Filter")?.child("S3Key")?.children("FilterRule") ?? [] {
      let value = try rule.required("Value")
      switch try rule.required("Name").lowercased() {
      case "prefix" where prefix == nil: prefix = value
      case "suffix" where suffix == nil: suffix = value
      case let name:
        throw S3Error(
          .invalidArgument, message: "A filter rule must be one prefix or one suffix, found another '\(name)'.")
      }
    }
  }

  fileprivate func write(to writer: inout XMLWriter) {
    writer.element("Id", id)
    writer.element(kind.rawValue, arn)
    for event in events { writer.element("Event", event) }
    let rules = [("prefix", prefix), ("suffix", suffix)].compactMap { name, value in value.map { (name, $0) } }
    guard !rules.isEmpty else { return }
    writer.element("Filter") {
      $0.element("S3Key") { writer in
        for (name, value) in rules {
          writer.element("FilterRule") {
            $0.element("Name", name)
            $0.element("Value", value)
          }
        }
      }
    }
  }
}
