import SAMTemplate
import Testing

@Suite("Intrinsic functions")
struct IntrinsicTests {
  static let sections = """
    Parameters:
      Text: {Type: String, Default: hello}
      Number: {Type: Number, Default: 1.50}
      List: {Type: CommaDelimitedList, Default: "a, b ,c"}
    Mappings:
      Sizes:
        eu-west-1: {small: 1}
        us-east-1: {small: 2, list: [x, y]}
    Conditions:
      Yes: !Equals [!Ref Text, hello]
      No: !Not [{Condition: Yes}]
      Both: !And [!Condition Yes, !Condition No]
      Either: !Or [!Condition Yes, !Condition No]
      Number: !Equals [!Ref Number, 1.50]
    """

  @Test(
    "they give what they give on AWS",
    arguments: [
      ("!Ref Text", "hello"), ("{Ref: Text}", "hello"), ("!Ref Number", "1.50"),
      ("!Ref AWS::Region", "us-east-1"), ("!Ref AWS::AccountId", "000000000000"), ("!Ref AWS::Partition", "aws"),
      ("!Ref AWS::StackName", "zoetrope"), ("!Ref AWS::URLSuffix", "amazonaws.com"),
      ("!Ref B", "zoetrope-b"), ("!Ref F", "F"), ("!Ref Q", "https://sqs.us-east-1.amazonaws.com/000000000000/Q"),
      ("!GetAtt B.Arn", "arn:aws:s3:::zoetrope-b"), ("!GetAtt [Q, Arn]", "arn:aws:sqs:us-east-1:000000000000:Q"),
      ("!GetAtt F.Arn", "arn:aws:lambda:us-east-1:000000000000:function:F"), ("!GetAtt Q.QueueName", "Q"),
      ("{'Fn::GetAtt': [B, Arn]}", "arn:aws:s3:::zoetrope-b"), ("{'Fn::GetAtt': B.Arn}", "arn:aws:s3:::zoetrope-b"),
      (
        "!Sub '${Text} ${AWS::Region} ${B} ${Q.Arn}'", "hello us-east-1 zoetrope-b arn:aws:sqs:us-east-1:000000000000:Q"
      ),
      ("!Sub '${!Text} $ {x} $'", "${Text} $ {x} $"), ("!Sub ['${a}-${Text}', {a: !Ref Number}]", "1.50-hello"),
      ("{'Fn::Sub': '${Text}!'}", "hello!"),
      ("!Join ['-', [a, !Ref Text, c]]", "a-hello-c"), ("!Join ['', !Ref List]", "abc"),
      ("!Join [',', !Split ['|', 'a||b']]", "a,,b"), ("!Join [',', [a, !Ref AWS::NoValue, b]]", "a,b"),
      ("!Select [1, !Ref List]", "b"), ("!Select ['0', [x, y]]", "x"), ("!Select [2, !Split [':', 'a:b:c']]", "c"),
      ("!FindInMap [Sizes, !Ref 'AWS::Region', small]", "2"),
      ("!Select [1, !FindInMap [Sizes, us-east-1, list]]", "y"),
      ("!If [Yes, a, b]", "a"), ("!If [No, a, b]", "b"), ("!If [Both, a, b]", "b"), ("!If [Either, a, b]", "a"),
      ("!If [Number, a, b]", "a"), ("!If [Yes, !If [No, a, !Ref Text], b]", "hello"),
      // The other branch does not count, whatever it is.
      ("!If [Yes, a, !ImportValue x]", "a"),
    ]) func value(expression: String, expected: String) throws
  {
    #expect(try SAMTemplateTests.value(expression, sections: Self.sections) == expected)
  }

  @Test("no value is as if it had not been written")
  func noValue() throws {
    #expect(try SAMTemplateTests.value("!Ref AWS::NoValue") == nil)
    #expect(try SAMTemplateTests.value("!If [No, a, !Ref AWS::NoValue]", sections: Self.sections) == nil)
  }

  @Test(
    "what cannot be carried out is a problem at its place",
    arguments: [
      ("!ImportValue x", "Fn::ImportValue"), ("!GetAZs x", "Fn::GetAZs"), ("!Base64 x", "Fn::Base64"),
      ("!Transform {Name: x}", "Fn::Transform"), ("{'Fn::Cidr': [x, 1, 2]}", "Fn::Cidr"),
      ("!Ref Nothing", "'Nothing'"), ("!Ref [a]", "Ref"), ("!GetAtt Nothing.Arn", "'Nothing'"),
      ("!GetAtt Q", "Fn::GetAtt"),
      ("!GetAtt Q.Colour", "'Colour'"), ("!Sub '${Nothing}'", "'Nothing'"), ("!Sub '${Q.Colour}'", "'Colour'"),
      ("!Sub '${Text'", "'}'"), ("!Sub [x]", "Fn::Sub"), ("!Sub '${List}'", "${List}"), ("!Join [a]", "Fn::Join"),
      ("!Join [',', x]", "Fn::Join"), ("!Select [9, !Ref List]", "Fn::Select"), ("!Select [-1, [a]]", "Fn::Select"),
      ("!Select [x, [a]]", "Fn::Select"), ("!Split ['', x]", "Fn::Split"),
      ("!FindInMap [Sizes, x, y]", "Mappings.Sizes.x.y"),
      ("!FindInMap [Sizes, x]", "Fn::FindInMap"), ("!If [Missing, a, b]", "'Missing'"), ("!If [Yes, a]", "Fn::If"),
      ("'{{resolve:ssm:/a/b}}'", "{{resolve:"), ("!Sub 'x-{{resolve:ssm:/${Text}}}'", "{{resolve:ssm:/hello}}"),
      ("!Sub ['${A}', {A: '{{resolve:secretsmanager:s}}'}]", "{{resolve:"),
      ("!Join ['', ['{{res', 'olve:ssm:/a}}']]", "{{resolve:ssm:/a}}"),
      ("!Select [0, !Split ['-', '{{resolve:ssm:/a}}-b']]", "{{resolve:"),
    ]) func refused(expression: String, word: String)
  {
    let text = function("Environment:\n  Variables:\n    Value: \(expression)", sections: Self.sections)
    let found = problems(text)
    #expect(found.count == 1, "\(found)")
    #expect(found.first?.hasPrefix("Resources.F.Properties.Environment.Variables.Value") == true, "\(found)")
    #expect(found.first?.contains(word) == true, "\(found)")
  }

  @Test("a parameter's value may be a dynamic reference as well")
  func parameters() {
    let text = function(
      "Environment:\n  Variables:\n    Value: !Ref Secret", sections: "Parameters: {Secret: {Type: String}}")
    let found = problems(text, parameters: ["Secret": "{{resolve:ssm-secure:/a:1}}"])
    #expect(found.count == 1 && found[0].contains("{{resolve:ssm-secure:/a:1}}"), "\(found)")
  }

  @Test("names and conditions that depend on themselves are found")
  func cycles() {
    let buckets = template(
      resources: """
        A: {Type: AWS::S3::Bucket, Properties: {BucketName: !Ref B}}
        B: {Type: AWS::S3::Bucket, Properties: {BucketName: !Ref A}}
        """)
    #expect(problems(buckets).contains { $0.contains("depends on itself") })
    let conditions = template(
      "Conditions: {A: !Not [!Condition B], B: !Not [!Condition A]}",
      resources: "Q: {Type: AWS::SQS::Queue, Condition: A}")
    #expect(problems(conditions).contains { $0.contains("depends on itself") })
  }

  @Test("references to what is not there are told apart")
  func references() {
    func found(_ expression: String) -> String? {
      problems(
        function("Environment: {Variables: {V: \(expression)}}", sections: "Conditions: {Never: !Equals [a, b]}")
          + "\n  Role: {Type: AWS::IAM::Role}\n  Gone: {Type: AWS::SQS::Queue, Condition: Never}\n"
      ).first
    }
    #expect(found("!Ref Role")?.contains("AWS::IAM::Role, which has no value here") == true)
    #expect(found("!GetAtt Role.Arn")?.contains("AWS::IAM::Role, which has no attribute 'Arn' here") == true)
    #expect(found("!Ref Gone")?.contains("which its condition leaves out") == true)
  }

  @Test(
    "conditions that are none",
    arguments: [
      "5", "!Equals [a]", "!Not [a]", "!And [!Equals [a, a]]", "!Sub x", "{Condition: [a]}", "{Condition: Missing}",
    ])
  func conditions(definition: String) {
    let text = template(
      "Conditions: {C: \(definition)}", resources: "Q: {Type: AWS::SQS::Queue, Condition: C}")
    #expect(problems(text).first?.hasPrefix("Conditions.C") == true, "\(problems(text))")
  }
}
