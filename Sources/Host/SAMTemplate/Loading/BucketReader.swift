/// Reads `AWS::S3::Bucket`.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-s3-bucket.html>
struct BucketReader {
  let resolver: Resolver

  struct Bucket {
    let resource: BucketResource
    /// Of the bucket's own notification configuration, with the function that each is for.
    let triggers: [(functionLogicalID: String, trigger: S3Trigger)]
  }

  private static let unused: Set<String> = [
    "AccelerateConfiguration", "AccessControl", "AnalyticsConfigurations", "BucketEncryption",
    "IntelligentTieringConfigurations", "InventoryConfigurations", "LifecycleConfiguration", "LoggingConfiguration",
    "MetricsConfigurations", "OwnershipControls", "PublicAccessBlockConfiguration", "Tags",
  ]

  func read(_ entry: ResourceTable.Entry) -> Bucket? {
    guard let name = resolver.resources.name(of: entry, resolver) else { return nil }
    let properties = PropertySection(entry.properties, resolver)
    defer { properties.finish() }
    properties.skip(["BucketName"])
    properties.ignore(Self.unused)
    var triggers: [(String, S3Trigger)] = []
    var sendsToEventBridge = false
    if let notification = properties.section("NotificationConfiguration") {
      let filters = S3FilterReader(diagnostics: resolver.diagnostics)
      for (index, section) in notification.sections("LambdaConfigurations").enumerated() {
        let events = filters.events(section, "Event")
        let (prefix, suffix) = filters.keyFilter(section)
        let function = self.function(section)
        section.finish()
        guard let function, let events else { continue }
        triggers.append(
          (
            function,
            S3Trigger(
              id: "\(entry.logicalID)\(index)", bucketLogicalID: entry.logicalID, bucketName: name, events: events,
              prefix: prefix, suffix: suffix)
          ))
      }
      if let section = notification.section("EventBridgeConfiguration") {
        sendsToEventBridge = section.bool("EventBridgeEnabled") ?? true
        section.finish()
      }
      notification.finish()
    }
    let corsRules = properties.section("CorsConfiguration").map(cors)
    return Bucket(
      resource: BucketResource(
        logicalID: entry.logicalID, bucketName: name, sendsToEventBridge: sendsToEventBridge,
        corsRules: corsRules, pages: pages(entry.node["Metadata"]?["Zoetrope"])),
      triggers: triggers)
  }

  /// `Metadata.Zoetrope.Pages`, which other platforms pass over.
  private func pages(_ metadata: TemplateNode?) -> PageAccess? {
    guard let metadata else { return nil }
    let own = PropertySection(metadata, resolver)
    defer { own.finish() }
    guard let section = own.section("Pages") else { return nil }
    defer { section.finish() }
    var settings: [String: String] = [:]
    if let values = section.section("Settings") {
      for member in values.node.members ?? [] { settings[member.key] = values.string(member.key) }
      values.finish()
    }
    let access = section.string("Access", oneOf: ["read", "upload"]) ?? "read"
    guard let name = section.requiredString("Name") else { return nil }
    return PageAccess(name: name, allowsUploads: access == "upload", settings: settings)
  }

  private func cors(_ configuration: PropertySection) -> [BucketCORSRule] {
    let methods = ["GET", "PUT", "POST", "DELETE", "HEAD"]
    var rules: [BucketCORSRule] = []
    for section in configuration.sections("CorsRules") {
      let allowed = section.required("AllowedMethods") == nil ? nil : section.strings("AllowedMethods")
      if let method = allowed?.first(where: { !methods.contains($0) }) {
        resolver.diagnostics.problem(
          section.node["AllowedMethods"] ?? section.node,
          "must be among \(methods.joined(separator: ", ")), found '\(method)'")
      }
      let origins = section.required("AllowedOrigins") == nil ? nil : section.strings("AllowedOrigins")
      let headers = section.strings("AllowedHeaders") ?? []
      for (name, texts) in [("AllowedOrigins", origins ?? []), ("AllowedHeaders", headers)] {
        guard let text = texts.first(where: { $0.count { $0 == "*" } > 1 }) else { continue }
        resolver.diagnostics.problem(
          section.node[name] ?? section.node, "may have one '*' in each value, found '\(text)'")
      }
      let rule = BucketCORSRule(
        id: section.string("Id"), allowedOrigins: origins ?? [], allowedMethods: allowed ?? [], allowedHeaders: headers,
        exposedHeaders: section.strings("ExposedHeaders") ?? [],
        maximumAgeSeconds: section.int("MaxAge", in: 0...Int(Int32.max)))
      section.finish()
      if allowed != nil, origins != nil { rules.append(rule) }
    }
    configuration.finish()
    if rules.isEmpty || rules.count > 100 {
      resolver.diagnostics.problem(configuration.node, "must have from 1 to 100 CorsRules, found \(rules.count)")
    }
    return rules
  }

  private func function(_ section: PropertySection) -> String? {
    guard let arn = section.requiredString("Function") else { return nil }
    guard let function = resolver.resources.logicalID(arn: arn, .function, resolver) else {
      resolver.diagnostics.problem(
        section.node["Function"] ?? section.node,
        "must be !GetAtt NAME.Arn of a function of this template, found '\(arn)'")
      return nil
    }
    return function
  }
}
