import LambdaEvents
import Testing

@Suite struct FormTests {
  private let type = "multipart/form-data; boundary=\"a b\""

  private func form(_ text: String, isWhole: Bool = true) throws -> MultipartForm {
    try MultipartForm(
      Array(text.replacing("\n", with: "\r\n").utf8), contentType: type, isWhole: isWhole)
  }

  @Test("parts are read with their names")
  func partsAreReadWithTheirNames() throws {
    let found = try form(
      """
      preamble
      --a b
      Content-Disposition: form-data; name="note"

      one
      two
      --a b
      content-disposition: form-data; filename="a;\\"b\\".wav"; name=file
      Content-Type: audio/wav

      RIFF
      --a b--
      epilogue
      """)
    #expect(found.isComplete)
    #expect(found.parts.map(\.name) == ["note", "file"])
    #expect(found.parts[1].fileName == "a;\"b\".wav")
    #expect(Array(found.parts[0].body) == Array("one\r\ntwo".utf8))
    #expect(Array(found.parts[1].body) == Array("RIFF".utf8))
  }

  @Test("an empty part is empty")
  func anEmptyPartIsEmpty() throws {
    let found = try form("--a b\nContent-Disposition: form-data; name=\"file\"\n\n\n--a b--\n")
    #expect(found.parts.map { $0.body.count } == [0])
  }

  @Test("a beginning is no fault")
  func aBeginningIsNoFault() throws {
    let whole = "--a b\nContent-Disposition: form-data; name=\"file\"\n\nRIFF...."
    for count in 0...whole.count {
      let found = try form(String(whole.prefix(count)), isWhole: false)
      #expect(!found.isComplete)
      #expect(found.parts.count <= 1)
    }
  }

  @Test(arguments: [
    "", "no boundary at all", "--other\n\n--other--", "--a b\nContent-Disposition: form-data; name=\"file\"\n\nRIFF",
  ])
  func brokenFormsAreRefused(_ text: String) {
    #expect(throws: MultipartForm.Invalid.self) { try form(text) }
  }

  @Test("dashes in a part are its content")
  func dashesInAPartAreItsContent() throws {
    let found = try form("--a b\nContent-Disposition: form-data; name=\"avatar\"\n\n--\n\n--a b--\n")
    #expect(found.parts.map { Array($0.body) } == [Array("--\r\n".utf8)])
  }

  @Test(
    "other types are refused",
    arguments: [nil, "", "application/json", "multipart/form-data", "multipart/form-data; boundary="])
  func otherTypesAreRefused(_ type: String?) {
    #expect(throws: MultipartForm.Invalid.self) { try MultipartForm([], contentType: type, isWhole: true) }
  }
}
