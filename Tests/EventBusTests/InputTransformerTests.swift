import EventBus
import Core
import Testing

@Suite struct InputTransformerTests {
  private static let event = #"""
    {"id": "1", "source": "s", "resources": ["r0", "r1"],
     "detail": {"instance": "i-0", "state": "RUNNING \"now\"", "n": 3, "list": [1, {"a": 2}], "flag": true}}
    """#
  private static let paths = #"""
    {"instance": "$.detail.instance", "state": "$.detail.state", "n": "$.detail.n", "list": "$.detail.list",
     "second": "$.resources[1]", "none": "$.detail.none", "all": "$"}
    """#
  private let context = InputTransformer.Context(ruleName: "r", ruleARN: "arn:r", ingestionTime: "2026-01-01T00:00:00Z")

  @Test(
    "a template becomes JSON with parts of the event",
    arguments: [
      (#"{"i": <instance>, "s": <state>, "n": <n>}"#, #"{"i": "i-0", "s": "RUNNING \"now\"", "n": 3}"#),
      (#"{"text": "<instance> is <state> (<n>)"}"#, #"{"text": "i-0 is RUNNING \"now\" (3)"}"#),
      (#"{"text": "\"<instance>\" <second>"}"#, #"{"text": "\"i-0\" r1"}"#),
      (#"{"list": <list>, "text": "<list>"}"#, #"{"list": [1, {"a": 2}], "text": "[1,{\"a\":2}]"}"#),
      (#"{"none": <none>, "text": "[<none>]"}"#, #"{"none": "", "text": "[]"}"#),
      (#"[<n>, <n>]"#, "[3, 3]"),
      (#""<instance> is in state <n>""#, #""i-0 is in state 3""#),
      ("<instance> is in state <state>", #""i-0 is in state RUNNING \"now\"""#),
      ("<n>", "3"),
      ("5 < 6 > 4", #""5 < 6 > 4""#),
      (
        #"{"r": "<aws.events.rule-name>", "a": <aws.events.rule-arn>, "t": <aws.events.event.ingestion-time>}"#,
        #"{"r": "r", "a": "arn:r", "t": "2026-01-01T00:00:00Z"}"#
      ),
      (#"{"e": <aws.events.event>}"#, #"{"e": {"id": "1", "source": "s", "resources": ["r0", "r1"]}}"#),
    ])
  func becomes(template: String, expected: String) throws {
    let transformer: JSONValue = .object(["InputPathsMap": try json(Self.paths), "InputTemplate": .string(template)])
    let input = try TargetInput(input: nil, path: nil, transformer: transformer)
    #expect(try input.payload(for: json(Self.event), context) == json(expected))
  }

  @Test("the whole event is a variable, by its predefined name and by its path")
  func whole() throws {
    let transformer: JSONValue = .object([
      "InputPathsMap": try json(Self.paths), "InputTemplate": .string("[<aws.events.event.json>, <all>]"),
    ])
    let event = try json(Self.event)
    let input = try TargetInput(input: nil, path: nil, transformer: transformer)
    #expect(input.payload(for: event, context) == .array([event, event]))
  }

  @Test(
    "what is not of its form is refused in a sentence",
    arguments: [
      #"{"InputPathsMap": {}}"#, #"{"InputTemplate": ""}"#, #"{"InputTemplate": "{\"x\": <unknown>}"}"#,
      #"{"InputTemplate": "{\"x\": "}"#, #"{"InputPathsMap": {"a": "detail"}, "InputTemplate": "<a>"}"#,
      #"{"InputPathsMap": {"a": 5}, "InputTemplate": "<a>"}"#,
      #"{"InputPathsMap": {"aws.x": "$.a"}, "InputTemplate": "x"}"#,
      #"{"InputPathsMap": {"a b": "$.a"}, "InputTemplate": "x"}"#, #"{"InputPathsMap": [], "InputTemplate": "x"}"#,
    ])
  func refused(transformer: String) throws {
    let value = try json(transformer)
    let error = #expect(throws: TargetInput.Invalid.self) {
      try TargetInput(input: nil, path: nil, transformer: value)
    }
    #expect(error?.message.contains("must") == true || error?.message.contains("which InputPathsMap does not") == true)
    #expect(throws: TargetInput.Invalid.self) {
      try TargetInput(input: "{}", path: nil, transformer: .object(["InputTemplate": .string("x")]))
    }
  }
}
