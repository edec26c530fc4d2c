/// Reads what functions' S3 events and buckets' notification configurations have in common.
struct S3FilterReader {
  let diagnostics: Diagnostics

  /// What happens in the embedded store; all others never would.
  private static let events = [
    "s3:ObjectCreated:*", "s3:ObjectCreated:Put", "s3:ObjectCreated:Post", "s3:ObjectCreated:Copy",
    "s3:ObjectCreated:CompleteMultipartUpload", "s3:ObjectRemoved:*", "s3:ObjectRemoved:Delete",
  ]

  func events(_ section: PropertySection, _ name: String) -> [String]? {
    guard let node = section.required(name), let events = section.strings(name) else { return nil }
    for event in events where !Self.events.contains(event) {
      diagnostics.problem(node, "must be of \(Self.events.joined(separator: ", ")), found '\(event)'")
    }
    return events
  }

  /// `Filter: {S3Key: {Rules: [{Name: prefix, Value: …}]}}`, at most one rule of each name.
  func keyFilter(_ section: PropertySection) -> (prefix: String?, suffix: String?) {
    var found: [String: String] = [:]
    guard let filter = section.section("Filter") else { return (nil, nil) }
    if let key = filter.section("S3Key") {
      for rule in key.sections("Rules") {
        let name = rule.requiredString("Name")?.lowercased()
        let value = rule.required("Value") == nil ? nil : rule.value("Value")
        rule.finish()
        guard let name, let value else { continue }
        guard name == "prefix" || name == "suffix" else {
          diagnostics.problem(rule.node, "must have the Name prefix or suffix, found '\(name)'")
          continue
        }
        guard let text = value.text else {
          diagnostics.problem(rule.node, "must have a string as Value, found \(value.shown)")
          continue
        }
        if found.updateValue(text, forKey: name) != nil {
          diagnostics.problem(rule.node, "has a second rule for the \(name)")
        }
      }
      key.finish()
    }
    filter.finish()
    return (found["prefix"], found["suffix"])
  }
}
