import Core

/// The video tracks of a Matroska or WebM file in their order, as far as libav does not tell (RFC 9559 §5.1.4).
enum MatroskaTracks {
  private enum ID {
    static let segment: Int64 = 0x1853_8067
    static let tracks: Int64 = 0x1654_ae6b
    static let cluster: Int64 = 0x1f43_b675
    static let entry: Int64 = 0xae
    static let type: Int64 = 0x83
    static let isEnabled: Int64 = 0xb9
    static let video: Int64 = 0xe0
    static let pixelWidth: Int64 = 0xb0
    static let pixelHeight: Int64 = 0xba
    static let cropBottom: Int64 = 0x54aa
    static let cropTop: Int64 = 0x54bb
    static let cropLeft: Int64 = 0x54cc
    static let cropRight: Int64 = 0x54dd
    static let displayWidth: Int64 = 0x54b0
    static let displayHeight: Int64 = 0x54ba
  }

  /// Tracks stand near the beginning; what precedes them is small.
  private static let maximumElements = 64
  private static let maximumBytes: Int64 = 1 << 20

  static func read(_ source: any ByteSource) throws -> [TrackFacts] {
    var offset: Int64 = 0
    for _ in 0..<maximumElements {
      guard let (id, payload) = try element(source, at: offset) else { return [] }
      switch id {
      case ID.segment: offset = payload.lowerBound
      case ID.cluster: return []
      case ID.tracks:
        guard payload.count <= maximumBytes else { return [] }
        return tracks(try source.bytes(at: payload.lowerBound, count: payload.count))
      default: offset = payload.upperBound
      }
    }
    return []
  }

  private static func element(_ source: any ByteSource, at offset: Int64) throws -> (Int64, Range<Int64>)? {
    guard offset < source.size else { return nil }
    let head = try source.bytes(at: offset, count: 12)
    var at = 0
    guard let id = EBML.number(head, &at, keepMarker: true), let size = EBML.number(head, &at, keepMarker: false) else {
      return nil
    }
    let first = offset + Int64(at)
    return (id, first..<(size < 0 || size > source.size - first ? source.size : first + size))
  }

  private static func tracks(_ bytes: [UInt8]) -> [TrackFacts] {
    var found: [TrackFacts] = []
    for (id, payload) in children(bytes, 0..<bytes.count) where id == ID.entry {
      var facts = TrackFacts()
      var isVideo = false
      for (id, value) in children(bytes, payload) {
        switch id {
        case ID.type: isVideo = unsigned(bytes, value) == 1
        case ID.isEnabled: facts.isForShowing = unsigned(bytes, value) != 0
        case ID.video: addCrop(of: children(bytes, value).map { ($0, unsigned(bytes, $1)) }, to: &facts)
        default: break
        }
      }
      if isVideo { found.append(facts) }
    }
    return found
  }

  private static func addCrop(of video: [(Int64, Int64)], to facts: inout TrackFacts) {
    func value(_ id: Int64) -> Int { Int(video.last { $0.0 == id }?.1 ?? 0) }
    let (width, height) = (value(ID.pixelWidth), value(ID.pixelHeight))
    guard
      let crop = FrameCrop(
        width: width, height: height, left: value(ID.cropLeft), top: value(ID.cropTop), right: value(ID.cropRight),
        bottom: value(ID.cropBottom))
    else { return }
    facts.crop = crop
    let (shownWidth, shownHeight) = (width - crop.left - crop.right, height - crop.top - crop.bottom)
    // §5.1.4.1.28.14: a display size that is not stated is that of the cropped picture.
    let (across, down) = (value(ID.displayWidth), value(ID.displayHeight))
    facts.sampleAspect = across > 0 && down > 0 ? (across * shownHeight, down * shownWidth) : (1, 1)
  }

  private static func children(_ bytes: [UInt8], _ range: Range<Int>) -> [(Int64, Range<Int>)] {
    var found: [(Int64, Range<Int>)] = []
    var at = range.lowerBound
    while at < range.upperBound {
      guard let id = EBML.number(bytes, &at, keepMarker: true), let size = EBML.number(bytes, &at, keepMarker: false),
        size >= 0, size <= Int64(range.upperBound - at)
      else { break }
      found.append((id, at..<(at + Int(size))))
      at += Int(size)
    }
    return found
  }

  private static func unsigned(_ bytes: [UInt8], _ range: Range<Int>) -> Int64 {
    guard range.count <= 8 else { return 0 }
    // Sizes that no picture has are none.
    return min(bytes[range].reduce(Int64(0)) { ($0 & 0xff_ffff_ffff) << 8 | Int64($1) }, 1 << 30)
  }
}

/// Numbers of EBML (RFC 8794 §4).
enum EBML {
  /// A variable-size integer; -1 for an unknown size.
  static func number(_ bytes: [UInt8], _ offset: inout Int, keepMarker: Bool) -> Int64? {
    guard offset < bytes.count, bytes[offset] != 0 else { return nil }
    let length = bytes[offset].leadingZeroBitCount + 1
    guard offset + length <= bytes.count else { return nil }
    var value = Int64(bytes[offset])
    if !keepMarker { value &= (1 << (8 - length)) - 1 }
    for index in 1..<max(length, 1) { value = value << 8 | Int64(bytes[offset + index]) }
    offset += length
    if !keepMarker, value == (Int64(1) << (7 * length)) - 1 { return -1 }
    return value
  }
}
