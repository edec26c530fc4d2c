import Core
import SAMTemplate
import Testing

@Suite("Functions")
struct FunctionTests {
  @Test("what is not written has Lambda's default")
  func defaults() throws {
    let function = try #require(try load(function()).functions.first)
    #expect(function.functionName == "F")
    #expect(function.handler == "F")
    #expect(function.codeURI == "build/F/")
    #expect(function.runtime == "provided.al2023")
    #expect(function.architecture == "x86_64")
    #expect(function.timeoutSeconds == 3)
    #expect(function.memorySizeMiB == 128)
    #expect(function.reservedConcurrency == nil)
    #expect(function.weight == 50)
    #expect(function.maximumRetryAttempts == 2)
    #expect(function.maximumEventAgeSeconds == 21_600)
    #expect(function.environment.isEmpty && function.s3Triggers.isEmpty && function.rules.isEmpty)
    #expect(function.onFailure == nil && function.onSuccess == nil && function.deadLetterQueue == nil)
  }

  @Test("what is written is honoured")
  func everything() throws {
    let text = function(
      """
      FunctionName: my-function
      Timeout: 900
      MemorySize: 10240
      Architectures: [arm64]
      ReservedConcurrentExecutions: 0
      Environment:
        Variables:
          Flag: true
          Ratio: 1.50
          Zeros: 007
      EventInvokeConfig:
        MaximumRetryAttempts: 0
        MaximumEventAgeInSeconds: 60
        DestinationConfig:
          OnFailure: {Type: SQS, Destination: !GetAtt Q.Arn}
          OnSuccess: {Type: EventBridge, Destination: "arn:aws:events:us-east-1:000000000000:event-bus/results"}
      DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Q.Arn}
      """, attributes: "Metadata:\n  BuildMethod: makefile\n  Zoetrope:\n    Weight: 1000\n    Identity: detail")
    let function = try #require(try load(text).functions.first)
    #expect(function.functionName == "my-function")
    #expect(function.timeoutSeconds == 900)
    #expect(function.memorySizeMiB == 10_240)
    #expect(function.architecture == "arm64")
    #expect(function.reservedConcurrency == 0)
    // As they are written, not as numbers would be.
    #expect(function.environment == ["Flag": "true", "Ratio": "1.50", "Zeros": "007"])
    #expect(function.maximumRetryAttempts == 0)
    #expect(function.maximumEventAgeSeconds == 60)
    #expect(function.onFailure == .queue(logicalID: "Q"))
    #expect(function.onSuccess == .eventBus(name: "results"))
    #expect(function.deadLetterQueue == "Q")
    #expect(function.weight == 1000)
    #expect(function.identity == "detail")
  }

  @Test("a function may be another one's destination")
  func functionDestination() throws {
    let text = """
      Transform: AWS::Serverless-2016-10-31
      Globals:
        Function: {Runtime: python3.12, CodeUri: ., Handler: app.handler}
      Resources:
        A:
          Type: AWS::Serverless::Function
          Properties:
            EventInvokeConfig:
              DestinationConfig:
                OnFailure: {Type: Lambda, Destination: !GetAtt B.Arn}
        B:
          Type: AWS::Serverless::Function
      """
    let functions = try load(text).functions
    #expect(functions.map(\.onFailure) == [.function(logicalID: "B"), nil])
    #expect(functions.map(\.runtime) == ["python3.12", "python3.12"])
  }

  @Test("Globals are merged: maps member by member, lists appended, the rest replaced")
  func globals() throws {
    let text = function(
      """
      Timeout: 5
      Environment:
        Variables:
          Own: "1"
          Both: own
      """,
      sections: """
        Globals:
          Function:
            Timeout: 60
            MemorySize: 512
            Architectures: [arm64]
            Environment:
              Variables:
                Both: global
                Inherited: "2"
        """)
    let function = try #require(try load(text).functions.first)
    #expect(function.timeoutSeconds == 5)
    #expect(function.memorySizeMiB == 512)
    #expect(function.architecture == "arm64")
    #expect(function.environment == ["Own": "1", "Both": "own", "Inherited": "2"])
  }

  @Test(
    "a function's runtime learns how to write its log",
    arguments: [
      ("{LogFormat: JSON}", ["AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "INFO"]),
      (
        "{LogFormat: JSON, ApplicationLogLevel: DEBUG}",
        ["AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "DEBUG"]
      ),
      ("{LogFormat: Text}", ["AWS_LAMBDA_LOG_FORMAT": "Text"]), ("{LogGroup: mine}", [:]),
    ])
  func logging(config: String, variables: [String: String]) throws {
    let template = try load(function("LoggingConfig: \(config)"))
    #expect(template.functions.first?.environment == variables)
    #expect(template.notes.map(\.path) == (variables.isEmpty ? ["Resources.F.Properties.LoggingConfig.LogGroup"] : []))
  }

  @Test(
    "properties without effect here are noted",
    arguments: [
      "Policies: [AmazonS3ReadOnlyAccess]", "Role: !GetAtt Somewhere.Arn", "Tracing: Active",
      "Tags: {a: b}", "PackageType: Zip",
    ]) func unused(property: String) throws
  {
    let name = property.prefix { $0 != ":" }
    let notes = try load(function(property)).notes
    #expect(notes.map(\.path) == ["Resources.F.Properties.\(name)"])
    #expect(notes.first?.line == 11)
  }

  @Test(
    "what cannot be honoured is a problem at its place",
    arguments: [
      ("Timeout: 0", "Timeout"), ("Timeout: 901", "Timeout"), ("Timeout: soon", "Timeout"), ("Timeout: 1.5", "Timeout"),
      ("MemorySize: 127", "MemorySize"), ("MemorySize: 10241", "MemorySize"),
      ("Architectures: [mips]", "Architectures"),
      ("Architectures: [x86_64, arm64]", "Architectures"),
      ("ReservedConcurrentExecutions: -1", "ReservedConcurrentExecutions"), ("FunctionName: no spaces", "FunctionName"),
      ("Environment: {Variables: {AWS_REGION: x}}", "Environment.Variables.AWS_REGION"),
      ("Environment: {Variables: {AWS_LAMBDA_X: x}}", "Environment.Variables.AWS_LAMBDA_X"),
      ("Environment: {Variables: {1a: x}}", "Environment.Variables.1a"),
      ("Environment: {Variables: {List: [x]}}", "Environment.Variables.List"),
      ("Environment: {Other: 1}", "Environment.Other"), ("Environment: x", "Environment"),
      ("VpcConfig: {SubnetIds: [a]}", "VpcConfig"), ("AutoPublishAlias: live", "AutoPublishAlias"),
      ("LoggingConfig: {LogFormat: XML}", "LoggingConfig.LogFormat"),
      ("LoggingConfig: {LogFormat: JSON, ApplicationLogLevel: LOUD}", "LoggingConfig.ApplicationLogLevel"),
      ("InlineCode: x", "InlineCode"), ("Layers: [!Ref LayerArn]", "Layers"), ("ImageUri: x", "ImageUri"),
      ("Nonsense: 1", "Nonsense"),
      ("EventInvokeConfig: {MaximumRetryAttempts: 3}", "EventInvokeConfig.MaximumRetryAttempts"),
      ("EventInvokeConfig: {MaximumEventAgeInSeconds: 59}", "EventInvokeConfig.MaximumEventAgeInSeconds"),
      (
        "EventInvokeConfig: {DestinationConfig: {OnFailure: {Type: SNS, Destination: x}}}",
        "EventInvokeConfig.DestinationConfig.OnFailure.Type"
      ),
      (
        "EventInvokeConfig: {DestinationConfig: {OnFailure: {Type: SQS}}}",
        "EventInvokeConfig.DestinationConfig.OnFailure"
      ),
      (
        "EventInvokeConfig: {DestinationConfig: {OnFailure: {Destination: !GetAtt Q.Arn}}}",
        "EventInvokeConfig.DestinationConfig.OnFailure"
      ),
      (
        "EventInvokeConfig: {DestinationConfig: {OnFailure: {Type: SQS, Destination: 'arn:aws:sqs:x:1:q'}}}",
        "EventInvokeConfig.DestinationConfig.OnFailure.Destination"
      ),
      ("DeadLetterQueue: {Type: SNS, TargetArn: x}", "DeadLetterQueue.Type"),
      ("DeadLetterQueue: {TargetArn: !GetAtt Q.Arn}", "DeadLetterQueue"),
      ("DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt F.Arn}", "DeadLetterQueue.TargetArn"),
      ("Events: {E: {Type: Api, Properties: {Path: /, Method: get}}}", "Events.E"),
      ("Events: {E: {Type: SQS, Properties: {Queue: q}}}", "Events.E"),
    ]) func refused(property: String, path: String)
  {
    let found = problems(function(property))
    #expect(found.count == 1, "\(found)")
    #expect(found.first?.hasPrefix("Resources.F.Properties.\(path): ") == true, "\(found)")
  }

  @Test(
    "runtimes that cannot be run here are refused",
    arguments: ["nodejs20.x", "provided", "python3.", "python3.x", "python2.7", "java21"])
  func runtimes(name: String) {
    let text = function().replacing("provided.al2023", with: name)
    #expect(problems(text).first?.hasPrefix("Resources.F.Properties.Runtime: ") == true)
  }

  @Test("Handler, CodeUri and Runtime must be there", arguments: ["Handler", "CodeUri", "Runtime"])
  func required(property: String) {
    let text = function().split(separator: "\n").filter { !$0.contains("\(property):") }.joined(separator: "\n")
    #expect(problems(text) == ["Resources.F.Properties: must have the property \(property)"])
  }

  @Test("a property that its condition takes away is missing, not silently the function")
  func requiredByCondition() {
    let text = function(
      sections: "Conditions: {Never: !Equals [a, b]}"
    ).replacing("Handler: F", with: "Handler: !If [Never, F, !Ref AWS::NoValue]")
    #expect(problems(text) == ["Resources.F.Properties: must have the property Handler"])
  }

  @Test("weights are from 1 to 1000; other metadata for this runtime is unknown", arguments: ["Weight: 0", "Wait: 1"])
  func weight(metadata: String) {
    let found = problems(function(attributes: "Metadata: {Zoetrope: {\(metadata)}}"))
    #expect(found.count == 1 && found[0].hasPrefix("Resources.F.Metadata.Zoetrope."), "\(found)")
  }

  @Test("a message group is a path into the event")
  func messageGroup() throws {
    let template = try load(function(attributes: "Metadata: {Zoetrope: {Group: detail.customer.id}}"))
    #expect(template.functions.first?.settings.messageGroup == ["detail", "customer", "id"])
    let found = problems(function(attributes: "Metadata: {Zoetrope: {Group: detail..id}}"))
    #expect(found.count == 1 && found[0].hasPrefix("Resources.F.Metadata.Zoetrope.Group: "), "\(found)")
  }

  @Test("a problem of the globals is reported once, at its place")
  func globalProblem() {
    let text = """
      Transform: AWS::Serverless-2016-10-31
      Globals: {Function: {Runtime: provided.al2023, CodeUri: ., Handler: x, Timeout: 1000}}
      Resources:
        A: {Type: AWS::Serverless::Function}
        B: {Type: AWS::Serverless::Function}
      """
    let found = problems(text)
    #expect(found.count == 1 && found[0].hasPrefix("Globals.Function.Timeout: "), "\(found)")
  }
}
