import AudioDecoding
import Testing

import Audio

@Suite struct FreeFormTests {
  private func box(_ type: String, _ body: [UInt8]) -> [UInt8] {
    let size = body.count + 8
    return (0..<4).map { UInt8(truncatingIfNeeded: size >> (24 - 8 * $0)) } + Array(type.utf8) + body
  }

  private func sizes(_ bytes: [UInt8]) -> Int { bytes[..<4].reduce(0) { $0 << 8 | Int($1) } }

  private let field = AudioTags.Field(name: "REPLAYGAIN_TRACK_GAIN", value: "-1 dB")

  @Test("only fields without an atom are free")
  func onlyFieldsWithoutAnAtomAreFree() {
    var tags = AudioTags()
    tags.add("title", "x")
    tags.add(field.name, field.value)
    #expect(MP4FreeForm.fields(tags) == [field])
  }

  @Test("they join the list that is there")
  func theyJoinTheListThatIsThere() {
    let list = box("ilst", box("aaaa", [1]))
    let movie = box("moov", box("mvhd", [0]) + box("udta", box("meta", [0, 0, 0, 0] + box("hdlr", []) + list)))
    let made = MP4FreeForm.add([field], to: movie)
    #expect(sizes(made) == made.count)
    let grown = made.count - movie.count
    #expect(sizes(Array(made[17...])) == sizes(Array(movie[17...])) + grown)
    #expect(String(decoding: made.suffix(5), as: UTF8.self) == "-1 dB")
  }

  @Test("without a list one is made")
  func withoutAListOneIsMade() {
    let made = MP4FreeForm.add([field], to: box("moov", box("mvhd", [0])))
    #expect(sizes(made) == made.count)
    #expect(Array(made[21..<25]) == Array("udta".utf8))
  }

  @Test("without fields nothing changes")
  func withoutFieldsNothingChanges() {
    let movie = box("moov", [])
    #expect(MP4FreeForm.add([], to: movie) == movie)
  }
}
