import Core
import ImageCodecs

/// EXIF tags as clients receive them: named, with units, and only those that mean something to a person.
enum ImageMetadata {
  static func document(_ tags: [String: String], facts: ImageFacts) -> JSONValue {
    var document: [String: JSONValue] = [
      "format": .string(facts.format.rawValue), "orientation": .integer(Int64(facts.orientation.rawValue)),
      "hasAlpha": .bool(facts.hasAlpha),
    ]
    for (tag, name) in texts {
      if let text = tags[tag]?.trimmed, !text.isEmpty { document[name] = .string(String(text.prefix(200))) }
    }
    for (tag, name) in numbers {
      if let value = tags[tag].flatMap({ rationals($0).first }) { document[name] = .number(value) }
    }
    if let iso = tags["ISOSpeedRatings"]?.trimmed.split(separator: " ").first.flatMap({ Int64($0) }) {
      document["iso"] = .integer(iso)
    }
    if let taken = time(tags["DateTimeOriginal"] ?? tags["DateTime"] ?? "") {
      document["takenAt"] = .string(taken + (tags["OffsetTimeOriginal"]?.trimmed ?? ""))
    }
    if let latitude = degrees(tags["GPSLatitude"], tags["GPSLatitudeRef"], negative: "S", limit: 90),
      let longitude = degrees(tags["GPSLongitude"], tags["GPSLongitudeRef"], negative: "W", limit: 180)
    {
      document["location"] = .object(["latitude": .number(latitude), "longitude": .number(longitude)])
    }
    return .object(document)
  }

  private static let texts = [
    "Make": "cameraMake", "Model": "cameraModel", "LensModel": "lens", "Software": "software", "Artist": "artist",
    "Copyright": "copyright", "ImageDescription": "description",
  ]
  private static let numbers = [
    "ExposureTime": "exposureSeconds", "FNumber": "fNumber", "FocalLength": "focalLengthMillimetres",
  ]

  /// `48/1 51/1 2999/100`, as numbers.
  static func rationals(_ text: String) -> [Double] {
    text.split(separator: " ").compactMap { part in
      let pair = part.split(separator: "/").compactMap { Double($0) }
      guard let first = pair.first else { return nil }
      let value = pair.count == 2 ? first / pair[1] : first
      return value.isFinite ? value : nil
    }
  }

  private static func degrees(_ text: String?, _ side: String?, negative: String, limit: Double) -> Double? {
    guard let parts = text.map(rationals), parts.count == 3, let side = side?.trimmed else { return nil }
    let value = parts[0] + parts[1] / 60 + parts[2] / 3600
    guard value <= limit else { return nil }
    let rounded = (value * 1_000_000).rounded() / 1_000_000
    return side.uppercased().hasPrefix(negative) ? -rounded : rounded
  }

  /// `2026:01:31 12:00:00`, as ISO 8601 writes it.
  private static func time(_ text: String) -> String? {
    let characters = Array(text.trimmed)
    guard characters.count >= 19, characters[4] == ":", characters[10] == " ",
      String(characters[0..<4]) != "0000"
    else { return nil }
    return "\(String(characters[0..<4]))-\(String(characters[5..<7]))-\(String(characters[8..<10]))T"
      + String(characters[11..<19])
  }
}

extension String {
  fileprivate var trimmed: String {
    String(drop { $0 == " " || $0 == "\0" }.reversed().drop { $0 == " " || $0 == "\0" }.reversed())
  }
}
