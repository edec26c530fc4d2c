import Core
import Testing

@Suite struct EnvironmentReaderTests {
  private enum Level: String, CaseIterable { case info, debug }

  @Test("values are read as their types")
  func values() throws {
    var reader = EnvironmentReader([
      "NAME": "zoetrope", "COUNT": "7", "RATIO": "0.5", "FRAMES": "True", "LEVEL": "debug",
    ])
    #expect(reader.string("NAME") == "zoetrope")
    #expect(reader.int("COUNT", default: 1, in: 1...10) == 7)
    #expect(reader.double("RATIO", default: 1, in: 0...1) == 0.5)
    #expect(reader.bool("FRAMES", default: false) == true)
    #expect(reader.oneOf("LEVEL", default: Level.info) == .debug)
    try reader.validate()
  }

  @Test("what is absent or empty has its default")
  func defaults() throws {
    var reader = EnvironmentReader(["NAME": "", "COUNT": "", "FRAMES": "", "LEVEL": ""])
    #expect(reader.optional("NAME") == nil)
    #expect(reader.string("NAME", default: "x") == "x")
    #expect(reader.int("COUNT", default: 3, in: 1...10) == 3)
    #expect(reader.double("RATIO", default: 0.25, in: 0...1) == 0.25)
    #expect(reader.bool("FRAMES", default: true) == true)
    #expect(reader.oneOf("LEVEL", default: Level.info) == .info)
    try reader.validate()
  }

  @Test("everything that is wrong is told at once, with name, wanted form and what was found")
  func problems() throws {
    var reader = EnvironmentReader([
      "COUNT": "11", "SIZE": "many", "RATIO": "-1", "FRAMES": "perhaps", "LEVEL": "loud",
    ])
    _ = reader.string("NAME")
    _ = reader.int("COUNT", default: 1, in: 1...10)
    _ = reader.int("SIZE", default: 1, in: 1...10)
    _ = reader.double("RATIO", default: 1, in: 0...1)
    _ = reader.bool("FRAMES", default: false)
    _ = reader.oneOf("LEVEL", default: Level.info)
    reader.reject("COUNT and SIZE contradict each other")
    let error = try #require(throws: ConfigurationError.self) { try reader.validate() }
    #expect(error.problems.count == 7)
    #expect(error.code == "InvalidConfiguration")
    #expect(!error.isRetryable)
    for (problem, words) in zip(
      error.problems,
      [
        ["NAME", "must be set"], ["COUNT", "1", "10", "'11'"], ["SIZE", "'many'"], ["RATIO", "0.0", "1.0", "'-1'"],
        ["FRAMES", "'true'", "'perhaps'"], ["LEVEL", "'info', 'debug'", "'loud'"], ["contradict"],
      ])
    {
      for word in words { #expect(problem.contains(word)) }
      #expect(error.message.contains(problem))
    }
  }

  @Test(
    "true and false in their spellings",
    arguments: [
      ("true", true), ("TRUE", true), ("1", true), ("yes", true), ("false", false), ("0", false), ("No", false),
    ])
  func booleans(text: String, value: Bool) {
    var reader = EnvironmentReader(["FLAG": text])
    #expect(reader.bool("FLAG", default: !value) == value)
  }

  @Test("numbers are numbers as a whole", arguments: ["1 ", "1x", "0x1", "1.0", "", " 1", "--1"])
  func wholeNumbers(text: String) {
    var reader = EnvironmentReader(["COUNT": text])
    #expect(reader.int("COUNT", default: 5, in: 0...9) == 5)
    let isAccepted = (try? reader.validate()) != nil
    #expect(isAccepted == text.isEmpty)
  }
}
