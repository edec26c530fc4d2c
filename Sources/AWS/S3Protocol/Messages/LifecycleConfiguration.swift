import Encodings
package import FoundationEssentials

/// When a bucket's objects are removed by themselves, and its unfinished uploads aborted.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html
package struct LifecycleConfiguration: XMLMessage, Equatable {
  package enum Expiration: Sendable, Equatable {
    /// So many days after its last change, at the next midnight in UTC.
    case days(Int)
    /// A midnight in UTC.
    case date(Date)
  }

  package struct Rule: Sendable, Equatable {
    package var id: String
    package var isEnabled: Bool
    /// The prefix stands in the rule itself, as in the older form.
    package var isOlderForm: Bool
    package var prefix: String
    /// All of these.
    package var tags: [Tagging.Tag]
    /// In bytes.
    package var sizeGreaterThan: Int64?
    package var sizeLessThan: Int64?
    package var expiration: Expiration?
    package var abortsUploadsAfterDays: Int?
  }

  package static var rootName: String { "LifecycleConfiguration" }
  package static let maximumRules = 1000

  package var rules: [Rule]

  /// - Throws: `MalformedXML`, `InvalidArgument`, `InvalidRequest`; `NotImplemented` for transitions and versions.
  package init(_ root: XMLNode) throws(S3Error) {
    rules = try root.list("Rule") { (node) throws(S3Error) in try Rule(node) }
    guard (1...Self.maximumRules).contains(rules.count) else {
      throw S3Error(.malformedXML, message: "There must be 1 to \(Self.maximumRules) rules, found \(rules.count).")
    }
    var number = 0
    for index in rules.indices where rules[index].id.isEmpty {
      repeat { number += 1 } while rules.contains { $0.id == "rule-\(number)" }
      rules[index].id = "rule-\(number)"
    }
    guard Set(rules.map(\.id)).count == rules.count else {
      throw S3Error(.invalidArgument, message: "Rule ID must be unique. Found same ID for more than one rule")
    }
  }

  package func write(to writer: inout XMLWriter) {
    for rule in rules { writer.element("Rule") { rule.write(to: &$0) } }
  }
}

extension LifecycleConfiguration.Rule {
  private static let unimplemented = [
    "Transition", "NoncurrentVersionTransition", "NoncurrentVersionExpiration",
  ]

  fileprivate init(_ node: XMLNode) throws(S3Error) {
    for name in Self.unimplemented where node.child(name) != nil {
      throw S3Error(.notImplemented, message: "A lifecycle rule's \(name) is not implemented.")
    }
    id = node.text(of: "ID") ?? ""
    guard id.utf8.count <= 255 else {
      throw S3Error(.invalidArgument, message: "ID length should not exceed allowed limit of 255")
    }
    switch try node.required("Status") {
    case "Enabled": isEnabled = true
    case "Disabled": isEnabled = false
    case let status: throw node.wrong("Status", expected: "Enabled or Disabled", found: status)
    }
    let filter = node.child("Filter")
    isOlderForm = filter == nil
    guard filter != nil || node.child("Prefix") != nil else {
      throw S3Error(.malformedXML, message: "A rule must have a Filter or a Prefix.")
    }
    let all = filter?.child("And") ?? filter
    prefix = (all ?? node).text(of: "Prefix") ?? ""
    tags = try (all?.children("Tag") ?? []).map { (tag) throws(S3Error) in
      Tagging.Tag(key: try tag.required("Key"), value: try tag.required("Value"))
    }
    sizeGreaterThan = try all?.number(of: "ObjectSizeGreaterThan")
    sizeLessThan = try all?.number(of: "ObjectSizeLessThan")
    expiration = try node.child("Expiration").map { (node) throws(S3Error) in try Self.expiration(node) }
    abortsUploadsAfterDays = try node.child("AbortIncompleteMultipartUpload").map { (node) throws(S3Error) in
      try Self.days(node, "DaysAfterInitiation")
    }
    guard expiration != nil || abortsUploadsAfterDays != nil else {
      throw S3Error(.invalidRequest, message: "At least one action needs to be specified in a rule.")
    }
    guard abortsUploadsAfterDays == nil || tags.isEmpty && sizeGreaterThan == nil && sizeLessThan == nil else {
      throw S3Error(
        .invalidRequest, message: "AbortIncompleteMultipartUpload cannot be specified with tags or sizes.")
    }
  }

  private static func expiration(_ node: XMLNode) throws(S3Error) -> LifecycleConfiguration.Expiration {
    if node.child("ExpiredObjectDeleteMarker") != nil {
      throw S3Error(.notImplemented, message: "A lifecycle rule's ExpiredObjectDeleteMarker is not implemented.")
    }
    guard let date = try node.date(of: "Date") else { return .days(try days(node, "Days")) }
    guard node.child("Days") == nil else {
      throw S3Error(.malformedXML, message: "An Expiration must have Days or a Date, found both.")
    }
    guard date.timeIntervalSince1970.truncatingRemainder(dividingBy: 86_400) == 0 else {
      throw S3Error(.invalidArgument, message: "'Date' must be at midnight GMT")
    }
    return .date(date)
  }

  private static func days(_ node: XMLNode, _ name: String) throws(S3Error) -> Int {
    let days: Int = try node.requiredNumber(name)
    guard (1...1_000_000).contains(days) else {
      throw S3Error(.invalidArgument, message: "'\(name)' for \(node.name) action must be a positive integer")
    }
    return days
  }

  fileprivate func write(to writer: inout XMLWriter) {
    writer.element("ID", id)
    if isOlderForm {
      writer.element("Prefix", prefix)
    } else {
      writer.element("Filter") { writer in
        let count = tags.count + [sizeGreaterThan, sizeLessThan].count { $0 != nil } + (prefix.isEmpty ? 0 : 1)
        if count > 1 { writer.element("And") { writeFilter(to: &$0) } } else { writeFilter(to: &writer) }
      }
    }
    writer.element("Status", isEnabled ? "Enabled" : "Disabled")
    if let expiration {
      writer.element("Expiration") {
        switch expiration {
        case .days(let days): $0.element("Days", days)
        case .date(let date): $0.element("Date", XMLDate.format(date))
        }
      }
    }
    if let days = abortsUploadsAfterDays {
      writer.element("AbortIncompleteMultipartUpload") { $0.element("DaysAfterInitiation", days) }
    }
  }

  private func writeFilter(to writer: inout XMLWriter) {
    if !prefix.isEmpty || tags.isEmpty && sizeGreaterThan == nil && sizeLessThan == nil {
      writer.element("Prefix", prefix)
    }
    for tag in tags {
      writer.element("Tag") {
        $0.element("Key", tag.key)
        $0.element("Value", tag.value)
      }
    }
    if let sizeGreaterThan { writer.element("ObjectSizeGreaterThan", sizeGreaterThan) }
    if let sizeLessThan { writer.element("ObjectSizeLessThan", sizeLessThan) }
  }
}

extension LifecycleConfiguration {
  /// When an object expires, and by which rule: the earliest of those that apply.
  ///
  /// https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html#intro-lifecycle-rules-date
  /// - Parameter size: in bytes.
  package func expiration(
    key: String, size: Int64, tags: [String: String], lastModified: Date
  ) -> (date: Date, ruleID: String)? {
    rules.compactMap { rule -> (date: Date, ruleID: String)? in
      guard rule.isEnabled, let expiration = rule.expiration, ObjectKey.hasPrefix(key, rule.prefix),
        rule.tags.allSatisfy({ tags[$0.key] == $0.value }), size > rule.sizeGreaterThan ?? -1,
        size < rule.sizeLessThan ?? .max
      else { return nil }
      switch expiration {
      case .date(let date): return (date, rule.id)
      case .days(let days): return (Self.midnight(after: days, from: lastModified), rule.id)
      }
    }.min { $0.date < $1.date }
  }

  /// When an unfinished upload is aborted.
  package func abortion(key: String, begun: Date) -> Date? {
    rules.compactMap { rule in
      guard rule.isEnabled, ObjectKey.hasPrefix(key, rule.prefix) else { return nil }
      return rule.abortsUploadsAfterDays.map { Self.midnight(after: $0, from: begun) }
    }.min()
  }

  private static func midnight(after days: Int, from time: Date) -> Date {
    let day = (time.timeIntervalSince1970 / 86_400).rounded(.down)
    return Date(timeIntervalSince1970: (day + Double(days) + 1) * 86_400)
  }
}
