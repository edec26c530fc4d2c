/// Appends big-endian numbers and boxes of an ISO base media file (ISO/IEC 14496-12 §4.2).
struct BoxWriter {
  private(set) var bytes: [UInt8] = []

  mutating func number(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func raw(_ content: some Sequence<UInt8>) { bytes.append(contentsOf: content) }

  /// A box of less than 4 GiB.
  mutating func box(_ type: String, _ content: (inout BoxWriter) -> Void) {
    let start = bytes.count
    number(UInt32(0))
    raw(type.utf8)
    content(&self)
    let size = UInt32(bytes.count - start)
    withUnsafeBytes(of: size.bigEndian) { bytes.replaceSubrange(start..<(start + 4), with: $0) }
  }

  /// A box of version 0 without flags.
  mutating func fullBox(_ type: String, _ content: (inout BoxWriter) -> Void) {
    box(type) { writer in
      writer.number(UInt32(0))
      content(&writer)
    }
  }

  /// A full box that holds the number of its entries, then the entries.
  mutating func table<Entry>(_ type: String, _ entries: [Entry], _ write: (inout BoxWriter, Entry) -> Void) {
    fullBox(type) { writer in
      writer.number(UInt32(entries.count))
      for entry in entries { write(&writer, entry) }
    }
  }
}
