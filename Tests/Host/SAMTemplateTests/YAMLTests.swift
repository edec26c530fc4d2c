import SAMTemplate
import Testing

@Suite("Template text")
struct YAMLTests {
  private func firstProblem(_ text: [UInt8]) -> TemplateError.Problem? {
    do {
      _ = try Template.parse(text)
      return nil
    } catch {
      return error.problems.first
    }
  }

  private func firstProblem(_ text: String) -> TemplateError.Problem? { firstProblem(Array(text.utf8)) }

  @Test("problems have the line a person looks for, and come in its order")
  func lines() {
    let text = """
      Transform: AWS::Serverless-2016-10-31
      Resources:
        F:
          Type: AWS::Serverless::Function
          Properties:
            CodeUri: x
            Handler: x
            Runtime: provided.al2023
            Timeout: 5000
            Nonsense:
              a: b
        T:
          Type: AWS::SNS::Topic
      """
    #expect {
      try load(text)
    } throws: {
      ($0 as? TemplateError)?.problems.map(\.line) == [9, 10, 12]
    }
    #expect {
      try load(text)
    } throws: {
      "\($0)".contains("line 9: Resources.F.Properties.Timeout must be a whole number from 1 to 900, found '5000'")
    }
  }

  @Test("what is not YAML says where", arguments: [("a: [1,\nb: }", 2), ("a:\n\t- b", 2), ("a: b: c", 1), ("'a", 1)])
  func syntax(text: String, line: Int) {
    let problem = firstProblem(text)
    #expect(problem?.line.map { $0 >= line } == true, "\(String(describing: problem))")
    #expect(problem?.message.contains("not YAML") == true)
  }

  @Test("one key twice is a problem")
  func duplicateKeys() {
    #expect(firstProblem("Resources: {}\nResources: {}")?.message.contains("'Resources'") == true)
  }

  @Test("JSON templates are templates")
  func jsonTemplate() throws {
    let text = """
      {"Transform": "AWS::Serverless-2016-10-31", "Resources": {"Q": {"Type": "AWS::SQS::Queue",
       "Properties": {"QueueName": {"Fn::Sub": "${AWS::StackName}-q"}}}}}
      """
    #expect(try load(text).queues.map(\.queueName) == ["zoetrope-q"])
  }

  @Test("aliases are refused before they are expanded, wherever they stand")
  func aliases() {
    let bomb = (1...60).reduce("a0: &a0 [x, x]\n") { text, level in
      text + "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n"
    }
    #expect(firstProblem(bomb)?.message.contains("alias") == true)
    #expect(firstProblem(bomb)?.line == 2)
    #expect(firstProblem(bomb + "? *a60\n: x\n")?.message.contains("alias") == true)
    #expect(firstProblem("{\"a\": &a 1, \"b\":*a}")?.message.contains("alias") == true)
  }

  @Test("asterisks and ampersands that are no aliases are fine")
  func asterisks() throws {
    let text = template(
      """
      Description: "*bold* & *brave && R&D"
      Metadata: &unused {pattern: "a*b", list: ["*", "**/*.png"]}
      """, resources: "Q: {Type: AWS::SQS::Queue}")
    #expect(try load(text).queues.count == 1)
  }

  @Test(
    "YAML that CloudFormation does not support",
    arguments: ["a: !!binary aGk=", "a: !!set {x, y}", "a: {<<: {x: 1}}", "? [a, b]\n: c"])
  func unsupported(text: String) {
    #expect(firstProblem(text) != nil)
  }

  @Test("size and depth are limited")
  func limits() {
    #expect(
      firstProblem([UInt8](repeating: UInt8(ascii: "#"), count: (1 << 20) + 1))?.message.contains("1048576") == true)
    let deep = String(repeating: "[", count: 900) + String(repeating: "]", count: 900)
    #expect(firstProblem("a: \(deep)")?.message.contains("nested deeper") == true)
    let deeper = String(repeating: "[", count: 500_000)
    #expect(firstProblem("a: \(deeper)") != nil)
  }

  @Test(
    "bytes that are no template at all", arguments: [[], Array("5".utf8), Array("[]".utf8), [0xFF, 0xFE, 0xFD], [0]])
  func nothing(bytes: [UInt8]) {
    #expect(firstProblem(bytes) != nil)
  }

  @Test("several documents are not one template")
  func documents() {
    #expect(firstProblem("Resources: {}\n---\nResources: {}") != nil)
  }
}
