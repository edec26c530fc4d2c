import LibAV

/// Writes the boxes of a `ClipHeader`: the original's `ftyp` and `moov` with one track, whose tables hold the clip's
/// samples only.
struct ClipHeaderWriter {
  let reader: BoxReader
  let fileType: [UInt8]
  let moov: BoxReader.Box
  let track: BoxReader.Box
  let samples: SampleTable
  let range: Range<Int>
  /// Added to composition offsets, so that none is negative.
  let lift: Int64
  /// So many bytes of the original follow the header.
  let dataEnd: Int64

  /// What the excerpt does not have: edits, which its tables do without, references to other tracks, and descriptions.
  private static let leftOut: Set<String> = ["edts", "tref", "udta", "meta", "uuid"]

  /// - Returns: `nil` where the original's boxes cannot be read.
  func boxes() -> [UInt8]? {
    // Offsets are moved by the header's size, which does not depend on them: measured first, then written.
    guard let draft = write(headerSize: 0) else { return nil }
    return write(headerSize: UInt64(draft.count))
  }

  private func write(headerSize: UInt64) -> [UInt8]? {
    guard let movie = reader.box(["mvhd"], in: moov.payload) else { return nil }
    var writer = BoxWriter()
    writer.raw(fileType)
    var isReadable = true
    writer.box("moov") { writer in
      writer.raw(reader.bytes[movie.whole])
      isReadable = copy(track, to: &writer, headerSize: headerSize)
    }
    guard isReadable else { return nil }
    // With a 64-bit size: the original may be larger than 4 GiB.
    writer.number(UInt32(1))
    writer.raw("mdat".utf8)
    writer.number(16 + dataEnd)
    return writer.bytes
  }

  /// Copies a box with its children and replaces the sample table.
  private func copy(_ parent: BoxReader.Box, to writer: inout BoxWriter, headerSize: UInt64) -> Bool {
    guard let children = reader.boxes(in: parent.payload) else { return false }
    var isReadable = true
    writer.box(parent.type) { writer in
      for child in children where !Self.leftOut.contains(child.type) {
        switch child.type {
        case "mdia", "minf":
          isReadable = copy(child, to: &writer, headerSize: headerSize) && isReadable
        case "stbl":
          guard let description = reader.box(["stsd"], in: child.payload) else {
            isReadable = false
            continue
          }
          writer.box("stbl") { writer in
            writer.raw(reader.bytes[description.whole])
            tables(&writer, headerSize: headerSize)
          }
        default: writer.raw(reader.bytes[child.whole])
        }
      }
    }
    return isReadable
  }

  /// The sample table (ISO/IEC 14496-12 §8.6, §8.7) without its description.
  private func tables(_ writer: inout BoxWriter, headerSize: UInt64) {
    runs("stts", to: &writer) { index in
      let next = min(index + 1, samples.count - 1)
      return UInt32(truncatingIfNeeded: samples.decodingTimes[next] - samples.decodingTimes[index])
    }
    runs("ctts", to: &writer) { UInt32(truncatingIfNeeded: Int64(samples.compositionOffsets[$0]) + lift) }
    writer.fullBox("stsz") { writer in
      writer.number(UInt32(0))
      writer.number(UInt32(range.count))
      for index in range { writer.number(samples.sizes[index]) }
    }
    chunks(&writer, headerSize: headerSize)
    let keys = samples.keys(in: range)
    // Without the table every sample is a key frame.
    if keys.count < range.count {
      writer.table("stss", Array(keys)) { $0.number(UInt32($1 - range.lowerBound + 1)) }
    }
  }

  /// A table of (how many, value).
  private func runs(_ type: String, to writer: inout BoxWriter, _ value: (Int) -> UInt32) {
    var entries: [(count: UInt32, value: UInt32)] = []
    for index in range {
      let value = value(index)
      if entries.last?.value == value {
        entries[entries.count - 1].count += 1
      } else {
        entries.append((1, value))
      }
    }
    writer.table(type, entries) { writer, entry in
      writer.number(entry.count)
      writer.number(entry.value)
    }
  }

  /// Samples that lie one after another form a chunk.
  private func chunks(_ writer: inout BoxWriter, headerSize: UInt64) {
    var chunks: [(place: UInt64, samples: UInt32)] = []
    var end: UInt64?
    for index in range {
      if end == samples.offsets[index] {
        chunks[chunks.count - 1].samples += 1
      } else {
        chunks.append((samples.offsets[index] + headerSize, 1))
      }
      end = samples.offsets[index] + UInt64(samples.sizes[index])
    }
    let runs = chunks.indices.filter { $0 == 0 || chunks[$0 - 1].samples != chunks[$0].samples }
    writer.table("stsc", runs) { writer, chunk in
      writer.number(UInt32(chunk + 1))
      writer.number(chunks[chunk].samples)
      writer.number(UInt32(1))
    }
    writer.table("co64", chunks) { $0.number($1.place) }
  }
}
