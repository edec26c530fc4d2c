import Core
import Testing

import FunctionRuntime

@Suite("The choice among an executable's handlers")
struct HandlerChoiceTests {
  @Test(
    "what follows the last dot names the handler",
    arguments: [
      ("MediaAPI.Convert", "Convert"), ("Convert", "Convert"), ("a.b.Token", "Token"), ("MediaAPI.Other", nil),
      (nil, nil), ("", nil),
    ])
  func several(wanted: String?, expected: String?) {
    #expect(HandlerChoice(names: ["Convert", "Token"], wanted: wanted).name == expected)
  }

  @Test("a single handler runs in any case")
  func single() throws {
    #expect(try HandlerChoice(names: ["Only"], wanted: "bootstrap").get() == "Only")
  }

  @Test("what cannot be found is told, with what there is")
  func unknown() {
    let error = #expect(throws: HandlerChoice.Unknown.self) {
      try HandlerChoice(names: ["A", "B"], wanted: "X.C").get()
    }
    #expect(error?.message == "_HANDLER must end in one of A, B, found 'X.C'")
  }
}
