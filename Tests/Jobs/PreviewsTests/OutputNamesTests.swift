import Previews
import Testing

@Suite("Output names")
struct OutputNamesTests {
  @Test(
    "only .mp4 is taken off, so that a.mov and a.mp4 do not share a folder",
    arguments: [
      ("talks/keynote.mp4", "talks/keynote", "keynote"),
      ("keynote.mp4", "keynote", "keynote"),
      ("a.mov", "a.mov", "a.mov"),
      ("a.MP4", "a.MP4", "a.MP4"),
      ("some folder/ünï+code & name.v2.mp4", "some folder/ünï+code & name.v2", "ünï+code & name.v2"),
      ("x/.mp4", "x/.mp4", ".mp4"),
      ("noextension", "noextension", "noextension"),
    ])
  func folder(key: String, folder: String, base: String) throws {
    let names = try OutputNames(sourceKey: key)
    #expect(names.folder == folder)
    #expect(names.base == base)
  }

  @Test func namesFollowTheContract() throws {
    let names = try OutputNames(sourceKey: "talks/keynote.mp4")
    #expect(names.gif(start: 270) == "talks/keynote/keynote-270.gif")
    #expect(names.still(start: 270, number: 30) == "talks/keynote/keynote-270-frame-30.jpg")
    #expect(names.manifest == "talks/keynote/manifest.json")
  }

  @Test(
    "keys from which no output name can be made are refused",
    arguments: ["", "folder/", "x/\(String(repeating: "y", count: 500)).mp4"])
  func refused(key: String) {
    #expect(throws: OutputNames.InvalidKey.self) { try OutputNames(sourceKey: key) }
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
    #expect(try OutputNames(sourceKey: "talks/keynote.mp4").isPicture(key) == isPicture)
  }
}
