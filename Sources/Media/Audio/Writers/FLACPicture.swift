import AudioDecoding
/// FLAC's picture block, which Ogg carries as base64 in the comment METADATA_BLOCK_PICTURE (RFC 9639, section 8.8).
enum FLACPicture {
  static func block(_ cover: AudioTags.Cover) -> [UInt8] {
    var block: [UInt8] = []
    func number(_ value: Int) { block += (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
    number(3)  // front cover
    let type = Array(cover.format.rawValue.utf8)
    number(type.count)
    block += type
    number(0)  // no description
    number(cover.width)
    number(cover.height)
    number(cover.format == .jpeg ? 24 : 32)
    number(0)  // not indexed
    number(cover.bytes.count)
    return block + cover.bytes
  }
}
