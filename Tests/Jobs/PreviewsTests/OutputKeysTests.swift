import Core
import FoundationEssentials
import Previews
import Testing

@Suite("Output names")
struct OutputKeysTests {
  struct Example: Decodable {
    var key: String
    var folder: String
    var base: String
  }

  /// The same file is used for the pages' `names.js`.
  @Test("every key has the folder that the fixture says, and no two share one")
  func folders() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Fixtures/output-keys.json")
    let examples = try JSON.decode([Example].self, from: [UInt8](Data(contentsOf: file)))
    #expect(examples.count > 20)
    for example in examples {
      let names = try OutputKeys(sourceKey: example.key)
      #expect(names.folder == example.folder)
      #expect(names.base == example.base)
      for key in [names.still(start: 86_399, number: 600), names.manifest] { #expect(key.utf8.count <= 1024) }
    }
    #expect(Set(examples.map(\.folder)).count == examples.count)
  }

  @Test("names follow the contract")
  func namesFollowTheContract() throws {
    let names = try OutputKeys(sourceKey: "talks/keynote.mp4")
    #expect(names.gif(start: 270) == "talks/keynote/keynote-270.gif")
    #expect(names.still(start: 270, number: 30) == "talks/keynote/keynote-270-frame-30.jpg")
    #expect(names.manifest == "talks/keynote/manifest.json")
  }

  @Test(
    "keys from which no output name can be made are refused",
    arguments: ["", "folder/"])
  func refused(key: String) {
    #expect(throws: OutputKeys.InvalidKey.self) { try OutputKeys(sourceKey: key) }
  }

  @Test(
    "cleaning may touch a video's own pictures only",
    arguments: [
      ("talks/keynote/keynote-0.gif", true),
      ("talks/keynote/keynote-270-frame-1.jpg", true),
      ("talks/keynote/manifest.json", false),
      ("talks/keynote/keynote-x.gif", false),
      ("talks/keynote/keynote-.gif", false),
      ("talks/keynote/keynote-0-frame-.jpg", false),
      ("talks/keynote/day 1/day 1-0.gif", false),
      ("talks/keynote/sprites-1.jpg", false),
      ("talks/keynote2/keynote-0.gif", false),
    ])
  func pictures(key: String, isPicture: Bool) throws {
    #expect(try OutputKeys(sourceKey: "talks/keynote.mp4").isPicture(key) == isPicture)
  }
}
