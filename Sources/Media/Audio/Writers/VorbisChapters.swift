import AudioDecoding
/// Chapters as Vorbis comments: `CHAPTER000=00:00:00.000`, `CHAPTER000NAME=…` (the Ogg chapter extension). Pure.
enum VorbisChapters {
  static func fields(_ chapters: [AudioTags.Chapter]) -> [AudioTags.Field] {
    chapters.prefix(1000).enumerated().flatMap { index, chapter in
      let name = "CHAPTER" + digits(index, 3)
      let start = AudioTags.Field(name: name, value: time(chapter.start))
      return [start] + (chapter.title.map { [AudioTags.Field(name: name + "NAME", value: $0)] } ?? [])
    }
  }

  private static func time(_ seconds: Double) -> String {
    let milliseconds = Int((max(0, min(seconds, 1e9)) * 1000).rounded())
    let (whole, rest) = milliseconds.quotientAndRemainder(dividingBy: 1000)
    return "\(digits(whole / 3600, 2)):\(digits(whole / 60 % 60, 2)):\(digits(whole % 60, 2)).\(digits(rest, 3))"
  }

  private static func digits(_ value: Int, _ count: Int) -> String {
    let text = String(value)
    return String(repeating: "0", count: max(0, count - text.count)) + text
  }
}
