import Conversions
import Core
import RemoteFetch
import Testing

@Suite("Parameters of a conversion")
struct ParametersTests {
  private static let query = ["url": "https://a.example/v.mp4", "ifm": "mp4", "ofm": "gif"]

  private func read(_ changes: [String: String?] = [:]) throws -> ConversionParameters {
    var query = Self.query
    for (name, value) in changes { query[name] = value }
    return try ConversionParameters(query: query, limits: .init())
  }

  @Test("what is left out takes the maximum, or 32 colours")
  func defaults() throws {
    let parameters = try read()
    #expect(parameters.outputSize == 80 && parameters.frameRate == 24 && parameters.colours == 32)
    #expect(parameters.start == 0 && parameters.duration == nil)
  }

  @Test("too large values are clamped before the key is made")
  func clamped() throws {
    #expect(try read(["osz": "1000", "ofr": "60"]).key == read(["osz": "80", "ofr": "24"]).key)
    #expect(try read(["osz": "1000", "ofr": "60"]).key == read().key)
    #expect(try read(["osz": "40"]).key != read().key)
    #expect(try read(["pre": "true", "rts": "1"]).key == read().key)
    #expect(try read(["start": "1"]).key != read().key)
  }

  @Test(
    "a bad value is named",
    arguments: [
      ("url", nil), ("url", "ftp://a.example/"), ("url", "https://user:secret@a.example/"), ("ifm", nil),
      ("ifm", "avi"), ("ofm", "webp"), ("ofm", nil), ("osz", "0"), ("osz", "4.5"), ("ofr", "61"), ("ofr", "x"),
      ("out_gif_colors", "1"), ("out_gif_colors", "257"), ("start", "-1"), ("duration", "0"), ("start", "nan"),
      ("start", "0x10"), ("duration", "1e1"), ("start", " 1"),
      ("pre", "maybe"),
    ] as [(String, String?)])
  func bad(name: String, value: String?) {
    let error = #expect(throws: ConversionError.self) { try read([name: value]) }
    #expect(error?.kind == .badParameter && error?.message.contains("'\(name)'") == true)
    #expect(error?.kind.status == 400)
  }

  @Test("the answer's key has upstream's six fields and can be read again")
  func document() throws {
    let parameters = try read(["osz": "64", "ofr": "12", "out_gif_colors": "16"])
    #expect(
      parameters.document.objectValue?.keys.sorted() == ["ifm", "ofm", "ofr", "osz", "out_gif_colors", "url"])
    #expect(try ConversionParameters(document: parameters.document, limits: .init()) == parameters)
    let other = try read(["start": "1.25", "duration": "3"])
    #expect(try ConversionParameters(document: other.document, limits: .init()) == other)
  }
}
