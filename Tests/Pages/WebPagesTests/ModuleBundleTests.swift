import Testing
import PageBundles

@Suite struct ModuleBundleTests {
  private func bundle(_ entries: [String], _ modules: [String: String]) throws -> [String] {
    try ModuleBundle.make(entries) { modules[$0] }.split(separator: "\n").map(String.init)
  }

  @Test("a module stands behind what it imports, and once")
  func order() throws {
    let lines = try bundle(
      ["first.js", "second.js"],
      [
        "first.js": "import { b as c } from \"./ground.js\";\nc();",
        "second.js": "import \"./first.js\";\nimport { a } from \"./ground.js\";\na();",
        "ground.js": "export const a = () => 1;\nexport function b() {}",
      ])
    #expect(
      lines == [
        "const module2 = (() => {", "const a = () => 1;", "function b() {}", "return { a, b };", "})();",
        "const module1 = (() => {", "const { b: c } = module2;", "c();", "return {  };", "})();",
        "const module3 = (() => {", "const { a } = module2;", "a();", "return {  };", "})();",
      ])
  }

  @Test("comments are left out, but not what looks like one in a text")
  func comments() throws {
    let lines = try bundle(
      ["one.js"], ["one.js": "// Of the file.\n  /** Of one\n   * member. */\n/** Short. */\nconst a = `\n  // kept`;"])
    #expect(lines == ["const module1 = (() => {", "const a = `", "  // kept`;", "return {  };", "})();"])
  }

  @Test(
    "what it does not know is an error that names the module",
    arguments: [
      "import x from \"./y.js\";", "import { x } from \"y\";", "export default 1;", "export let x = 1;",
      "export { x };",
      "import { x } from \"./none.js\";", "import { x } from \"./self.js\";",
    ])
  func unsupported(line: String) {
    #expect {
      try bundle(["self.js"], ["self.js": line, "y.js": ""])
    } throws: {
      let error = ($0 as? ModuleBundle.Unsupported)?.module
      return error == "self.js" || error == "none.js"
    }
  }
}
