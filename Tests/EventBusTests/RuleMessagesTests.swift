import EventBus
import Core
import Testing

@Suite("Rules on the wire")
struct RuleMessagesTests {
  @Test("TestEventPattern answers")
  func testEventPattern() throws {
    func result(_ pattern: String, _ event: String = BusEventTests.envelope) throws -> Bool {
      try TestEventPatternRequest(eventPattern: pattern, event: event).result().result
    }
    #expect(try result(#"{"source": ["custom.gifGenerator"]}"#))
    #expect(try !result(#"{"source": ["other"]}"#))
    #expect { try result(#"{"source": "x"}"#) } throws: {
      ($0 as? ServiceError)?.code == "InvalidEventPatternException"
    }
    #expect { try result(#"{"source": ["x"]}"#, "{}") } throws: { ($0 as? ServiceError)?.code == "ValidationException" }
    #expect { try result(#"{"source": ["x"]}"#, "{") } throws: { ($0 as? ServiceError)?.code == "ValidationException" }
  }

  @Test("a pattern has at most 4,096 characters", arguments: [(4096, true), (4097, false)])
  func patternLength(count: Int, isAccepted: Bool) throws {
    func isTooLong(_ error: any Error) -> Bool {
      guard let error = error as? ServiceError else { return false }
      return error.code == "ValidationException" && error.message.contains("at most 4096 characters, found \(count)")
    }
    // Characters, not bytes: each of these has two.
    let (start, end) = (#"{"source": [""#, #""]}"#)
    let pattern = start + String(repeating: "ä", count: count - start.count - end.count) + end
    let test = TestEventPatternRequest(eventPattern: pattern, event: BusEventTests.envelope)
    let rule = PutRuleRequest(name: "r", eventPattern: pattern)
    if isAccepted {
      #expect(try !test.result().result)
      #expect(try rule.patternText() == pattern)
    } else {
      #expect { try test.result() } throws: { isTooLong($0) }
      #expect { try rule.patternText() } throws: { isTooLong($0) }
    }
  }

  @Test("a rule matches events: it has a pattern and no schedule")
  func noPattern() {
    let requests = [
      PutRuleRequest(name: "r", eventPattern: nil),
      PutRuleRequest(name: "r", eventPattern: "{}", scheduleExpression: "rate(1 minute)"),
    ]
    for request in requests {
      #expect { try request.patternText() } throws: { ($0 as? ServiceError)?.code == "ValidationException" }
    }
  }

  @Test("what an SDK sends for a rule and its targets is understood")
  func requests() throws {
    let rule = try JSON.decode(
      PutRuleRequest.self,
      from: Array(
        #"{"Name": "r", "EventPattern": "{}", "State": "DISABLED", "Tags": [{"Key": "a", "Value": "b"}]}"#.utf8))
    #expect(rule == PutRuleRequest(name: "r", eventPattern: "{}", state: .disabled))
    let targets = try JSON.decode(
      PutTargetsRequest.self,
      from: Array(
        #"""
        {"Rule": "r", "EventBusName": "b", "Targets": [{"Id": "1", "Arn": "arn:f", "InputPath": "$.detail",
         "DeadLetterConfig": {"Arn": "arn:q"}, "RetryPolicy": {"MaximumRetryAttempts": 3, "MaximumEventAgeInSeconds": 60}}]}
        """#.utf8))
    #expect(
      targets
        == PutTargetsRequest(
          rule: "r", eventBusName: "b",
          targets: [
            RuleTarget(
              id: "1", arn: "arn:f", inputPath: "$.detail", deadLetters: .init(arn: "arn:q"),
              retries: .init(maximumAttempts: 3, maximumAgeSeconds: 60))
          ]))
  }

  @Test("responses have AWS's names")
  func responses() throws {
    func text(_ value: some Encodable) throws -> String { String(decoding: try JSON.encode(value), as: UTF8.self) }
    let rule = RuleDescription(name: "r", arn: "arn:r", eventPattern: "{}", state: .enabled, eventBusName: "default")
    #expect(
      try text(ListRulesResponse(rules: [rule]))
        == #"{"Rules":[{"Arn":"arn:r","EventBusName":"default","EventPattern":"{}","Name":"r","State":"ENABLED"}]}"#)
    #expect(try text(PutRuleResponse(ruleARN: "arn:r")) == #"{"RuleArn":"arn:r"}"#)
    #expect(try text(TargetsResponse()) == #"{"FailedEntries":[],"FailedEntryCount":0}"#)
    #expect(
      try text(ListTargetsByRuleResponse(targets: [RuleTarget(id: "1", arn: "arn:f")], nextToken: "n"))
        == #"{"NextToken":"n","Targets":[{"Arn":"arn:f","Id":"1"}]}"#)
    #expect(try text(TestEventPatternResponse(result: true)) == #"{"Result":true}"#)
  }

  @Test("what a target receives")
  func targetInput() throws {
    let context = InputTransformer.Context(ruleName: "r", ruleARN: "arn:r", ingestionTime: "now")
    let event = try json(#"{"detail": {"key": "k", "list": [{"a": 1}, {"a": 2}]}, "resources": ["r0", "r1"]}"#)
    #expect(try TargetInput(input: nil, path: nil).payload(for: event, context) == event)
    #expect(try TargetInput(input: nil, path: "$").payload(for: event, context) == event)
    #expect(try TargetInput(input: #"{"x": 1}"#, path: nil).payload(for: event, context) == json(#"{"x": 1}"#))
    #expect(try TargetInput(input: nil, path: "$.detail.key").payload(for: event, context) == .string("k"))
    #expect(try TargetInput(input: nil, path: "$.resources[1]").payload(for: event, context) == .string("r1"))
    #expect(try TargetInput(input: nil, path: "$.detail.list[1].a").payload(for: event, context) == .integer(2))
    #expect(try TargetInput(input: nil, path: "$.detail.none").payload(for: event, context) == .object([:]))
    #expect(try TargetInput(input: nil, path: "$.resources[2]").payload(for: event, context) == .object([:]))
  }

  @Test(
    "inputs that cannot be carried out are refused",
    arguments: [
      ("{", nil), ("{}", "$.a"), (nil, ""), (nil, "detail"), (nil, "$."), (nil, "$.a..b"), (nil, "$.a[x]"),
      (nil, "$.a[-1]"), (nil, "$.*"), (nil, "$.a[0"), (nil, "$[0]"),
    ] as [(String?, String?)]) func invalidInput(input: String?, path: String?)
  {
    #expect(throws: TargetInput.Invalid.self) { try TargetInput(input: input, path: path) }
  }
}
