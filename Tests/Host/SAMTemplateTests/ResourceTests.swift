import SAMTemplate
import Testing

@Suite("Resources")
struct ResourceTests {
  @Test("names are as written, or made from the logical id")
  func names() throws {
    let loaded = try load(
      template(
        "Parameters: {Name: {Type: String, Default: named}}",
        resources: """
          SourceBucket: {Type: AWS::S3::Bucket}
          Named: {Type: AWS::S3::Bucket, Properties: {BucketName: !Sub '${Name}-${AWS::Region}'}}
          Dead: {Type: AWS::SQS::Queue, Properties: {MessageRetentionPeriod: 60}}
          Letters: {Type: AWS::SQS::Queue, Properties: {QueueName: letters, VisibilityTimeout: 30}}
          """),
      pseudo: PseudoParameters(region: "eu-central-1", accountID: "123456789012", stackName: "Stack"))
    #expect(loaded.buckets.map(\.bucketName) == ["stack-sourcebucket", "named-eu-central-1"])
    #expect(loaded.queues.map(\.queueName) == ["Dead", "letters"])
    #expect(loaded.queues.map(\.arn) == ["Dead", "letters"].map { "arn:aws:sqs:eu-central-1:123456789012:\($0)" })
    #expect(loaded.queues.map(\.messageRetentionSeconds) == [60, 345_600])
    #expect(loaded.notes.map(\.path) == ["Resources.Letters.Properties.VisibilityTimeout"])
  }

  @Test(
    "what has no meaning here and does no harm is accepted and noted",
    arguments: [
      "AWS::S3::BucketPolicy", "AWS::IAM::Role", "AWS::IAM::ManagedPolicy", "AWS::Logs::LogGroup",
      "AWS::CloudWatch::Alarm", "AWS::Lambda::Permission", "AWS::SQS::QueuePolicy", "AWS::Serverless::LayerVersion",
    ]) func harmless(type: String) throws
  {
    let loaded = try load(template(resources: "X: {Type: '\(type)', Properties: {Anything: !ImportValue x}}"))
    #expect(loaded.notes.map(\.path) == ["Resources.X"])
    #expect(loaded.notes[0].description.contains(type))
  }

  @Test(
    "everything else is a problem that names the resource and its type",
    arguments: [
      "AWS::DynamoDB::Table", "AWS::Serverless::Api", "AWS::SNS::Topic", "AWS::Serverless::StateMachine",
      "AWS::Logs::SubscriptionFilter", "Custom::Thing",
    ]) func unknown(type: String)
  {
    let found = problems(template(resources: "X: {Type: '\(type)'}"))
    #expect(found == ["Resources.X: has the type \(type), which cannot be honoured here"])
  }

  @Test(
    "properties and attributes that cannot be honoured",
    arguments: [
      (
        "X: {Type: AWS::S3::Bucket, Properties: {VersioningConfiguration: {Status: Enabled}}}",
        "Resources.X.Properties.VersioningConfiguration"
      ),
      ("X: {Type: AWS::S3::Bucket, Properties: {BucketName: Upper}}", "Resources.X.Properties.BucketName"),
      ("X: {Type: AWS::S3::Bucket, Properties: {BucketName: [x]}}", "Resources.X.Properties.BucketName"),
      ("X: {Type: AWS::SQS::Queue, Properties: {FifoQueue: true}}", "Resources.X.Properties.FifoQueue"),
      (
        "X: {Type: AWS::SQS::Queue, Properties: {MessageRetentionPeriod: 59}}",
        "Resources.X.Properties.MessageRetentionPeriod"
      ),
      ("X: {Type: AWS::SQS::Queue, Properties: []}", "Resources.X.Properties"),
      ("X: {Type: AWS::SQS::Queue, Connectors: {}}", "Resources.X.Connectors"),
      ("X: {Type: AWS::SQS::Queue, Metadata: {Zoetrope: {Weight: 5}}}", "Resources.X.Metadata.Zoetrope"),
      ("X: {Type: AWS::SQS::Queue, Condition: Missing}", "Resources.X.Condition"),
      ("X: {Properties: {}}", "Resources.X"), ("X-Y: {Type: AWS::SQS::Queue}", "Resources.X-Y"),
      ("X: 5", "Resources.X"),
    ]) func refused(resource: String, path: String)
  {
    let found = problems(template(resources: resource))
    #expect(found.count == 1 && found[0].hasPrefix("\(path): "), "\(found)")
  }

  @Test("a bucket's CORS rules are read")
  func cors() throws {
    let text = template(
      resources: """
        B:
          Type: AWS::S3::Bucket
          Properties:
            CorsConfiguration:
              CorsRules:
                - {Id: a, AllowedOrigins: ['https://*.example'], AllowedMethods: [GET, HEAD], AllowedHeaders: ['*'],
                   ExposedHeaders: [ETag], MaxAge: 60}
                - {AllowedOrigins: ['*'], AllowedMethods: PUT}
        N: {Type: AWS::S3::Bucket}
        """)
    let buckets = try load(text).buckets
    let rules = try #require(buckets[0].corsRules)
    #expect(rules.count == 2)
    #expect(rules[0].id == "a" && rules[0].allowedOrigins == ["https://*.example"])
    #expect(rules[0].allowedMethods == ["GET", "HEAD"] && rules[0].allowedHeaders == ["*"])
    #expect(rules[0].exposedHeaders == ["ETag"] && rules[0].maximumAgeSeconds == 60)
    #expect(rules[1].allowedMethods == ["PUT"] && rules[1].maximumAgeSeconds == nil)
    #expect(buckets[1].corsRules == nil)
  }

  @Test(
    "CORS rules that S3 would refuse",
    arguments: [
      ("{AllowedOrigins: ['*']}", "CorsRules[0]"), ("{AllowedMethods: [GET]}", "CorsRules[0]"),
      ("{AllowedOrigins: ['*'], AllowedMethods: [PATCH]}", "AllowedMethods"),
      ("{AllowedOrigins: ['*.*'], AllowedMethods: [GET]}", "AllowedOrigins"),
      ("{AllowedOrigins: ['*'], AllowedMethods: [GET], MaxAge: -1}", "MaxAge"),
      ("{AllowedOrigins: ['*'], AllowedMethods: [GET], Nonsense: 1}", "Nonsense"),
    ]) func refusedRules(rule: String, word: String)
  {
    let found = problems(
      template(resources: "X: {Type: AWS::S3::Bucket, Properties: {CorsConfiguration: {CorsRules: [\(rule)]}}}"))
    #expect(
      found.contains { $0.hasPrefix("Resources.X.Properties.CorsConfiguration") && $0.contains(word) }, "\(found)")
  }

  @Test("two resources cannot have one name")
  func duplicates() {
    let found = problems(
      template(
        resources: """
          A: {Type: AWS::S3::Bucket, Properties: {BucketName: same}}
          B: {Type: AWS::S3::Bucket, Properties: {BucketName: same}}
          """))
    #expect(found == ["Resources.B: has the BucketName 'same', which A has as well"])
  }

  @Test("a resource whose condition does not hold is left out, and noted")
  func conditions() throws {
    let text = template(
      """
      Parameters: {Stage: {Type: String, Default: local}}
      Conditions: {OnAWS: !Not [!Equals [!Ref Stage, local]]}
      """,
      resources: """
        A: {Type: AWS::S3::Bucket, Condition: OnAWS}
        B: {Type: AWS::S3::Bucket}
        """)
    let local = try load(text)
    #expect(local.buckets.map(\.logicalID) == ["B"])
    #expect(local.notes.map(\.path) == ["Resources.A"])
    #expect(try load(text, parameters: ["Stage": "production"]).buckets.count == 2)
  }

  @Test(
    "sections that cannot be honoured",
    arguments: [
      ("Rules: {}", "Rules"), ("Hooks: {}", "Hooks"), ("Nonsense: 1", "Nonsense"),
      ("AWSTemplateFormatVersion: '2011-01-01'", "AWSTemplateFormatVersion"), ("Parameters: []", "Parameters"),
    ]) func sections(section: String, path: String)
  {
    let found = problems(template(section, resources: "Q: {Type: AWS::SQS::Queue}"))
    #expect(found.count == 1 && found[0].hasPrefix("\(path): "), "\(found)")
  }

  @Test("outputs and other services' globals are noted")
  func notes() throws {
    let text = template(
      """
      Description: x
      Metadata: {a: b}
      Globals: {Api: {Cors: x}}
      Outputs: {Bucket: {Value: !Ref Nothing}}
      """, resources: "Q: {Type: AWS::SQS::Queue}")
    #expect(try load(text).notes.map(\.path).sorted() == ["Globals.Api", "Outputs"])
  }

  @Test("the transform must be SAM's")
  func transform() {
    #expect(problems("Resources: {Q: {Type: AWS::SQS::Queue}}").first?.hasPrefix("Transform: ") == true)
    #expect(
      problems("Transform: [AWS::Serverless-2016-10-31, Mine]\nResources: {Q: {Type: AWS::SQS::Queue}}").first?
        .hasPrefix("Transform: ") == true)
    #expect(problems("Transform: [AWS::Serverless-2016-10-31]\nResources: {Q: {Type: AWS::SQS::Queue}}").isEmpty)
  }
}
