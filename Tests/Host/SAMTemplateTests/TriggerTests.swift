import Core
import SAMTemplate
import Testing

@Suite("Triggers")
struct TriggerTests {
  private func event(_ type: String, _ properties: String) -> String {
    "Events: {E: {Type: \(type), Properties: {\(properties)}}}"
  }

  @Test("an S3 event with a filter")
  func s3() throws {
    let text = function(
      event(
        "S3",
        """
        Bucket: !Ref B, Events: ['s3:ObjectCreated:Put', 's3:ObjectRemoved:*'],
        Filter: {S3Key: {Rules: [{Name: prefix, Value: talks/}, {Name: Suffix, Value: .mp4}]}}
        """))
    #expect(
      try summary(load(text).functions.first?.s3Triggers.first)
        == ["E", "B", "zoetrope-b", "s3:ObjectCreated:Put s3:ObjectRemoved:*", "talks/", ".mp4"])
  }

  /// Every property of a trigger, to compare at once.
  private func summary(_ trigger: S3Trigger?) -> [String?] {
    [
      trigger?.id, trigger?.bucketLogicalID, trigger?.bucketName, trigger?.events.joined(separator: " "),
      trigger?.prefix, trigger?.suffix,
    ]
  }

  @Test("a bucket's own notification configuration triggers functions, too")
  func bucketNotification() throws {
    let text = template(
      "Globals: {Function: {Runtime: provided.al2, CodeUri: ., Handler: x}}",
      resources: """
        F: {Type: AWS::Serverless::Function}
        B:
          Type: AWS::S3::Bucket
          Properties:
            NotificationConfiguration:
              EventBridgeConfiguration: {EventBridgeEnabled: true}
              LambdaConfigurations:
                - Event: s3:ObjectCreated:*
                  Function: !GetAtt F.Arn
                  Filter: {S3Key: {Rules: [{Name: suffix, Value: .mov}]}}
        """)
    let loaded = try load(text)
    #expect(
      summary(loaded.functions.first?.s3Triggers.first)
        == ["B0", "B", "zoetrope-b", "s3:ObjectCreated:*", nil, ".mov"])
    #expect(loaded.buckets.map(\.sendsToEventBridge) == [true])
  }

  @Test("a rule has its pattern as JSON")
  func rule() throws {
    let text = function(
      """
      Events:
        Clip:
          Type: EventBridgeRule
          Properties:
            EventBusName: arn:aws:events:us-east-1:000000000000:event-bus/videos
            InputPath: $.detail
            State: DISABLED
            RetryPolicy: {MaximumRetryAttempts: 185, MaximumEventAgeInSeconds: 86400}
            DeadLetterConfig: {Arn: !GetAtt Q.Arn}
            Target: {Id: T}
            Pattern:
              source: [!Ref Source]
              detail:
                start: [{numeric: [">=", 0, "<", 1.5e3]}]
                done: [true, "true", null, 012, 0.5, 1_000]
      """, sections: "Parameters: {Source: {Type: String, Default: custom.s}}")
    let rule = try #require(try load(text).rules.first)
    #expect(rule.name == "FClip")
    #expect(rule.functionLogicalID == "F")
    #expect(rule.busName == "videos")
    #expect(rule.delivery.inputPath == "$.detail" && rule.delivery.input == nil)
    #expect(!rule.isEnabled)
    #expect(rule.delivery.maximumRetryAttempts == 185)
    #expect(rule.delivery.maximumEventAgeSeconds == 86_400)
    #expect(rule.delivery.deadLetterQueue == "Q")
    let expected = """
      {"source": ["custom.s"], "detail": {"start": [{"numeric": [">=", 0, "<", 1500]}],
       "done": [true, "true", null, "012", 0.5, "1_000"]}}
      """
    #expect(try rule.pattern == JSON.decode(JSONValue.self, from: Array(expected.utf8)))
  }

  @Test(
    "triggers that cannot be honoured are problems at their place",
    arguments: [
      ("S3", "Bucket: !Ref B", "E.Properties"),
      ("S3", "Events: 's3:ObjectCreated:*'", "E.Properties"),
      ("S3", "Bucket: b, Events: 's3:ObjectCreated:*'", "E.Properties.Bucket"),
      ("S3", "Bucket: !Ref Q, Events: 's3:ObjectCreated:*'", "E.Properties.Bucket"),
      ("S3", "Bucket: !Ref B, Events: 's3:ObjectRestore:Post'", "E.Properties.Events"),
      ("S3", "Bucket: !Ref B, Events: []", "E.Properties.Events"),
      (
        "S3", "Bucket: !Ref B, Events: 's3:ObjectCreated:*', Filter: {S3Key: {Rules: [{Name: infix, Value: x}]}}",
        "E.Properties.Filter.S3Key.Rules[0]"
      ),
      (
        "S3", "Bucket: !Ref B, Events: 's3:ObjectCreated:*', Filter: {S3Key: {Rules: [{Name: prefix}]}}",
        "E.Properties.Filter.S3Key.Rules[0]"
      ),
      (
        "S3",
        "Bucket: !Ref B, Events: 's3:ObjectCreated:*', Filter: {S3Key: {Rules: [{Name: prefix, Value: a}, {Name: prefix, Value: b}]}}",
        "E.Properties.Filter.S3Key.Rules[1]"
      ),
      ("S3", "Bucket: !Ref B, Events: 's3:ObjectCreated:*', Filter: {S3Tags: {}}", "E.Properties.Filter.S3Tags"),
      ("EventBridgeRule", "RuleName: r", "E.Properties"),
      ("EventBridgeRule", "Pattern: x", "E.Properties.Pattern"),
      (
        "EventBridgeRule", "Pattern: {source: [x]}, InputPath: $.a, InputTransformer: {InputTemplate: x}",
        "E.Properties"
      ),
      ("EventBridgeRule", "Pattern: {source: [x]}, Input: '{}', InputPath: $.a", "E.Properties"),
      ("EventBridgeRule", "Pattern: {source: [x]}, State: MAYBE", "E.Properties.State"),
      (
        "EventBridgeRule", "Pattern: {source: [x]}, RetryPolicy: {MaximumRetryAttempts: 186}",
        "E.Properties.RetryPolicy.MaximumRetryAttempts"
      ),
      ("EventBridgeRule", "Pattern: {source: [x]}, DeadLetterConfig: {Type: SQS}", "E.Properties.DeadLetterConfig"),
      ("CloudWatchEvent", "Pattern: {source: [x]}", "E"),
      ("SQS", "Queue: !GetAtt Q.Arn", "E"),
    ]) func refused(type: String, properties: String, path: String)
  {
    let found = problems(function(event(type, properties)))
    #expect(found.first?.hasPrefix("Resources.F.Properties.Events.\(path): ") == true, "\(found)")
  }

  @Test("bucket notifications to anything but functions of the template are problems")
  func bucketProblems() {
    func found(_ configuration: String) -> [String] {
      problems(
        template(
          resources: "B: {Type: AWS::S3::Bucket, Properties: {NotificationConfiguration: {\(configuration)}}}"))
    }
    let path = "Resources.B.Properties.NotificationConfiguration"
    #expect(
      found("QueueConfigurations: [{Event: x, Queue: y}]").first?.hasPrefix("\(path).QueueConfigurations: ") == true)
    #expect(
      found("LambdaConfigurations: [{Event: 's3:ObjectCreated:*', Function: 'arn:x'}]").first?
        .hasPrefix("\(path).LambdaConfigurations[0].Function: ") == true)
    #expect(
      found("LambdaConfigurations: [{Event: 's3:ObjectCreated:*'}]").first?
        .hasPrefix("\(path).LambdaConfigurations[0]: ") == true)
  }

  @Test("an event that its condition takes away is not there")
  func conditionalEvent() throws {
    let text = function(
      """
      Events:
        E: !If
          - Never
          - Type: Nonsense
          - !Ref AWS::NoValue
      """, sections: "Conditions: {Never: !Equals [a, b]}")
    let function = try #require(try load(text).functions.first)
    #expect(function.s3Triggers.isEmpty && function.rules.isEmpty)
  }
}
