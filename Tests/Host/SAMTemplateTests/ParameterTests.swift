import SAMTemplate
import Testing

@Suite("Parameters")
struct ParameterTests {
  private func text(_ parameter: String) -> String {
    template("Parameters: {P: {\(parameter)}}", resources: "Q: {Type: AWS::SQS::Queue}")
  }

  @Test(
    "a value within its constraints is taken",
    arguments: [
      ("Type: String, Default: ''", nil, ""), ("Type: String", "x", "x"),
      ("Type: String, AllowedValues: [a, b], Default: a", "b", "b"),
      ("Type: String, AllowedPattern: '[a-z]+[0-9]?', MinLength: 2, MaxLength: 3", "ab1", "ab1"),
      ("Type: Number, MinValue: 1, MaxValue: 2.5", "2.5", "2.5"), ("Type: Number, AllowedValues: [1, 2]", "2", "2"),
      ("Type: CommaDelimitedList, AllowedValues: [a, b]", "a, b", "a,b"), ("Type: List<Number>", "1,2", "1,2"),
      ("Type: String, NoEcho: true, Description: d, ConstraintDescription: c", "x", "x"),
    ] as [(String, String?, String)]) func accepted(parameter: String, override: String?, value: String) throws
  {
    let given = override.map { ["P": $0] } ?? [:]
    #expect(try load(text(parameter), parameters: given).parameters["P"] == value)
  }

  @Test(
    "a value outside is a problem that says what was expected",
    arguments: [
      ("Type: String", nil, "has no default"), ("Type: String, AllowedValues: [a, b]", "c", "'a', 'b'"),
      ("Type: String, AllowedPattern: '[a-z]+', ConstraintDescription: letters only", "a1", "letters only"),
      ("Type: String, MinLength: 2", "a", "at least 2"), ("Type: String, MaxLength: 2", "abc", "at most 2"),
      ("Type: Number", "x", "a number"), ("Type: Number", "inf", "a number"),
      ("Type: Number, MinValue: 1", "0", "at least 1"),
      ("Type: Number, MaxValue: 1", "2", "at most 1"), ("Type: CommaDelimitedList, AllowedValues: [a]", "a,b", "'a'"),
      ("Type: List<Number>", "1,x", "a number"), ("Type: AWS::SSM::Parameter::Value<String>", "x", "Type"),
      ("Default: x", nil, "Type"), ("Type: String, AllowedPattern: '['", "x", "regular expression"),
      ("Type: Number, MinValue: x", "1", "a number"),
    ] as [(String, String?, String)]) func refused(parameter: String, override: String?, word: String)
  {
    let found = problems(text(parameter), parameters: override.map { ["P": $0] } ?? [:])
    #expect(found.count == 1 && found[0].hasPrefix("Parameters.P") && found[0].contains(word), "\(found)")
  }

  @Test("unknown properties and unknown overrides are problems")
  func unknown() {
    #expect(problems(text("Type: String, Default: x, Colour: red")).first?.hasPrefix("Parameters.P.Colour: ") == true)
    #expect(problems(text("Type: String, Default: x"), parameters: ["Other": "1"]).first?.contains("'Other'") == true)
  }
}
